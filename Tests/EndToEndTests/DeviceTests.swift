import CanonicalJSON
import Testing

/// `btw device` and `btw recovery` through the real binaries.
@Suite struct DeviceTests {
    private func devices(_ desk: Desk) throws -> [JSONValue] {
        try desk.does("device", "--json").lines.map { try JSONValue(parsing: $0.utf8) }
    }

    @Test func aDeviceIsListedByTheNameThatItConnectedWith() throws {
        let desk = try Desk()
        #expect(try desk.btw("device") == Ran(exit: 0, output: [], talk: []))
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        let connected = try desk.btw("connect", try desk.string(), "--name", "my laptop")
        #expect(connected.exit == 0 && connected.out.contains("1 change is there now"), "\(connected.err)")
        let device = try #require(try devices(desk).first)
        #expect(
            device.asObject?.map { $0.key.string } == [
                "added", "fingerprint", "id", "last_heard", "last_sync", "name", "this",
            ])
        #expect(device["name"] == "my laptop" && device["this"] == true)
        #expect(device["added"]?.asText != nil && device["last_sync"]?.asText != nil)
        #expect(device["last_heard"]?.asText == device["added"]?.asText, "its name is the last that it wrote")
        #expect(try desk.does("device").out.contains("my laptop · "))
        #expect(try desk.does("status").out.contains("(my laptop)"))
        // The name is there already, as a sealed entry that is not listed.
        #expect(try desk.getsInStep().sent == 0)
        #expect(try desk.served().map(\.edits) == [2])
        #expect(try desk.does("list").lines.count == 1)
        #expect(try desk.export().split(separator: "\n").count == 1)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aRecoveryKeyIsADeviceThatCanBeRemoved() throws {
        let desk = try Desk()
        try desk.does("note", "first")
        for command in [["recovery", "new"], ["device", "remove", "777", "--yes"]] {
            let ran = try desk.run(command.map { Array($0.utf8) })
            #expect(ran.exit == (command[0] == "recovery" ? 4 : 1), "\(ran.err)")
        }
        let daemon = try Daemon(desk)
        try desk.connect()
        let made = try desk.btw("recovery", "new")
        #expect(made.exit == 0, "\(made.err)")
        let key = try #require(made.lines.first)
        #expect(made.lines.count == 1 && key.split(separator: "-").allSatisfy { $0.count == 5 })
        #expect(made.err.contains("shown once"))
        let both = try devices(desk)
        #expect(both.map { $0["this"] } == [true, false])
        #expect(both.last?["name"] == "recovery key" && both.last?["added"]?.asText != nil)
        #expect(both.last?["unbound"] == nil)
        let (own, id) = (try #require(both.first?["id"]?.asText), try #require(both.last?["id"]?.asText))
        try desk.refuses(["device", "remove", own, "--yes"], exit: 2, "bad_value")
        try desk.refuses(["device", "remove", id], exit: 3, "needs_answer")
        try desk.refuses(["device", "remove", "zzz", "--yes"], exit: 1, "not_found")
        #expect(try devices(desk) == both)
        try desk.does("note", "second")
        let removed = try desk.btw("device", "remove", String(id.prefix(20)), "--yes")
        #expect(removed.exit == 0, "\(removed.err)")
        #expect(try devices(desk).map { $0["this"] } == [true])
        try desk.refuses(["device", "remove", id, "--yes"], exit: 1, "not_found")
        try desk.does("note", "third")
        try desk.getsInStep()
        #expect(try desk.served().map(\.records) == [3])
        #expect(try desk.does("list").lines.count == 3)
        #expect(daemon.stop().exit == 0)
        try desk.refuses(["recovery", "new"], exit: 4, "no_network")
        #expect(try devices(desk).count == 1)
    }
}
