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

    private func bodies(_ desk: ReplicaDesk) async throws -> [String] {
        try await desk.journal.entries().map { $0.text("body") ?? "" }.sorted()
    }

    @Test func theWholeHereAndAPartThereAreTheWhole() async throws {
        for (here, there) in [
            ([Matching.morning, Matching.work], [Matching.work]), ([Matching.work], [Matching.morning]),
        ] {
            let desks = try await JoinDesks()
            try await desks.one.journal.importItems(here.map { Matching.item($0) })
            try await desks.two.journal.importItems(there.map { Matching.item($0) })
            let work = try #require(try await desks.two.journal.entries().last).id
            let reply = EntryDraft(.note, ["body": "I should say sorry", "about": .text(Text(work.description))])
            let replied = try await desks.two.journal.entry(work).text("body")
            _ = try await desks.two.journal.add(reply)
            try await desks.join()
            #expect(try await bodies(desks.one) == ["I should say sorry", Matching.morning, Matching.work])
            let comment = try await JoinDesks.entry("I should say sorry", of: desks.one)
            let about = try #require(EntryID(comment.text("about") ?? ""))
            #expect(try await desks.one.journal.entry(about).text("body") == replied)
        }
    }

    /// Both got their ids from their place, as earlier versions gave them: equal ids, different texts.
    @Test(arguments: [false, true]) func textsThatAVersionBeforeGaveOneNameStayTwo(isNewHere: Bool) async throws {
        let desks = try await JoinDesks()
        let here = isNewHere ? Matching.item(Matching.morning) : Matching.placed(1, Matching.morning)
        try await desks.one.journal.importItems([here])
        try await desks.two.journal.importItems([
            Matching.placed(1, Matching.work), Matching.placed(2, Matching.morning),
        ])
        try await desks.join()
        #expect(try await bodies(desks.one) == [Matching.morning, Matching.work])
        let whole = [Matching.item(Matching.work), Matching.item(Matching.morning)]
        for desk in [desks.one, desks.two] { #expect(try await desk.journal.importItems(whole).same == 2) }
    }

    /// A later state that was imported on one device is not reverted by the earlier one on the other.
    @Test(arguments: [false, true]) func theLaterStateIsShownWhoeverHasIt(isHere: Bool) async throws {
        let desks = try await JoinDesks()
        let later = Matching.work + " And made up."
        let (one, two) = (desks.one.journal, desks.two.journal)
        for journal in [one, two] { try await journal.importItems([Matching.item(Matching.work, tags: "plan")]) }
        try await (isHere ? one : two).importItems([Matching.item(later, tags: "peace")])
        try await desks.join()
        #expect(try await bodies(desks.one) == [later])
        let entry = try await JoinDesks.entry(later, of: desks.two)
        #expect(entry.elements(of: "tags") == ["peace"])
    }

    @Test func aLaterStateThatCameInAloneIsTheSameEntryAndALineWrittenHereStays() async throws {
        let desks = try await JoinDesks()
        let later = Matching.work + " And made up."
        try await desks.one.journal.importItems([Matching.item(Matching.work), Matching.item(Matching.morning)])
        try await desks.two.journal.importItems([Matching.item(later)])
        let mine = try await JoinDesks.entry(Matching.work, of: desks.one).id
        _ = try await desks.one.journal.edit(mine, ["body": .text(Text("Mine first. " + Matching.work))])
        try await desks.join()
        #expect(try await desks.one.journal.entries().count == 2)
        let body = try #require(try await desks.one.journal.entry(mine).text("body"))
        #expect(body.contains("Mine first.") && body.contains("And made up."))
    }

    @Test func shortEntriesOfOneMinuteStayTwoWithTheirTags() async throws {
        let (gym, cinema) = ("Went to the gym.", "Went to the cinema with Anna.")
        for texts in [(gym, cinema), (cinema, gym), ("Lunch", "Lunch with my ex"), ("Lunch with my ex", "Lunch")] {
            let desks = try await JoinDesks()
            try await desks.one.journal.importItems([Matching.item(texts.0, tags: "one")])
            try await desks.two.journal.importItems([Matching.item(texts.1, tags: "two")])
            try await desks.join()
            #expect(try await bodies(desks.one) == [texts.0, texts.1].sorted())
            for (text, tag) in [(texts.0, "one"), (texts.1, "two")] {
                #expect(try await JoinDesks.entry(text, of: desks.one).elements(of: "tags") == [Text(tag)])
            }
        }
    }

    @Test func aMergeStaysAMergeWhenItsHomeJoins() async throws {
        let desks = try await JoinDesks()
        let later = Matching.work + " And made up."
        try await desks.two.journal.importItems([Matching.item(Matching.work)])
        let id = try await JoinDesks.entry(Matching.work, of: desks.two).id
        _ = try await desks.two.journal.edit(id, ["body": .text(Text("Mine first. " + Matching.work))])
        try await desks.two.journal.importItems([Matching.item(later)])
        try await desks.join()
        for desk in [desks.one, desks.two] {
            #expect(try await bodies(desk) == ["Mine first. " + later])
            #expect(try await desk.journal.importItems([Matching.item(later)]).same == 1)
            #expect(try await bodies(desk) == ["Mine first. " + later])
        }
    }

    /// Two devices of one journal, both offline.
    @Test func whatTwoDevicesOfOneJournalImportApartFallsTogetherByItsText() async throws {
        let one = try await ReplicaDesk()
        let two = try await ReplicaDesk(invitedBy: one)
        var server = PlainServer(one.replica.space)
        for desk in [one, two] { try await server.exchange(desk) }
        try await one.journal.importItems([Matching.item(Matching.morning), Matching.item(Matching.work)])
        try await two.journal.importItems([Matching.item(Matching.work), Matching.item("Dentist")])
        for desk in [one, two, one] { try await server.exchange(desk) }
        for desk in [one, two] { #expect(try await bodies(desk) == ["Dentist", Matching.morning, Matching.work]) }
        #expect(try await one.export() == two.export())
    }
}
