import Foundation
import Testing

/// A terminal with a program on it, like a window: typed keys reach the program, and closing it hangs up.
final class Terminal {
    /// Everything that was drawn, with escape sequences.
    private(set) var drawn: [UInt8] = []
    private var master: Int32
    private let pid: pid_t
    private var status: Int32?
    /// `POSIX_SPAWN_SETSID`, which Glibc hides from Swift.
    #if canImport(Darwin)
        private static let newSession: Int16 = 0x400
    #else
        private static let newSession: Int16 = 0x80
    #endif
    private static let limit = Duration.seconds(60)
    /// The terminal's modes before the program began.
    let modesBefore: [tcflag_t]

    init(_ program: String, _ arguments: [String], environment: [String: String]) throws {
        var size = winsize(ws_row: 30, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0)
        var name = [CChar](repeating: 0, count: 128)
        var slave: Int32 = -1
        master = -1
        try #require(openpty(&master, &slave, &name, nil, &size) == 0)
        defer { close(slave) }
        for file in [master, slave] { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        modesBefore = Self.modes(of: master)
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
        // The first terminal that a session leader opens becomes its controlling terminal.
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        // A thread of the tests blocks signals, which a shell's children do not.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.merging(["TERM": "xterm"]) { $1 }.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, program, &actions, &attributes, &words, &variables)
        try #require(error == 0, "\(program) could not be started: \(String(cString: strerror(error)))")
        self.pid = pid
    }

    deinit {
        hangUp()
        if status == nil {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }

    /// Everything that was drawn, as text.
    var text: String { String(decoding: drawn, as: UTF8.self).replacing("\r\n", with: "\n") }

    /// The terminal's modes, such as canonical input and echo.
    var modes: [tcflag_t] { Self.modes(of: master) }

    private static func modes(of terminal: Int32) -> [tcflag_t] {
        var state = termios()
        return tcgetattr(terminal, &state) == 0 ? [state.c_iflag, state.c_oflag, state.c_lflag] : []
    }

    func type(_ text: String) { type(Array(text.utf8)) }

    func type(_ bytes: [UInt8]) {
        #expect(write(master, bytes, bytes.count) == bytes.count)
    }

    /// Waits until this text is drawn, after the previously awaited one.
    func waits(for words: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let isThere = look { [seen] in String(decoding: $0.dropFirst(seen), as: UTF8.self).contains(words) }
        try #require(isThere, "\"\(words)\" is not in: \(text)", sourceLocation: sourceLocation)
        seen = drawn.count
    }

    private var seen = 0

    /// Sends the program a signal.
    func signal(_ number: Int32) { kill(pid, number) }

    /// Closes the window.
    func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    /// Waits until the program has ended; its exit code, negative for a signal.
    func wait(sourceLocation: SourceLocation = #_sourceLocation) throws -> Int32 {
        let hasEnded = look { [self] _ in
            var code: Int32 = 0
            guard status == nil, waitpid(pid, &code, WNOHANG) == pid else { return status != nil }
            status = code & 0x7F == 0 ? (code >> 8) & 0xFF : -(code & 0x7F)
            return true
        }
        try #require(hasEnded, "still running: \(text)", sourceLocation: sourceLocation)
        _ = read()
        return try #require(status)
    }

    /// Reads output until a condition holds.
    private func look(_ isSo: ([UInt8]) -> Bool) -> Bool {
        let end = ContinuousClock.now + Self.limit
        while !isSo(drawn) {
            guard ContinuousClock.now < end else { return false }
            var events = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            // Negative numbers are skipped, and a window without a program returns at once.
            if poll(&events, 1, 10) > 0, !read() { usleep(4_000) }
        }
        return true
    }

    /// Reads what was drawn since. Returns whether there was anything.
    private func read() -> Bool {
        var isAny = false
        while true {
            var events = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard master >= 0, poll(&events, 1, 0) > 0, events.revents & Int16(POLLIN) != 0 else { return isAny }
            var piece = [UInt8](repeating: 0, count: 1 << 14)
            let count = Foundation.read(master, &piece, piece.count)
            guard count > 0 else { return isAny }
            drawn += piece[..<count]
            isAny = true
        }
    }
}

extension Fixture {
    /// Starts `btw` in a window.
    func window(_ arguments: String...) throws -> Terminal {
        try Terminal(binary, arguments, environment: environment)
    }

    /// A fixture whose editor is this program, found by its name.
    func using(_ editor: String) -> Fixture { with(["EDITOR": editor]) }

    /// A fixture whose editor is this shell script, which gets the file as `$1`.
    func using(script: String) throws -> Fixture {
        let editor = try file("editor-\(UUID().uuidString.prefix(8))", "#!/bin/sh\n\(script)\n")
        chmod(editor, 0o700)
        return with(["EDITOR": editor])
    }
}
