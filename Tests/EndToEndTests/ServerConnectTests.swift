import CanonicalJSON
import Foundation
import Testing

/// `btw connect`, `sync`, `disconnect` and `status`: their output for people and for scripts.
@Suite struct ServerConnectTests {
    @Test func aJournalIsOnTheServerAfterConnecting() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        for number in 1...3 { try fixture.does("note", "note \(number)") }
        let local = try fixture.sync()
        #expect(local.ran.out.contains("\"server\":null,\"state\":\"local\""))
        #expect(try fixture.btw("sync").out == "Kept on this device only. To sync: btw connect\n")
        let connected = try fixture.btw("connect", try fixture.string())
        #expect(connected.exit == 0 && connected.err == "", "\(connected.err)")
        #expect(connected.out.hasPrefix("Connected to \(daemon.address). 3 changes are there now, sealed.\n"))
        #expect(try fixture.served().map(\.edits) == [3])
        #expect(try fixture.btw("sync").out == "Up to date.\n")
        try fixture.does("note", "note 4")
        #expect(try fixture.btw("sync").out == "Up to date: 1 sent, 0 received.\n")
        try fixture.does("note", "note 5")
        let synced = try fixture.getsUpToDate()
        #expect((synced.sent, synced.received, synced.putBack) == (1, 0, 0))
        #expect(synced.server == daemon.address)
        #expect(
            synced.json.asObject?.map { $0.key.string } == [
                "alarms", "missing", "put_back", "received", "seconds", "sent", "server", "state", "waiting",
            ])
        #expect(try fixture.btw("sync", "-q") == Ran(exit: 0, output: [], talk: []))
        #expect(daemon.stop().exit == 0)
    }

    @Test func whatAnotherDeviceWroteComesAndNothingWaitsAfterIt() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let phone = try fixture.copied(to: "phone")
        try phone.does("note", "second")
        try phone.does("mood", "3", "calm")
        #expect(try phone.sync().sent == 2)
        let plain = try fixture.copied(to: "third")
        #expect(try plain.btw("sync").out == "Up to date: 0 sent, 2 received.\n")
        let synced = try fixture.getsUpToDate()
        #expect((synced.sent, synced.received) == (0, 2))
        try Fixture.areEqual(fixture, phone, plain)
        #expect(daemon.stop().exit == 0)
    }

    @Test func statusTellsTheServerAndWhatWaits() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        #expect(try status(fixture)["server"] == .null)
        try fixture.connect()
        let connected = try status(fixture)
        #expect(connected["server"]?.asText == daemon.address)
        #expect(connected["state"]?.asText == "up_to_date")
        #expect(connected["last_sync"]?.asText != nil)
        try fixture.does("note", "second")
        #expect(try status(fixture)["waiting"]?.asInteger == 1)
        #expect(try status(fixture)["state"]?.asText == "waiting")
        #expect(try fixture.btw("status").out.contains(daemon.address))
        #expect(daemon.stop().exit == 0)
    }

    @Test func withoutTheServerEverythingIsKeptAndSentLater() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        for number in 1...14 { try fixture.does("note", "offline \(number)") }
        let ran = try fixture.btw("sync")
        let sentence = "Saved here. Will sync when \(daemon.address) is reachable (14 waiting).\n"
        #expect(ran == Ran(exit: 0, output: Array(sentence.utf8), talk: []))
        let synced = try fixture.sync()
        #expect((synced.state, synced.waiting, synced.sent) == ("offline", 14, 0))
        let string = try fixture.string()
        try fixture.at("other").refuses(["connect", string], exit: 4, "no_network")
        let again = try Daemon(fixture, listen: daemon.address)
        #expect(try fixture.getsUpToDate().sent == 14)
        #expect(again.stop().exit == 0)
    }

    @Test func anotherServerAtTheSameAddressIsToldNothing() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let string = try fixture.string()
        #expect(daemon.stop().exit == 0)
        let impostor = try Daemon(fixture, "impostor", listen: daemon.address)
        try fixture.does("note", "second")
        for command in [["sync"], ["connect", string]] {
            try fixture.refuses(command, exit: 5, "refused")
        }
        #expect(try fixture.btw("sync").err.contains("shows another key than the string names"))
        #expect(try fixture.served(server: "impostor") == [])
        #expect(impostor.stop().exit == 0)
        // The right server is found again by the pin that was kept.
        let again = try Daemon(fixture, listen: daemon.address)
        #expect(try fixture.getsUpToDate().sent == 1)
        #expect(again.stop().exit == 0)
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        String(repeating: "?", count: 40),
    ])
    func whatIsNoBetweenServerIsSaidToBeNone(_ answer: String) throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let string = try fixture.string()
        #expect(daemon.stop().exit == 0)
        let other = try OtherServer(on: daemon.port, answer: answer)
        defer { other.stop() }
        try fixture.does("note", "kept")
        for command in [["sync"], ["connect", string]] {
            try fixture.refuses(command, exit: 5, "refused")
            let said = try fixture.run(command.map { Array($0.utf8) }).err
            #expect(said.contains("is no Between server"), "\(said)")
        }
        #expect(try fixture.btw("list").lines.count == 2)
    }

    @Test func disconnectingKeepsEverythingOnBothSides() throws {
        let fixture = try Fixture()
        #expect(try fixture.btw("disconnect").out == "This device is connected to no server.\n")
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let said = try fixture.does("disconnect").out
        #expect(said == "Disconnected from \(daemon.address). Everything stays here, and what it has stays there.\n")
        #expect(try fixture.sync().state == "local")
        #expect(try fixture.served().map(\.edits) == [1])
        try fixture.does("note", "second")
        try fixture.connect()
        #expect(try fixture.served().map(\.edits) == [2])
        #expect(daemon.stop().exit == 0)
    }

    @Test func aNewStringMovesADeviceToAnotherServer() throws {
        let fixture = try Fixture()
        let old = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.does("note", "second")
        try fixture.connect()
        let new = try Daemon(fixture, "new")
        let used = try fixture.string(server: "new")
        try fixture.at("thief").does("note", "x")
        try #require(try fixture.at("thief").btw("connect", used).exit == 0)
        // A string that does not work changes nothing.
        try fixture.refuses(["connect", used], exit: 5, "refused")
        #expect(try fixture.getsUpToDate().server == old.address)
        let moved = try Synced(parsing: try fixture.btw("--json", "connect", try fixture.string(server: "new")))
        #expect((moved.sent, moved.putBack, moved.state) == (2, 0, "up_to_date"), "it lost nothing: it never had it")
        #expect(try fixture.getsUpToDate().server == new.address)
        #expect(try fixture.served(server: "new").map(\.edits).sorted() == [1, 2])
        #expect(try fixture.served().map(\.edits) == [2], "the one before keeps what it has")
        #expect(old.stop().exit == 0)
        #expect(new.stop().exit == 0)
    }

    @Test func anEmptyJournalConnectsToo() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        try fixture.getsUpToDate()
        try fixture.does("note", "first")
        #expect(try fixture.getsUpToDate().sent == 1)
        #expect(daemon.stop().exit == 0)
    }

    private func status(_ fixture: Fixture) throws -> JSONValue {
        try JSONValue(parsing: try #require(try fixture.does("status", "--json").lines.first).utf8)
    }
}
