import CanonicalJSON
import Foundation
import Testing

/// `btw connect`, `sync`, `disconnect` and `status`: their output for people and for scripts.
@Suite struct ServerConnectTests {
    @Test func aJournalIsOnTheServerAfterConnecting() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        for number in 1...3 { try desk.does("note", "note \(number)") }
        let local = try desk.sync()
        #expect(local.ran.out.contains("\"server\":null,\"state\":\"local\""))
        #expect(try desk.btw("sync").out == "Kept on this device only. To sync: btw connect\n")
        let connected = try desk.btw("connect", try desk.string())
        #expect(connected.exit == 0 && connected.err == "", "\(connected.err)")
        #expect(connected.out.hasPrefix("Connected to \(daemon.address). 3 changes are there now, sealed.\n"))
        #expect(try desk.served().map(\.edits) == [3])
        #expect(try desk.btw("sync").out == "Up to date.\n")
        try desk.does("note", "note 4")
        #expect(try desk.btw("sync").out == "Up to date: 1 sent, 0 received.\n")
        try desk.does("note", "note 5")
        let synced = try desk.getsInStep()
        #expect((synced.sent, synced.received, synced.putBack) == (1, 0, 0))
        #expect(synced.server == daemon.address)
        #expect(
            synced.json.asObject?.map { $0.key.string } == [
                "alarms", "missing", "put_back", "received", "seconds", "sent", "server", "state", "waiting",
            ])
        #expect(try desk.btw("sync", "-q") == Ran(exit: 0, output: [], talk: []))
        #expect(daemon.stop().exit == 0)
    }

    @Test func whatAnotherDeviceWroteComesAndNothingWaitsAfterIt() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        let phone = try desk.copied(to: "phone")
        try phone.does("note", "second")
        try phone.does("mood", "3", "calm")
        #expect(try phone.sync().sent == 2)
        let plain = try desk.copied(to: "third")
        #expect(try plain.btw("sync").out == "Up to date: 0 sent, 2 received.\n")
        let synced = try desk.getsInStep()
        #expect((synced.sent, synced.received) == (0, 2))
        try Desk.areEqual(desk, phone, plain)
        #expect(daemon.stop().exit == 0)
    }

    @Test func statusTellsTheServerAndWhatWaits() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        #expect(try status(desk)["server"] == .null)
        try desk.connect()
        let connected = try status(desk)
        #expect(connected["server"]?.asText == daemon.address)
        #expect(connected["state"]?.asText == "up_to_date")
        #expect(connected["last_sync"]?.asText != nil)
        try desk.does("note", "second")
        #expect(try status(desk)["waiting"]?.asInteger == 1)
        #expect(try status(desk)["state"]?.asText == "waiting")
        #expect(try desk.btw("status").out.contains(daemon.address))
        #expect(daemon.stop().exit == 0)
    }

    @Test func withoutTheServerEverythingIsKeptAndSentLater() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        #expect(daemon.stop().exit == 0)
        for number in 1...14 { try desk.does("note", "offline \(number)") }
        let ran = try desk.btw("sync")
        let sentence = "Saved here. Will sync when \(daemon.address) is reachable (14 waiting).\n"
        #expect(ran == Ran(exit: 0, output: Array(sentence.utf8), talk: []))
        let synced = try desk.sync()
        #expect((synced.state, synced.waiting, synced.sent) == ("offline", 14, 0))
        let string = try desk.string()
        try desk.at("other").refuses(["connect", string], exit: 4, "no_network")
        let again = try Daemon(desk, listen: daemon.address)
        #expect(try desk.getsInStep().sent == 14)
        #expect(again.stop().exit == 0)
    }

    @Test func anotherServerAtTheSameAddressIsToldNothing() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        let string = try desk.string()
        #expect(daemon.stop().exit == 0)
        let impostor = try Daemon(desk, "impostor", listen: daemon.address)
        try desk.does("note", "second")
        for command in [["sync"], ["connect", string]] {
            try desk.refuses(command, exit: 5, "refused")
        }
        #expect(try desk.btw("sync").err.contains("shows another key than the string names"))
        #expect(try desk.served(server: "impostor") == [])
        #expect(impostor.stop().exit == 0)
        // The right server is found again by the pin that was kept.
        let again = try Daemon(desk, listen: daemon.address)
        #expect(try desk.getsInStep().sent == 1)
        #expect(again.stop().exit == 0)
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
        String(repeating: "?", count: 40),
    ])
    func whatIsNoBetweenServerIsSaidToBeNone(_ answer: String) throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        let string = try desk.string()
        #expect(daemon.stop().exit == 0)
        let other = try OtherServer(on: daemon.port, answer: answer)
        defer { other.stop() }
        try desk.does("note", "kept")
        for command in [["sync"], ["connect", string]] {
            try desk.refuses(command, exit: 5, "refused")
            let said = try desk.run(command.map { Array($0.utf8) }).err
            #expect(said.contains("is no Between server"), "\(said)")
        }
        #expect(try desk.btw("list").lines.count == 2)
    }

    @Test func disconnectingKeepsEverythingOnBothSides() throws {
        let desk = try Desk()
        #expect(try desk.btw("disconnect").out == "This device is connected to no server.\n")
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        let said = try desk.does("disconnect").out
        #expect(said == "Disconnected from \(daemon.address). Everything stays here, and what it has stays there.\n")
        #expect(try desk.sync().state == "local")
        #expect(try desk.served().map(\.edits) == [1])
        try desk.does("note", "second")
        try desk.connect()
        #expect(try desk.served().map(\.edits) == [2])
        #expect(daemon.stop().exit == 0)
    }

    @Test func aNewStringMovesADeviceToAnotherServer() throws {
        let desk = try Desk()
        let old = try Daemon(desk)
        try desk.does("note", "first")
        try desk.does("note", "second")
        try desk.connect()
        let new = try Daemon(desk, "new")
        let used = try desk.string(server: "new")
        try desk.at("thief").does("note", "x")
        try #require(try desk.at("thief").btw("connect", used).exit == 0)
        // A string that does not work changes nothing.
        try desk.refuses(["connect", used], exit: 5, "refused")
        #expect(try desk.getsInStep().server == old.address)
        let moved = try Synced(parsing: try desk.btw("--json", "connect", try desk.string(server: "new")))
        #expect((moved.sent, moved.putBack, moved.state) == (2, 0, "up_to_date"), "it lost nothing: it never had it")
        #expect(try desk.getsInStep().server == new.address)
        #expect(try desk.served(server: "new").map(\.edits).sorted() == [1, 2])
        #expect(try desk.served().map(\.edits) == [2], "the one before keeps what it has")
        #expect(old.stop().exit == 0)
        #expect(new.stop().exit == 0)
    }

    @Test func anEmptyJournalConnectsToo() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        try desk.getsInStep()
        try desk.does("note", "first")
        #expect(try desk.getsInStep().sent == 1)
        #expect(daemon.stop().exit == 0)
    }

    private func status(_ desk: Desk) throws -> JSONValue {
        try JSONValue(parsing: try #require(try desk.does("status", "--json").lines.first).utf8)
    }
}
