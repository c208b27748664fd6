import CanonicalJSON
import Testing

/// `btw device` and `btw recovery` through the real binaries.
@Suite struct DeviceTests {
    private func devices(_ fixture: Fixture) throws -> [JSONValue] {
        try fixture.does("device", "--json").lines.map { try JSONValue(parsing: $0.utf8) }
    }

    @Test func aDeviceIsListedByTheNameThatItConnectedWith() throws {
        let fixture = try Fixture()
        #expect(try fixture.btw("device") == Ran(exit: 0, output: [], talk: []))
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        let connected = try fixture.btw("connect", try fixture.string(), "--name", "my laptop")
        #expect(connected.exit == 0 && connected.out.contains("1 change is there now"), "\(connected.err)")
        let device = try #require(try devices(fixture).first)
        #expect(
            device.asObject?.map { $0.key.string } == [
                "added", "fingerprint", "id", "last_heard", "last_sync", "name", "this",
            ])
        #expect(device["name"] == "my laptop" && device["this"] == true)
        #expect(device["added"]?.asText != nil && device["last_sync"]?.asText != nil)
        #expect(device["last_heard"]?.asText == device["added"]?.asText, "its name is the last that it wrote")
        #expect(try fixture.does("device").out.contains("my laptop · "))
        #expect(try fixture.does("status").out.contains("(my laptop)"))
        // The name is there already, as a sealed entry that is not listed.
        #expect(try fixture.getsUpToDate().sent == 0)
        #expect(try fixture.served().map(\.edits) == [2])
        #expect(try fixture.does("list").lines.count == 1)
        #expect(try fixture.export().split(separator: "\n").count == 1)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aRecoveryKeyIsADeviceThatCanBeRemoved() throws {
        let fixture = try Fixture()
        try fixture.does("note", "first")
        for command in [["recovery", "new"], ["device", "remove", "777", "--yes"]] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            #expect(ran.exit == (command[0] == "recovery" ? 4 : 1), "\(ran.err)")
        }
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let made = try fixture.btw("recovery", "new")
        #expect(made.exit == 0, "\(made.err)")
        let key = try #require(made.lines.first)
        #expect(made.lines.count == 1 && key.split(separator: "-").allSatisfy { $0.count == 5 })
        #expect(made.err.contains("shown once"))
        let both = try devices(fixture)
        #expect(both.map { $0["this"] } == [true, false])
        #expect(both.last?["name"] == "recovery key" && both.last?["added"]?.asText != nil)
        #expect(both.last?["unbound"] == nil)
        let (own, id) = (try #require(both.first?["id"]?.asText), try #require(both.last?["id"]?.asText))
        try fixture.refuses(["device", "remove", own, "--yes"], exit: 2, "bad_value")
        try fixture.refuses(["device", "remove", id], exit: 3, "needs_answer")
        try fixture.refuses(["device", "remove", "zzz", "--yes"], exit: 1, "not_found")
        #expect(try devices(fixture) == both)
        try fixture.does("note", "second")
        let removed = try fixture.btw("device", "remove", String(id.prefix(20)), "--yes")
        #expect(removed.exit == 0, "\(removed.err)")
        #expect(try devices(fixture).map { $0["this"] } == [true])
        try fixture.refuses(["device", "remove", id, "--yes"], exit: 1, "not_found")
        try fixture.does("note", "third")
        try fixture.getsUpToDate()
        #expect(try fixture.served().map(\.records) == [3])
        #expect(try fixture.does("list").lines.count == 3)
        #expect(daemon.stop().exit == 0)
        try fixture.refuses(["recovery", "new"], exit: 4, "no_network")
        #expect(try devices(fixture).count == 1)
    }
}
