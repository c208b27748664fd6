import Foundation
import Testing

/// The data that a server's owner, or an observer of the network, can read contains no user text.
@Suite struct ServerBlindTests {
    static let hostName = "canary-laptop-at-home"
    static let planted = [
        "canary-phrase", "canary-tag", "canary-title", "canary-feeling", "canary-outcome", "canary-topic",
        "canary-step", "canary-gone", "2024-02-29", "2031-12-24", "researchcompanies", "\"title\"", "\"tags\"",
        "feelings", "homework", "valence", hostName,
    ]

    @Test func nothingThatWasWrittenIsInTheServersFolderOrOnTheCable() throws {
        let fixture = try Fixture()
        let (daemon, relay) = try fixture.relayed()
        try write(fixture)
        try connect(fixture)
        let phone = try fixture.copied(to: "phone")
        try phone.does("note", "canary-phrase, the second, researchcompanies +canary-tag")
        try phone.getsUpToDateSoon()
        try fixture.getsUpToDateSoon()
        let forgotten = try fixture.makes("note", "canary-gone for ever").id
        try fixture.getsUpToDateSoon()
        try fixture.does("forget", forgotten, "--yes")
        try fixture.getsUpToDateSoon()
        try phone.getsUpToDateSoon()
        try Fixture.areEqual(fixture, phone)
        _ = try fixture.btwd("backup", "--data", "DIR", fixture.folder.path + "/server/copy")
        let running = try findings(fixture, in: "server")
        #expect(running == [], "while it runs")
        #expect(daemon.stop().exit == 0)
        #expect(try findings(fixture, in: "server") == [])
        #expect(daemon.log.contains("listening") && !Self.planted.contains(where: daemon.log.contains))
        let cable = Data(relay.bytes)
        #expect(cable.count > 10_000, "nothing passed the relay")
        let passed = Self.planted.filter { cable.range(of: Data($0.utf8)) != nil }
        #expect(passed == [])
        // The search does find text where it is.
        #expect(try fixture.homeFiles(holding: "canary-tag") != [])
    }

    @Test func nothingThatLetsADeviceInIsInTheServersFolderOrOnTheCable() throws {
        let fixture = try Fixture()
        let (daemon, relay) = try fixture.relayed()
        let enrolment = try fixture.string()
        try fixture.does("import", "jrnl", try fixture.file("canary-file.json", Self.jrnl))
        try #require(fixture.btw("connect", enrolment, "--name", "canary-laptop").exit == 0)
        let pairing = try Pairing(on: fixture)
        let phone = fixture.at("phone")
        try #require(phone.btw("join", pairing.string, "--trust", "--name", "canary-phone").exit == 0)
        #expect(pairing.wait() == 0)
        let words = words(in: pairing.talk)
        try #require(words.count == 4, "\(pairing.talk)")
        let key = try #require(fixture.btw("recovery", "new").lines.first)
        let tablet = fixture.at("tablet")
        try #require(tablet.btw("recover", enrolment, key, "--name", "canary-tablet").exit == 0)
        for each in [fixture, phone, tablet] { try each.getsUpToDateSoon() }
        try Fixture.areEqual(fixture, phone, tablet)
        let devices = try fixture.does("device").out
        for name in ["canary-laptop", "canary-phone", "canary-tablet"] { #expect(devices.contains(name)) }

        var planted = ["canary", key, key.filter { $0 != "-" }, pairing.string, enrolment].map { [UInt8]($0.utf8) }
        planted += [" ", "-", " · ", ",", "\",\""].map { [UInt8](words.joined(separator: $0).utf8) }
        for string in [pairing.string, enrolment] {
            let secret = try Self.secret(of: string)
            planted += [secret, [UInt8](Data(secret).base64EncodedString().prefix(20).utf8)]
            planted.append([UInt8](secret.map { String(format: "%02x", $0) }.joined().utf8))
        }
        let cable = Data(relay.bytes)
        #expect(cable.count > 10_000, "nothing passed the relay")
        for stop in [false, true] {
            if stop { #expect(daemon.stop().exit == 0) }
            for bytes in planted {
                #expect(
                    try fixture.files(of: "server", holding: bytes) == [], "\(String(decoding: bytes, as: UTF8.self))")
                #expect(cable.range(of: Data(bytes)) == nil)
                #expect(Data(daemon.log.utf8).range(of: Data(bytes)) == nil)
            }
        }
    }

    private static let jrnl = """
        {"tags": {}, "entries": [{"title": "canary", "body": "and its text", "date": "2019-05-04", "time": "21:30", \
        "tags": [], "starred": false}]}
        """

    /// The sixteen bytes before the checksum of a string.
    private static func secret(of string: String) throws -> [UInt8] {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        var (bytes, value, bitCount): ([UInt8], Int, Int) = ([], 0, 0)
        for letter in string.utf8.dropFirst(4) {
            guard let digit = alphabet.firstIndex(of: letter) else { continue }
            (value, bitCount) = (value << 5 | digit, bitCount + 5)
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(value >> bitCount))
            value &= 1 << bitCount - 1
        }
        try #require(bytes.count > 34)
        return Array(bytes.dropLast(2).suffix(16))
    }

    /// Connects, on a machine with a recognizable name if that is possible.
    private func connect(_ fixture: Fixture) throws {
        guard Machine.succeeds("unshare", "--uts", "hostname", Self.hostName) else {
            try fixture.does("connect", try fixture.string(), "--name", Self.hostName)
            return
        }
        let onThatMachine = """
            hostname "$0" && "$BTW" connect "$1" --name "$0" -q && "$BTW" sync -q && exec "$BTW" status --json
            """
        let script = "exec unshare --uts sh -c \"$1\" \"$2\" \"$3\""
        let ran = try fixture.startShell(script, onThatMachine, Self.hostName, try fixture.string()).wait()
        #expect(ran.exit == 0 && ran.err == "", "\(ran.err)")
        #expect(ran.out.contains("\"device\":\"\(Self.hostName)\""))
    }

    /// An entry of each kind, with every field that a command can set.
    private func write(_ fixture: Fixture) throws {
        try fixture.does("note", "canary-phrase, and more of it +canary-tag", "--at", "2024-02-29")
        try fixture.does("mood", "2", "canary-feeling", "+canary-tag", "canary-phrase in a mood")
        let homework = try fixture.makes("hw", "canary-title", "--due", "2031-12-24", "--step", "canary-step", "--flag")
            .id
        try fixture.does("done", homework, "--outcome", "canary-outcome")
        try fixture.does("session", "2031-12-24T10:00", "--topic", "canary-topic")
    }

    private func findings(_ fixture: Fixture, in name: String) throws -> [String] {
        let folder = fixture.folder.path + "/" + name
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        try #require(names.contains("server.db"))
        return names.sorted().flatMap { name in
            let bytes = FileManager.default.contents(atPath: folder + "/" + name) ?? Data()
            return Self.planted.filter { bytes.range(of: Data($0.utf8)) != nil }.map { "\(name): \($0)" }
        }
    }
}
