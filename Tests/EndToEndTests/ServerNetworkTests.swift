import Foundation
import Testing

/// Networks that end in the middle of a line, and servers that stop, freeze or run out of sockets.
@Suite struct ServerNetworkTests {
    @Test func whereverAConnectionIsCutNothingIsLostAndNothingIsTwice() async throws {
        let fixture = try Fixture()
        let (daemon, relay) = try fixture.relayed()
        try fixture.does("note", "the first")
        try fixture.connect()
        let reader = try fixture.copied(to: "reader")
        var (written, acknowledged, points) = (1, 1, 0)
        for limit in stride(from: 0, through: 200_000, by: 1_511) {
            try await fixture.writeNotes((0..<10).map { "limit \(limit), note \($0)" })
            written += 10
            relay.cut(after: limit)
            let synced = try fixture.sync()
            acknowledged += synced.sent
            let held = try fixture.served().map(\.edits)
            #expect(held.count == 1 && held[0] >= acknowledged && held[0] <= written, "limit \(limit): \(held)")
            if synced.state == "up_to_date" { break }
            #expect(synced.state == "offline", "limit \(limit)")
            points += 1
        }
        #expect(points >= 8, "the relay cut too seldom")
        // In the other direction, received data is cut, too.
        for limit in stride(from: 2_000, through: 200_000, by: 4_409) {
            relay.cut(after: limit)
            if try reader.sync().state == "up_to_date" { break }
            points += 1
        }
        relay.cut(after: nil)
        try fixture.getsUpToDateSoon()
        try reader.getsUpToDateSoon()
        try Fixture.areEqual(fixture, reader)
        #expect(try fixture.served().map(\.edits) == [written])
        #expect(try fixture.btw("list").lines.count == written)
        for each in [fixture, reader] { try each.isSound() }
        print("connections cut at \(points) places")
        #expect(daemon.stop().exit == 0)
    }

    @Test func aServerThatIsStoppedDuringAPushEndsWellAndKeepsWhatItTook() async throws {
        let fixture = try Fixture()
        let first = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        #expect(first.stop().exit == 0)
        var (written, acknowledged) = (1, 1)
        for round in 0..<6 {
            try await fixture.writeNotes((0..<400).map { "round \(round), note \($0)" })
            written += 400
            let daemon = try Daemon(fixture, listen: first.address)
            let push = try fixture.start(["sync", "--json"])
            Waiting.pass(.milliseconds(15 * (round + 1)))
            let ended = daemon.stop()
            #expect(ended.exit == 0, "\(ended.exit)")
            let ran = push.wait()
            #expect(ran.exit == 0, "\(ran.err)")
            acknowledged += try Synced(parsing: ran).sent
            let held = try fixture.served().map(\.edits)
            #expect(held.count == 1 && held[0] >= acknowledged && held[0] <= written, "round \(round): \(held)")
        }
        let last = try Daemon(fixture, listen: first.address)
        try fixture.getsUpToDate()
        #expect(try fixture.served().map(\.edits) == [written])
        #expect(last.stop().exit == 0)
    }

    @Test func aServerWithoutSocketsToSpareServesAgainWhenStrangersAreGone() throws {
        let fixture = try Fixture()
        let first = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        #expect(first.stop().exit == 0)
        let daemon = try Daemon(fixture, listen: first.address, openFilesMax: 64)
        let files = (0..<120).compactMap { ServerStranger.connect(to: daemon.port, from: UInt8(2 + $0 % 6)) }
        try fixture.does("note", "meanwhile")
        let push = try fixture.start(["sync"])
        for file in files { close(file) }
        #expect(push.wait().exit == 0)
        #expect(try Waiting.until { try fixture.sync().state == "up_to_date" }, "it serves nobody any more")
        #expect(try fixture.served().map(\.edits) == [2])
        #expect(daemon.stop().exit == 0)
        // Once a minute, though it is tried each second.
        let told = daemon.log.split(separator: "\n").count { $0.contains("out of sockets, new connections wait") }
        #expect((1...2).contains(told), "\(daemon.log)")
    }

    @Test func aServerThatFreezesIsWaitedForAndGoneOnWith() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        try fixture.does("note", "second")
        kill(daemon.pid, SIGSTOP)
        let push = try fixture.start(["sync", "--json"])
        Waiting.pass(.milliseconds(300))
        kill(daemon.pid, SIGCONT)
        let synced = try Synced(parsing: push.wait())
        #expect((synced.state, synced.sent) == ("up_to_date", 1))
        #expect(daemon.stop().exit == 0)
    }
}
