import CanonicalJSON
import Foundation
import Testing

/// `btw sync --watch`: what is written on one device is on the other without being asked for.
@Suite struct ServerWatchTests {
    @Test func twoHundredNotesOfALoopArriveWhileBothWatch() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let phone = try desk.copied(to: "phone")
        let watchers = try [Watcher(desk, "desk"), Watcher(phone, "phone")]
        let loop = try desk.startShell(
            """
            i=1
            while [ $i -le 200 ]; do "$BTW" note "loop $i" >/dev/null || echo "refused: $i"; i=$((i + 1)); done
            """)
        #expect(loop.wait() == Ran(exit: 0, output: [], talk: []))
        #expect(try Waiting.until(.seconds(20)) { try phone.btw("list").lines.count == 201 }, "not all came")
        // And the other way round.
        let id = try phone.makes("note", "from the phone").id
        #expect(try Waiting.until(.seconds(20)) { try desk.btw("show", id).exit == 0 }, "nothing came back")
        try Desk.areEqual(desk, phone)
        for watcher in watchers {
            let ran = watcher.stop()
            #expect(ran.isQuietEnd, "\(ran.exit): \(ran.err)")
            for line in watcher.lines { #expect(throws: Never.self) { try JSONValue(parsing: line.utf8) } }
            #expect(!watcher.lines.isEmpty)
        }
        for each in [desk, phone] { try each.isSound() }
        #expect(try desk.served().map(\.edits) == [202])
        #expect(daemon.stop().exit == 0)
    }

    @Test func aWatcherFindsTheServerAgainAfterItWasAway() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let phone = try desk.copied(to: "phone")
        let watcher = try Watcher(phone, "phone")
        #expect(daemon.kill().wasKilled)
        try desk.does("note", "written meanwhile")
        let again = try Daemon(desk, listen: daemon.address)
        try desk.getsInStep()
        #expect(try Waiting.until(.seconds(40)) { try phone.btw("list").lines.count == 2 }, "it did not come back")
        #expect(watcher.stop().isQuietEnd)
        #expect(again.stop().exit == 0)
    }
}

/// A `btw sync --watch` that runs; its output is a file that can be read meanwhile.
private final class Watcher {
    private let child: Child
    private let pid: pid_t
    private let path: String

    init(_ desk: Desk, _ name: String) throws {
        path = desk.folder.path + "/watch-" + name
        child = try desk.startShell("echo $$ >\"$1.pid\"; exec \"$BTW\" sync --watch --json >\"$1\"", path)
        let file = path + ".pid"
        func text() -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
        _ = Waiting.until { text().hasSuffix("\n") }
        pid = try #require(pid_t(text().dropLast()))
        let isInStep = Waiting.until { lines.contains { $0.contains("in_step") } }
        try #require(isInStep, "never in step")
    }

    var lines: [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("{") }
    }

    func stop() -> Ran {
        kill(pid, SIGTERM)
        return child.wait()
    }

    deinit { child.end() }
}

extension Ran {
    /// It ended when it was asked to, and complained of nothing.
    fileprivate var isQuietEnd: Bool { [0, -SIGTERM].contains(exit) && talk.isEmpty }
}
