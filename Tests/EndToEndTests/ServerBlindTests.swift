import Foundation
import Testing

/// What a server's owner, and whoever owns the cable, can read: nothing that a person wrote.
@Suite struct ServerBlindTests {
    static let hostName = "canary-laptop-at-home"
    static let planted = [
        "canary-phrase", "canary-tag", "canary-title", "canary-feeling", "canary-outcome", "canary-topic",
        "canary-step", "canary-gone", "2024-02-29", "2031-12-24", "researchcompanies", "\"title\"", "\"tags\"",
        "feelings", "homework", "valence", hostName,
    ]

    @Test func nothingThatWasWrittenIsInTheServersFolderOrOnTheCable() throws {
        let desk = try Desk()
        let (daemon, relay) = try desk.relayed()
        try write(desk)
        try connect(desk)
        let phone = try desk.copied(to: "phone")
        try phone.does("note", "canary-phrase, the second, researchcompanies +canary-tag")
        try phone.getsInStepSoon()
        try desk.getsInStepSoon()
        let forgotten = try desk.makes("note", "canary-gone for ever").id
        try desk.getsInStepSoon()
        try desk.does("forget", forgotten, "--yes")
        try desk.getsInStepSoon()
        try phone.getsInStepSoon()
        try Desk.areEqual(desk, phone)
        _ = try desk.btwd("backup", "--data", "DIR", desk.folder.path + "/server/copy")
        let running = try findings(desk, in: "server")
        #expect(running == [], "while it runs")
        #expect(daemon.stop().exit == 0)
        #expect(try findings(desk, in: "server") == [])
        #expect(daemon.log.contains("listening") && !Self.planted.contains(where: daemon.log.contains))
        let cable = Data(relay.bytes)
        #expect(cable.count > 10_000, "nothing passed the relay")
        let passed = Self.planted.filter { cable.range(of: Data($0.utf8)) != nil }
        #expect(passed == [])
        // The search does find what is there.
        #expect(try desk.homeFiles(holding: "canary-tag") != [])
    }

    /// Connects, on a machine with a name that can be looked for where that is possible.
    private func connect(_ desk: Desk) throws {
        guard Machine.succeeds("unshare", "--uts", "hostname", Self.hostName) else {
            try desk.does("connect", try desk.string(), "--name", Self.hostName)
            return
        }
        let onThatMachine = """
            hostname "$0" && "$BTW" connect "$1" --name "$0" -q && "$BTW" sync -q && exec "$BTW" status --json
            """
        let script = "exec unshare --uts sh -c \"$1\" \"$2\" \"$3\""
        let ran = try desk.startShell(script, onThatMachine, Self.hostName, try desk.string()).wait()
        #expect(ran.exit == 0 && ran.err == "", "\(ran.err)")
        #expect(ran.out.contains("\"device\":\"\(Self.hostName)\""))
    }

    /// One of each kind, with every field that a command can set.
    private func write(_ desk: Desk) throws {
        try desk.does("note", "canary-phrase, and more of it +canary-tag", "--at", "2024-02-29")
        try desk.does("mood", "2", "canary-feeling", "+canary-tag", "canary-phrase in a mood")
        let homework = try desk.makes("hw", "canary-title", "--due", "2031-12-24", "--step", "canary-step", "--flag").id
        try desk.does("done", homework, "--outcome", "canary-outcome")
        try desk.does("session", "2031-12-24T10:00", "--topic", "canary-topic")
    }

    private func findings(_ desk: Desk, in name: String) throws -> [String] {
        let folder = desk.folder.path + "/" + name
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        try #require(names.contains("server.db"))
        return names.sorted().flatMap { name in
            let bytes = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
            return Self.planted.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\(name): \($0)" }
        }
    }
}
