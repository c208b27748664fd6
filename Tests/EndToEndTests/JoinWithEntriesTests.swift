import Foundation
import Testing

/// `btw join` on a home that has a journal already: its entries move to the joined one.
@Suite struct JoinWithEntriesTests {
    /// Two devices that had a journal each, and had imported the same file.
    private func twoJournals() throws -> (fixture: Fixture, phone: Fixture, daemon: Daemon) {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let phone = fixture.at("phone")
        let other = ImportTests.entry.replacing("2020-05-01", with: "2020-05-02")
        let path = try fixture.file("journal.json", "{\"tags\": {}, \"entries\": [\(ImportTests.entry), \(other)]}")
        for each in [fixture, phone] {
            try each.does("import", "jrnl", path)
            try each.does("note", each.home == phone.home ? "only the phone's" : "only the laptop's")
        }
        try fixture.connect()
        return (fixture, phone, daemon)
    }

    @Test func aHomeThatHasEntriesTakesThemAlong() throws {
        let (fixture, phone, daemon) = try twoJournals()
        let before = try phone.btw("list").lines.count
        let kept = try phone.makes("note", "with an id that stays").id
        // Nothing happens before the question is answered.
        let unasked = try Pairing(on: fixture)
        try phone.refuses(["join", unasked.string, "--trust"], exit: 3, "needs_answer")
        unasked.end()
        if Machine.hasTerminals {
            let declined = try phone.onTerminal("join \(unasked.string) --trust", answering: "n")
            #expect(declined.exit == 3 && declined.out.contains("has a journal with 4 entries"), "\(declined.out)")
            #expect(declined.out.contains("whoever owns that one can read it"), "\(declined.out)")
        }
        #expect(try phone.btw("list").lines.count == before + 1)
        _ = try fixture.joined(by: "phone")
        try fixture.getsUpToDate()
        let export = try Fixture.areEqual(fixture, phone)
        // An entry that both had imported is there once.
        #expect(export.split(separator: "\n").count == 5)
        #expect(export.contains("only the phone's") && export.contains("only the laptop's"))
        #expect(try fixture.btw("show", kept).exit == 0)
        for each in [fixture, phone] { try each.isSound() }
        #expect(daemon.stop().exit == 0)
    }

    /// `connect` with the string of somebody else's journal; the string does not show whose it is.
    @Test(.enabled(if: Machine.hasTerminals))
    func connectingWithTheStringOfAJournalSaysWhoWillReadTheEntries() throws {
        let (fixture, phone, daemon) = try twoJournals()
        let pairing = try Pairing(on: fixture)
        let joined = try phone.onTerminal("connect \(pairing.string) --yes", answering: "y")
        #expect(joined.exit == 0, "\(joined.out)")
        #expect(joined.out.contains("whoever owns that one can read it from then on"), "\(joined.out)")
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [["--yes"], ["--yes", "-q"], ["--yes", "--json"]])
    func whoWillReadTheEntriesIsSaidAlsoWhereNobodyIsAsked(_ options: [String]) throws {
        let (fixture, phone, daemon) = try twoJournals()
        let pairing = try Pairing(on: fixture)
        let words = ["join", pairing.string, "--trust"] + options
        let joined = try phone.run(words.map { Array($0.utf8) })
        #expect(joined.exit == 0, "\(joined.err)")
        #expect(joined.err.contains("whoever owns that one can read it from then on"), "\(joined.err)")
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test(.enabled(if: KillShim.path != nil))
    func aHomeThatHasEntriesIsOneJournalOrTheOtherWhereverItWasKilled() throws {
        let (fixture, phone, daemon) = try twoJournals()
        try fixture.copyFolder("phone", to: "phone before")
        let mine = try phone.export()
        var points = 0
        for call in sequence(first: 30, next: { $0 + $0 / 3 }).prefix(30) {
            try fixture.copyFolder("phone before", to: "phone")
            let pairing = try Pairing(on: fixture)
            let cut = try phone.with(KillShim.variables(at: call)).btw("join", pairing.string, "--trust", "--yes")
            pairing.end()
            guard cut.wasKilled else { break }
            points += 1
            // All entries of one or of both, and never fewer.
            let now = try phone.export()
            #expect(now == mine || now.split(separator: "\n").count == 4, "call \(call)")
            let ended = try phone.btw("sync", "--json")
            #expect(ended.exit == 0, "call \(call): \(ended.err)")
        }
        #expect(points > 5)
        _ = try fixture.joined(by: "phone")
        try fixture.getsUpToDateSoon()
        try phone.getsUpToDateSoon()
        #expect(try Fixture.areEqual(fixture, phone).split(separator: "\n").count == 4)
        try phone.isSound()
        #expect(daemon.stop().exit == 0)
    }
}
