import CanonicalJSON
import Foundation
import Testing

/// `btw sync --watch`: an edit on one device appears on the other without a command.
@Suite struct ServerWatchTests {
    private static let notesCount = 1_000

    @Test func aThousandNotesOfALoopArriveWhileBothWatchAndOthersAreEnrolled() async throws {
        let desk = try Desk().with(["BTW_NOW": nil, "BTWD": Daemon.path])
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let phone = try desk.joined(by: "phone")
        let watchers = try [Watcher(desk, "desk"), Watcher(phone, "phone")]
        let base = desk.folder.path
        let loop = try desk.startShell(
            """
            i=1
            while [ $i -le \(Self.notesCount) ]; do
                "$BTW" --json note "loop $i" || echo "refused: $i" >&2
                [ $((i % 20)) != 0 ] || "$BTWD" enroll --data "$1/server" >>"$1/strings" &
                i=$((i + 1))
            done >"$1/written"
            wait
            """, base)
        let arrivals = try await ServerArrivals.measured(of: Self.notesCount, in: base + "/written", at: phone)
        #expect(loop.wait() == Ran(exit: 0, output: [], talk: []))
        let strings = try String(contentsOfFile: base + "/strings", encoding: .utf8).split(separator: "\n")
        #expect(Set(strings).count == Self.notesCount / 20)
        #expect(try phone.btw("list").lines.count == Self.notesCount + 1)
        print("arrival of \(arrivals.count) notes: p50 \(arrivals.percentile(50)), p99 \(arrivals.percentile(99))")
        #expect(arrivals.percentile(50) < .seconds(2) && arrivals.percentile(99) < .seconds(10))
        // And in the other direction.
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
        // The names of both devices are sealed entries, too.
        #expect(try desk.served().map(\.edits) == [Self.notesCount + 4])
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

    @Test func aWatcherWhoseReaderHasLeftEndsWithItsNextLine() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let phone = try desk.copied(to: "phone")
        let base = desk.folder.path + "/watch"
        let watcher = try desk.startShell(
            "{ \"$BTW\" sync --watch --json; echo $? >\"$1.exit\"; } | { head -1 >\"$1\"; }; exit 0", base)
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        #expect(Waiting.until { text(base).hasSuffix("\n") })
        // Each prints a line that nobody reads.
        let hasEnded = try Waiting.until {
            try phone.does("note", "another", "-q")
            try phone.sync()
            return text(base + ".exit").hasSuffix("\n")
        }
        #expect(hasEnded && text(base + ".exit") == "0\n")
        #expect(watcher.wait().err == "")
        #expect(!FileManager.default.fileExists(atPath: desk.home + "/wake"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aWatcherThatIsAskedToStopEndsWellAndTakesItsBellAway(_ signal: Int32) throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let watcher = try Watcher(desk, "desk")
        #expect(Waiting.until { FileManager.default.fileExists(atPath: desk.home + "/wake") })
        #expect(watcher.stop(signal).isQuietEnd)
        #expect(!FileManager.default.fileExists(atPath: desk.home + "/wake"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func aWatcherEndsAtOnceAlsoWhereTheServerIsAway() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        #expect(daemon.stop().exit == 0)
        let watcher = try Watcher(desk, "desk", saying: "offline")
        let start = ContinuousClock.now
        #expect(watcher.stop().isQuietEnd)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// A server that has stopped reading does not take the `bye`, which is waited for.
    @Test func aSecondSignalEndsAWatcherThatIsStillEnding() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        let watcher = try Watcher(desk, "desk")
        kill(daemon.pid, SIGSTOP)
        defer { kill(daemon.pid, SIGCONT) }
        let start = ContinuousClock.now
        watcher.send(SIGINT)
        // Its wake-up socket is gone: it is ending.
        #expect(Waiting.until { !FileManager.default.fileExists(atPath: desk.home + "/wake") })
        #expect(watcher.stop(SIGINT).exit == 128 + SIGINT)
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}

/// A running `btw sync --watch`; its output is a file that can be read meanwhile.
private final class Watcher {
    private let child: Child
    private let pid: pid_t
    private let path: String

    /// - Parameter saying: the output after which it counts as started.
    init(_ desk: Desk, _ name: String, saying: String = "up_to_date") throws {
        path = desk.folder.path + "/watch-" + name
        child = try desk.startShell("echo $$ >\"$1.pid\"; exec \"$BTW\" sync --watch --json >\"$1\"", path)
        let file = path + ".pid"
        func text() -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
        _ = Waiting.until { text().hasSuffix("\n") }
        pid = try #require(pid_t(text().dropLast()))
        let isThere = Waiting.until { lines.contains { $0.contains(saying) } }
        try #require(isThere, "it never said \(saying)")
    }

    var lines: [String] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("{") }
    }

    func stop(_ signal: Int32 = SIGTERM) -> Ran {
        send(signal)
        return child.wait()
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    deinit { child.end() }
}

extension Ran {
    /// It ended on request, without output on stderr.
    fileprivate var isQuietEnd: Bool { exit == 0 && talk.isEmpty }
}
