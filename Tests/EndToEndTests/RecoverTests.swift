import Foundation
import Testing

/// Failures of `btw recover`, which leave nothing behind.
@Suite struct RecoverTests {
    private func refuses(_ fixture: Fixture, _ words: [String], exit: Int32, _ code: String, says: String) throws {
        let empty = fixture.at("empty")
        try empty.refuses(["recover"] + words, exit: exit, code)
        #expect(try empty.run((["recover"] + words).map { Array($0.utf8) }).err.contains(says))
        #expect(!FileManager.default.fileExists(atPath: empty.home))
    }

    private func key(_ fixture: Fixture) throws -> String {
        let made = try fixture.btw("recovery", "new")
        return try #require(made.lines.first, "\(made.err)")
    }

    @Test func aKeyThatOpensNothingLeavesNothingBehind() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let (string, key) = (try fixture.string(), try key(fixture))
        let mistyped = key.dropLast() + (key.hasSuffix("2") ? "3" : "2")
        try refuses(fixture, [string, String(mistyped)], exit: 2, "mistyped", says: "no recovery key")
        try refuses(fixture, [String(string.dropLast()), key], exit: 2, "mistyped", says: "no string")
        // Of a journal on another server.
        let other = try Daemon(fixture, "other")
        let elsewhere = try fixture.string(server: "other")
        try refuses(fixture, [elsewhere, key], exit: 5, "refused", says: "no journal that this key opens")
        #expect(other.stop().exit == 0)
        try refuses(fixture, [elsewhere, key], exit: 4, "no_network", says: "cannot be reached")
        // Revoked.
        let id = try fixture.does("device").lines.first { $0.contains("recovery key") }?
            .components(separatedBy: " · ").dropFirst().first
        #expect(try fixture.btw("device", "remove", try #require(id), "--yes").exit == 0)
        try refuses(fixture, [string, key], exit: 5, "refused", says: "no journal that this key opens")
        #expect(daemon.stop().exit == 0)
    }

    @Test func aJournalThatHoldsNothingSaysSoLoudly() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let key = try key(fixture)
        let ran = try fixture.at("machine").btw("recover", fixture.string(), key, "-q")
        #expect(ran.exit == 0 && ran.out == "")
        #expect(ran.err.contains("Nothing is in this journal.") && ran.err.contains("do not write here"), "\(ran.err)")
        try fixture.does("note", "first")
        try fixture.getsUpToDateSoon()
        let second = try fixture.at("second").btw("recover", fixture.string(), key)
        #expect(second.exit == 0 && !second.err.contains("Nothing is in"), "\(second.err)")
        #expect(daemon.stop().exit == 0)
    }

    @Test func stringAndKeyAreReadAsMailsAndPencilsLeaveThem() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "precious")
        try fixture.connect()
        let key = try key(fixture)
        _ = try fixture.getsUpToDate()
        let groups = try fixture.string().split(separator: "-").map { String($0) }
        let typed = [
            "<" + groups[..<9].joined(separator: "\u{2011}"), groups[9...].joined(separator: "\u{A0}") + ">.\u{200B}",
            "“" + key.uppercased().replacing("O", with: "0").replacing("-", with: " – ") + "”",
        ]
        for (number, words) in [typed, [typed.joined(separator: "\r\n")]].enumerated() {
            let machine = fixture.at("machine \(number)")
            let ran = try machine.run((["recover"] + words).map { Array($0.utf8) })
            #expect(ran.exit == 0, "\(ran.err)")
            #expect(try machine.btw("list").out.contains("precious"))
        }
        // With a string in several parts and a wrong key, the key is reported as wrong.
        let wrong = try fixture.at("none").run(
            (["recover"] + typed.dropLast() + ["aaaaa-bbbbb"]).map { Array($0.utf8) })
        #expect(wrong.exit == 2 && wrong.err.contains("no recovery key"), "\(wrong.err)")
        #expect(daemon.stop().exit == 0)
    }
}
