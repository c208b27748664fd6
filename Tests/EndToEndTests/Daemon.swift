import Foundation
import Testing

/// A `btwd` that serves a folder of a desk, on a port that the system chose.
final class Daemon: Sendable {
    /// `HOST:PORT`, as the line says that others wait for; empty if it ended before that line.
    let address: String
    let pid: pid_t
    private let child: Child
    private let logPath: String

    /// `BTWD_BINARY`, or what stands beside `btw`.
    static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["BTWD_BINARY"] { return path }
        let path = Binary.path.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "btwd").path }
        return path.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }
    }()

    /// Starts it, and waits until it listens or is over.
    ///
    /// - Parameters:
    ///   - folder: the name of its folder, below the desk's.
    ///   - call: the call that changes a file at which it is killed.
    ///   - openFilesMax: how many files and sockets it may have open.
    init(
        _ desk: Desk, _ folder: String = "server", listen: String = "127.0.0.1:0", options: [String] = [],
        killedAt call: Int? = nil, openFilesMax: Int? = nil
    ) throws {
        let binary = try #require(Self.path, "Build btwd first, or name it in BTWD_BINARY.")
        let base = desk.folder.path + "/daemon-" + UUID().uuidString.prefix(8)
        logPath = desk.folder.path + "/log"
        // The shell itself is not to be killed, so its successor is given the variables.
        let variables = call.map { KillShim.variables(at: $0).map { "\($0)=\($1 ?? "")" } } ?? []
        let script = """
            base=$1; log=$2; [ -z "$3" ] || ulimit -n "$3"; shift 3
            echo $$ >"$base.pid"
            exec env "$@" >"$base.out" 2>>"$log"
            """
        let words =
            ["-c", script, "sh", base, logPath, openFilesMax.map { String($0) } ?? ""] + variables
            + [binary, "serve", "--data", desk.folder.path + "/" + folder, "--listen", listen] + options
        let child = try Child("/bin/sh", words.map { Array($0.utf8) }, environment: desk.environment)
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

    /// What it, and those before it at this desk, wrote to stderr.
    var log: String { FileManager.default.contents(atPath: logPath).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    var port: UInt16 { UInt16(address.split(separator: ":").last ?? "") ?? 0 }

    /// Kilobytes of memory that it takes now.
    var residentKilobytes: Int {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Asks it to stop, and waits.
    ///
    /// - Returns: how it ended.
    @discardableResult
    func stop() -> Ran {
        if !Self.isOver(pid) { Foundation.kill(pid, SIGTERM) }
        return child.wait()
    }

    /// Ends it as a power cut does.
    @discardableResult
    func kill() -> Ran {
        child.end()
        return child.wait()
    }

    /// Waits until it is over by itself.
    func wait() -> Ran { child.wait() }

    private static func isOver(_ pid: pid_t) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || hasEnded(info)
    }

    private static func hasEnded(_ info: siginfo_t) -> Bool { info.si_signo == SIGCHLD }
}

/// Waits for what another process does, where nothing tells of it.
enum Waiting {
    static func until(_ limit: Duration = .seconds(30), _ isSo: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + limit
        while try !isSo() {
            guard ContinuousClock.now < end else { return false }
            usleep(4_000)
        }
        return true
    }

    /// Lets time pass, where that is what is tested: what has expired, or what was under way by then.
    static func pass(_ time: Duration) {
        let end = ContinuousClock.now + time
        _ = until { ContinuousClock.now > end }
    }
}

extension Desk {
    /// Runs `btwd` to its end; `DIR` stands for the folder of the server.
    @discardableResult
    func btwd(_ arguments: String..., server: String = "server") throws -> Ran {
        let binary = try #require(Daemon.path, "Build btwd first, or name it in BTWD_BINARY.")
        let words = arguments.map { $0 == "DIR" ? folder.path + "/" + server : $0 }
        return try Child(binary, words.map { Array($0.utf8) }, environment: environment).wait()
    }

    /// A string with which one connects.
    func string(server: String = "server", sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let ran = try btwd("enroll", "--data", "DIR", server: server)
        try #require(ran.exit == 0 && ran.lines.count == 1, "enroll: \(ran.err)", sourceLocation: sourceLocation)
        return ran.lines[0]
    }
}
