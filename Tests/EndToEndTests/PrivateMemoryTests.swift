import Foundation
import Testing

/// The memory of a process, with its keys and texts, is private: on Linux, where that can be checked.
@Suite(.enabled(if: Machine.isLinux)) struct PrivateMemoryTests {
    /// Runs as a user other than root, who may read root's files here.
    private static let asUser = Machine.isRoot ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : ""

    /// Whether such a user can run the binaries.
    private static let canAsk =
        Binary.path.map { path in
            Machine.succeeds(["sh", "-c", "\(asUser) \"$0\" --version", path])
        } ?? false

    /// A running program of a user other than root.
    private struct Running {
        let child: Child
        let pid: Int

        /// - Parameter command: a shell command that reads input which never comes.
        init(_ fixture: Fixture, _ command: String, _ program: String) throws {
            let base = fixture.folder.path + "/" + UUID().uuidString.prefix(8)
            let script = """
                mkdir "$1" && mkfifo "$1/nothing" || exit 1
                [ "$(id -u)" != 0 ] || chown 65534:65534 "$1"
                exec 3<>"$1/nothing"
                export BTW_HOME="$1/home"
                echo $$ >"$1.pid"
                exec \(PrivateMemoryTests.asUser) \(command) <&3
                """
            child = try fixture.startShell(script, [base, program])
            func pid() -> Int? {
                let text = String(
                    decoding: FileManager.default.contents(atPath: base + ".pid") ?? Data(), as: UTF8.self)
                return text.hasSuffix("\n") ? Int(text.dropLast()) : nil
            }
            try #require(Waiting.until { pid() != nil })
            self.pid = try #require(pid())
            let name = URL(filePath: program).lastPathComponent
            #expect(Waiting.until { read("comm") == name + "\n" }, "\(child)")
        }

        func read(_ file: String) -> String {
            (try? String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)) ?? ""
        }

        /// Its limits of core files.
        var coreLimit: [Substring] {
            let line = read("limits").split(separator: "\n").first { $0.hasPrefix("Max core file size") } ?? ""
            return line.split(separator: " ").dropFirst(4).prefix(2).map { $0 }
        }

        /// Whether a process of the same user can read this file of it.
        func isReadable(_ file: String) -> Bool {
            Machine.succeeds(["sh", "-c", "\(PrivateMemoryTests.asUser) head -c 1 /proc/\(pid)/\(file) >/dev/null"])
        }
    }

    @Test(
        .enabled(if: canAsk, "needs a user who is not root, and may run the binaries"),
        arguments: [
            ("btw", "\"$2\" note -"), ("btwd", "\"$2\" serve --data \"$1/data\" --listen 127.0.0.1:0"),
        ])
    func nobodyElseReadsItAndNoCoreIsWritten(_ name: String, _ command: String) throws {
        let fixture = try Fixture()
        let binary = try #require(name == "btw" ? Binary.path : Daemon.path)
        let running = try Running(fixture, command, binary)
        defer { running.child.end() }
        // It is the first action of the program.
        #expect(Waiting.until { running.coreLimit == ["0", "0"] }, "\(running.coreLimit)")
        #expect(Waiting.until { !running.isReadable("environ") })
        #expect(!running.isReadable("mem"))
    }

    /// Another program of the same user is readable, so the test can fail.
    @Test(.enabled(if: canAsk, "needs a user who is not root, and may run the binaries"))
    func anyOtherProgramShowsItsEnvironment() throws {
        let fixture = try Fixture()
        let running = try Running(fixture, "\"$2\"", "/bin/cat")
        defer { running.child.end() }
        #expect(running.isReadable("environ"))
    }
}
