import Foundation
import Testing

/// A `btwd` that serves a folder of a fixture, on a port that the system chose.
final class Daemon: Sendable {
    /// `HOST:PORT` from its first line; empty if it ended before that line.
    let address: String
    let pid: pid_t
    private let child: Child
    private let logPath: String

    /// `BTWD_BINARY`, or the binary beside `btw`.
    static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["BTWD_BINARY"] { return path }
        let path = Binary.path.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "btwd").path }
        return path.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }
    }()

    /// Starts it, and waits until it listens or has ended.
    ///
    /// - Parameters:
    ///   - folder: the name of its folder, below the fixture's.
    ///   - call: the number of the file-changing call at which it is killed.
    ///   - openFilesMax: its limit of open files and sockets.
    init(
        _ fixture: Fixture, _ folder: String = "server", listen: String = "127.0.0.1:0", options: [String] = [],
        killedAt call: Int? = nil, openFilesMax: Int? = nil
    ) throws {
        let binary = try #require(Self.path, "Build btwd first, or name it in BTWD_BINARY.")
        let base = fixture.folder.path + "/daemon-" + UUID().uuidString.prefix(8)
        logPath = fixture.folder.path + "/log"
        // The shell must not be killed, so the variables are set for the program that it executes.
        let variables = call.map { KillShim.variables(at: $0).map { "\($0)=\($1 ?? "")" } } ?? []
        let script = """
            base=$1; log=$2; [ -z "$3" ] || ulimit -n "$3"; shift 3
            echo $$ >"$base.pid"
            exec env "$@" >"$base.out" 2>>"$log"
            """
        let words =
            ["-c", script, "sh", base, logPath, openFilesMax.map { String($0) } ?? ""] + variables
            + [binary, "serve", "--data", fixture.folder.path + "/" + folder, "--listen", listen] + options
        let child = try Child("/bin/sh", words.map { Array($0.utf8) }, environment: fixture.environment)
        func text(_ ending: String) -> String {
            FileManager.default.contents(atPath: base + ending).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        try #require(Waiting.until { text(".pid").hasSuffix("\n") })
        let pid = try #require(pid_t(text(".pid").dropLast()))
        try #require(Waiting.until { text(".out").hasSuffix("\n") || Self.isOver(pid) }, "btwd says nothing")
        let line = text(".out")
        let parts = line.split(separator: "\n").first?.split(separator: " ") ?? []
        address = parts.count == 4 && line.hasPrefix("btwd listening on ") ? String(parts[3]) : ""
        self.pid = pid
        self.child = child
    }

    /// The stderr of all daemons of this fixture so far.
    var log: String { FileManager.default.contents(atPath: logPath).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    var port: UInt16 { UInt16(address.split(separator: ":").last ?? "") ?? 0 }

    /// Its resident memory in kilobytes.
    var residentKilobytes: Int {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Asks it to stop, and waits.
    ///
    /// - Returns: its result.
    @discardableResult
    func stop() -> Ran {
        if !Self.isOver(pid) { Foundation.kill(pid, SIGTERM) }
        return child.wait()
    }

    /// Kills it, as a power cut would.
    @discardableResult
    func kill() -> Ran {
        child.end()
        return child.wait()
    }

    /// Waits until it ends by itself.
    func wait() -> Ran { child.wait() }

    private static func isOver(_ pid: pid_t) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || hasEnded(info)
    }

    private static func hasEnded(_ info: siginfo_t) -> Bool { info.si_signo == SIGCHLD }
}

/// Waits for effects of another process that nothing reports.
enum Waiting {
    static func until(_ limit: Duration = .seconds(30), _ isSo: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + limit
        while try !isSo() {
            guard ContinuousClock.now < end else { return false }
            usleep(4_000)
        }
        return true
    }

    /// Lets time pass, in tests of expiry or of work in progress.
    static func pass(_ time: Duration) {
        let end = ContinuousClock.now + time
        _ = until { ContinuousClock.now > end }
    }
}

extension Fixture {
    /// Runs `btwd` to its end; `DIR` is replaced by the server's folder.
    @discardableResult
    func btwd(_ arguments: String..., server: String = "server") throws -> Ran {
        let binary = try #require(Daemon.path, "Build btwd first, or name it in BTWD_BINARY.")
        let words = arguments.map { $0 == "DIR" ? folder.path + "/" + server : $0 }
        return try Child(binary, words.map { Array($0.utf8) }, environment: environment).wait()
    }

    /// A new enrolment string.
    func string(server: String = "server", sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let ran = try btwd("enroll", "--data", "DIR", server: server)
        try #require(ran.exit == 0 && ran.lines.count == 1, "enroll: \(ran.err)", sourceLocation: sourceLocation)
        return ran.lines[0]
    }
}
