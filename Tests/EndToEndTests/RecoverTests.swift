import Foundation
import Testing

/// Failures of `btw recover`, which leave nothing behind.
@Suite struct RecoverTests {
    private func refuses(_ desk: Desk, _ words: [String], exit: Int32, _ code: String, says: String) throws {
        let empty = desk.at("empty")
        try empty.refuses(["recover"] + words, exit: exit, code)
        #expect(try empty.run((["recover"] + words).map { Array($0.utf8) }).err.contains(says))
        #expect(!FileManager.default.fileExists(atPath: empty.home))
    }

    private func key(_ desk: Desk) throws -> String {
        let made = try desk.btw("recovery", "new")
        return try #require(made.lines.first, "\(made.err)")
    }

    @Test func aKeyThatOpensNothingLeavesNothingBehind() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        let (string, key) = (try desk.string(), try key(desk))
        let mistyped = key.dropLast() + (key.hasSuffix("2") ? "3" : "2")
        try refuses(desk, [string, String(mistyped)], exit: 2, "mistyped", says: "no recovery key")
        try refuses(desk, [String(string.dropLast()), key], exit: 2, "mistyped", says: "no string")
        // Of a journal on another server.
        let other = try Daemon(desk, "other")
        let elsewhere = try desk.string(server: "other")
        try refuses(desk, [elsewhere, key], exit: 5, "refused", says: "no journal that this key opens")
        #expect(other.stop().exit == 0)
        try refuses(desk, [elsewhere, key], exit: 4, "no_network", says: "cannot be reached")
        // Revoked.
        let id = try desk.does("device").lines.first { $0.contains("recovery key") }?
            .components(separatedBy: " · ").dropFirst().first
        #expect(try desk.btw("device", "remove", try #require(id), "--yes").exit == 0)
        try refuses(desk, [string, key], exit: 5, "refused", says: "no journal that this key opens")
        #expect(daemon.stop().exit == 0)
    }

    @Test func aJournalThatHoldsNothingSaysSoLoudly() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        let key = try key(desk)
        let ran = try desk.at("machine").btw("recover", desk.string(), key, "-q")
        #expect(ran.exit == 0 && ran.out == "")
        #expect(ran.err.contains("Nothing is in this journal.") && ran.err.contains("do not write here"), "\(ran.err)")
        try desk.does("note", "first")
        try desk.getsInStepSoon()
        let second = try desk.at("second").btw("recover", desk.string(), key)
        #expect(second.exit == 0 && !second.err.contains("Nothing is in"), "\(second.err)")
        #expect(daemon.stop().exit == 0)
    }

    @Test func stringAndKeyAreReadAsMailsAndPencilsLeaveThem() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "precious")
        try desk.connect()
        let key = try key(desk)
        _ = try desk.getsInStep()
        let groups = try desk.string().split(separator: "-").map { String($0) }
        let typed = [
            "<" + groups[..<9].joined(separator: "\u{2011}"), groups[9...].joined(separator: "\u{A0}") + ">.\u{200B}",
            "“" + key.uppercased().replacing("O", with: "0").replacing("-", with: " – ") + "”",
        ]
        for (number, words) in [typed, [typed.joined(separator: "\r\n")]].enumerated() {
            let machine = desk.at("machine \(number)")
            let ran = try machine.run((["recover"] + words).map { Array($0.utf8) })
            #expect(ran.exit == 0, "\(ran.err)")
            #expect(try machine.btw("list").out.contains("precious"))
        }
        // With a string in several parts and a wrong key, the key is reported as wrong.
        let wrong = try desk.at("none").run((["recover"] + typed.dropLast() + ["aaaaa-bbbbb"]).map { Array($0.utf8) })
        #expect(wrong.exit == 2 && wrong.err.contains("no recovery key"), "\(wrong.err)")
        #expect(daemon.stop().exit == 0)
    }
}
