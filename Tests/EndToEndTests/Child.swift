import Foundation
import Synchronization
import Testing

/// The result of a process.
struct Ran: Hashable {
    /// Its exit status; if a signal ended it, the signal's number, negative.
    let exit: Int32
    let output: [UInt8]
    let talk: [UInt8]

    /// Its output on stdout.
    var out: String { String(decoding: output, as: UTF8.self) }
    /// Its output on stderr.
    var err: String { String(decoding: talk, as: UTF8.self) }
    var lines: [String] { out.split(separator: "\n").map(String.init) }
    var wasKilled: Bool { exit == -SIGKILL }
}

/// A running process. Its streams are files, so that nothing has to drain them.
///
/// It has its own process group, and is killed with all its children if it takes longer than a minute or two.
final class Child: Sendable {
    private enum State { case running, reaped }

    private let pid: pid_t
    private let output: Int32
    private let talk: Int32
    private let state = Mutex(State.running)
    private static let limit = DispatchTimeInterval.seconds(150)

    /// - Parameter input: the bytes of its stdin; `nil` for none.
    init(_ program: String, _ arguments: [[UInt8]], environment: [String: String], input: [UInt8]? = nil) throws {
        let input = try Self.scratch(holding: input ?? [])
        output = try Self.scratch()
        talk = try Self.scratch()
        defer { close(input) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, talk, STDERR_FILENO)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let variables = environment.map { Array("\($0)=\($1)".utf8) }
        var arguments = ([Array(program.utf8)] + arguments).map(Self.copy) + [nil]
        var environment = variables.map(Self.copy) + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, program, &actions, &attributes, &arguments, &environment)
        try #require(error == 0, "\(program) could not be started: \(String(cString: strerror(error)))")
        self.pid = pid
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.limit) { [weak self] in self?.end() }
    }

    deinit {
        end()
        _ = reap()
        close(output)
        close(talk)
    }

    /// Kills it and its children.
    func end() {
        state.withLock { state in
            if state == .running { kill(-pid, SIGKILL) }
        }
    }

    /// Waits until it has ended.
    func wait() -> Ran { Ran(exit: reap(), output: Self.read(output), talk: Self.read(talk)) }

    private func reap() -> Int32 {
        var info = siginfo_t()
        // The process id stays reserved until the second wait, so no other process can be killed by mistake.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return state.withLock { state in
            guard state == .running else { return -1 }
            state = .reaped
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        }
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        let copy = calloc(bytes.count + 1, 1)?.assumingMemoryBound(to: CChar.self)
        for (index, byte) in bytes.enumerated() { copy?[index] = CChar(bitPattern: byte) }
        return copy
    }

    /// An unlinked file.
    private static func scratch(holding bytes: [UInt8] = []) throws -> Int32 {
        let path = FileManager.default.temporaryDirectory.appending(path: "between-stream-\(UUID().uuidString)").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        unlink(path)
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        try #require(written == bytes.count)
        return descriptor
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(bytes.prefix(max(0, count)))
    }
}
