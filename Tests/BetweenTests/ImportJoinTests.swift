import Between
import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing
import Wire

/// Devices that imported different files of a source without ids, and then join one journal.
@Suite struct ImportJoinTests {
    private typealias Matching = ImportMatchingTests

    private func bodies(_ fixture: ReplicaFixture) async throws -> [String] {
        try await fixture.journal.entries().map { $0.text("body") ?? "" }.sorted()
    }

    @Test func theWholeHereAndAPartThereAreTheWhole() async throws {
        for (here, there) in [
            ([Matching.morning, Matching.work], [Matching.work]), ([Matching.work], [Matching.morning]),
        ] {
            let fixtures = try await JoinFixtures()
            try await fixtures.one.journal.importItems(here.map { Matching.item($0) })
            try await fixtures.two.journal.importItems(there.map { Matching.item($0) })
            let work = try #require(try await fixtures.two.journal.entries().last).id
            let reply = EntryDraft(.note, ["body": "I should say sorry", "about": .text(Text(work.description))])
            let replied = try await fixtures.two.journal.entry(work).text("body")
            _ = try await fixtures.two.journal.add(reply)
            try await fixtures.join()
            #expect(try await bodies(fixtures.one) == ["I should say sorry", Matching.morning, Matching.work])
            let comment = try await JoinFixtures.entry("I should say sorry", of: fixtures.one)
            let about = try #require(EntryID(comment.text("about") ?? ""))
            #expect(try await fixtures.one.journal.entry(about).text("body") == replied)
        }
    }

    /// Both got their ids from their place, as earlier versions gave them: equal ids, different texts.
    @Test(arguments: [false, true]) func textsThatAVersionBeforeGaveOneNameStayTwo(isNewHere: Bool) async throws {
        let fixtures = try await JoinFixtures()
        let here = isNewHere ? Matching.item(Matching.morning) : Matching.placed(1, Matching.morning)
        try await fixtures.one.journal.importItems([here])
        try await fixtures.two.journal.importItems([
            Matching.placed(1, Matching.work), Matching.placed(2, Matching.morning),
        ])
        try await fixtures.join()
        #expect(try await bodies(fixtures.one) == [Matching.morning, Matching.work])
        let whole = [Matching.item(Matching.work), Matching.item(Matching.morning)]
        for fixture in [fixtures.one, fixtures.two] { #expect(try await fixture.journal.importItems(whole).same == 2) }
    }

    /// A later state that was imported on one device is not reverted by the earlier one on the other.
    @Test(arguments: [false, true]) func theLaterStateIsShownWhoeverHasIt(isHere: Bool) async throws {
        let fixtures = try await JoinFixtures()
        let later = Matching.work + " And made up."
        let (one, two) = (fixtures.one.journal, fixtures.two.journal)
        for journal in [one, two] { try await journal.importItems([Matching.item(Matching.work, tags: "plan")]) }
        try await (isHere ? one : two).importItems([Matching.item(later, tags: "peace")])
        try await fixtures.join()
        #expect(try await bodies(fixtures.one) == [later])
        let entry = try await JoinFixtures.entry(later, of: fixtures.two)
        #expect(entry.elements(of: "tags") == ["peace"])
    }

    @Test func aLaterStateThatCameInAloneIsTheSameEntryAndALineWrittenHereStays() async throws {
        let fixtures = try await JoinFixtures()
        let later = Matching.work + " And made up."
        try await fixtures.one.journal.importItems([Matching.item(Matching.work), Matching.item(Matching.morning)])
        try await fixtures.two.journal.importItems([Matching.item(later)])
        let mine = try await JoinFixtures.entry(Matching.work, of: fixtures.one).id
        _ = try await fixtures.one.journal.edit(mine, ["body": .text(Text("Mine first. " + Matching.work))])
        try await fixtures.join()
        #expect(try await fixtures.one.journal.entries().count == 2)
        let body = try #require(try await fixtures.one.journal.entry(mine).text("body"))
        #expect(body.contains("Mine first.") && body.contains("And made up."))
    }

    @Test func shortEntriesOfOneMinuteStayTwoWithTheirTags() async throws {
        let (gym, cinema) = ("Went to the gym.", "Went to the cinema with Anna.")
        for texts in [(gym, cinema), (cinema, gym), ("Lunch", "Lunch with my ex"), ("Lunch with my ex", "Lunch")] {
            let fixtures = try await JoinFixtures()
            try await fixtures.one.journal.importItems([Matching.item(texts.0, tags: "one")])
            try await fixtures.two.journal.importItems([Matching.item(texts.1, tags: "two")])
            try await fixtures.join()
            #expect(try await bodies(fixtures.one) == [texts.0, texts.1].sorted())
            for (text, tag) in [(texts.0, "one"), (texts.1, "two")] {
                #expect(try await JoinFixtures.entry(text, of: fixtures.one).elements(of: "tags") == [Text(tag)])
            }
        }
    }

    @Test func aMergeStaysAMergeWhenItsHomeJoins() async throws {
        let fixtures = try await JoinFixtures()
        let later = Matching.work + " And made up."
        try await fixtures.two.journal.importItems([Matching.item(Matching.work)])
        let id = try await JoinFixtures.entry(Matching.work, of: fixtures.two).id
        _ = try await fixtures.two.journal.edit(id, ["body": .text(Text("Mine first. " + Matching.work))])
        try await fixtures.two.journal.importItems([Matching.item(later)])
        try await fixtures.join()
        for fixture in [fixtures.one, fixtures.two] {
            #expect(try await bodies(fixture) == ["Mine first. " + later])
            #expect(try await fixture.journal.importItems([Matching.item(later)]).same == 1)
            #expect(try await bodies(fixture) == ["Mine first. " + later])
        }
    }

    /// Two devices of one journal, both offline.
    @Test func whatTwoDevicesOfOneJournalImportApartFallsTogetherByItsText() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        for fixture in [one, two] { try await server.exchange(fixture) }
        try await one.journal.importItems([Matching.item(Matching.morning), Matching.item(Matching.work)])
        try await two.journal.importItems([Matching.item(Matching.work), Matching.item("Dentist")])
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        for fixture in [one, two] {
            #expect(try await bodies(fixture) == ["Dentist", Matching.morning, Matching.work])
        }
        #expect(try await one.export() == two.export())
    }
}
