import CanonicalJSON
import Foundation
import Testing

/// `btw sync --watch`: an edit on one device appears on the other without a command.
@Suite struct ServerWatchTests {
    private static let notesCount = 1_000

    @Test func aThousandNotesOfALoopArriveWhileBothWatchAndOthersAreEnrolled() async throws {
        let fixture = try Fixture().with(["BTW_NOW": nil, "BTWD": Daemon.path])
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        let watchers = try [Watcher(fixture, "desk"), Watcher(phone, "phone")]
        let base = fixture.folder.path
        let loop = try fixture.startShell(
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
        #expect(try Waiting.until(.seconds(20)) { try fixture.btw("show", id).exit == 0 }, "nothing came back")
        try Fixture.areEqual(fixture, phone)
        for watcher in watchers {
            let ran = watcher.stop()
            #expect(ran.isQuietEnd, "\(ran.exit): \(ran.err)")
            for line in watcher.lines { #expect(throws: Never.self) { try JSONValue(parsing: line.utf8) } }
            #expect(!watcher.lines.isEmpty)
        }
        for each in [fixture, phone] { try each.isSound() }
        // The names of both devices are sealed entries, too.
        #expect(try fixture.served().map(\.edits) == [Self.notesCount + 4])
        #expect(daemon.stop().exit == 0)
    }

    @Test func aWatcherFindsTheServerAgainAfterItWasAway() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let phone = try fixture.copied(to: "phone")
        let watcher = try Watcher(phone, "phone")
        #expect(daemon.kill().wasKilled)
        try fixture.does("note", "written meanwhile")
        let again = try Daemon(fixture, listen: daemon.address)
        try fixture.getsUpToDate()
        #expect(try Waiting.until(.seconds(40)) { try phone.btw("list").lines.count == 2 }, "it did not come back")
        #expect(watcher.stop().isQuietEnd)
        #expect(again.stop().exit == 0)
    }

    @Test func aWatcherWhoseReaderHasLeftEndsWithItsNextLine() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let phone = try fixture.copied(to: "phone")
        let base = fixture.folder.path + "/watch"
        let watcher = try fixture.startShell(
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
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/wake"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aWatcherThatIsAskedToStopEndsWellAndTakesItsSocketAway(_ signal: Int32) throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let watcher = try Watcher(fixture, "desk")
        #expect(Waiting.until { FileManager.default.fileExists(atPath: fixture.home + "/wake") })
        #expect(watcher.stop(signal).isQuietEnd)
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/wake"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func aWatcherEndsAtOnceAlsoWhereTheServerIsAway() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        let watcher = try Watcher(fixture, "desk", saying: "offline")
        let start = ContinuousClock.now
        #expect(watcher.stop().isQuietEnd)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// A server that has stopped reading does not take the `bye`, which is waited for.
    @Test func aSecondSignalEndsAWatcherThatIsStillEnding() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let watcher = try Watcher(fixture, "desk")
        kill(daemon.pid, SIGSTOP)
        defer { kill(daemon.pid, SIGCONT) }
        let start = ContinuousClock.now
        watcher.send(SIGINT)
        // Its wake-up socket is gone: it is ending.
        #expect(Waiting.until { !FileManager.default.fileExists(atPath: fixture.home + "/wake") })
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
    init(_ fixture: Fixture, _ name: String, saying: String = "up_to_date") throws {
        path = fixture.folder.path + "/watch-" + name
        child = try fixture.startShell("echo $$ >\"$1.pid\"; exec \"$BTW\" sync --watch --json >\"$1\"", path)
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
