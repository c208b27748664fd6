import Between
import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// Entries that have no name at their source: which of those here they are.
@Suite struct ImportMatchingTests {
    static let minute = "2026-03-01 09:00"
    static let morning = "Morning pages\nAbout the hospital."
    static let work = "Stand-up\nArgued about the plan."

    static func item(_ body: String, _ minute: String = minute, tags: String...) -> ImportItem {
        ImportItem(.unnamed(source: "jrnl", place: minute), fields(body, minute, tags))
    }

    /// As versions before named it.
    static func placed(_ number: Int, _ body: String, _ minute: String = minute, tags: String...) -> ImportItem {
        ImportItem(.foreign(source: "jrnl", id: "\(minute) \(number)"), fields(body, minute, tags))
    }

    private static func fields(_ body: String, _ minute: String, _ tags: [String]) -> [FieldName: JSONValue] {
        var fields: [FieldName: JSONValue] = ["kind": "note", "at": .text(Text(minute.replacing(" ", with: "T")))]
        if !body.isEmpty { fields["body"] = .text(Text(body)) }
        for tag in tags { fields[FieldName("tags", element: Text(tag))] = true }
        return fields
    }

    private static func bodies(_ journal: Journal) async throws -> [String] {
        try await journal.entries().map { $0.text("body") ?? "" }.sorted()
    }

    private static func id(_ body: String, _ journal: Journal) async throws -> EntryID {
        try #require(try await journal.entries().first { $0.text("body") == body }).id
    }

    private static func numbers(_ counts: ImportCounts) -> [Int] { [counts.new, counts.same, counts.updated] }

    @Test func aPartTakesNothingAwayAndAnInsertionMovesNothing() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let (morning, work) = (Self.morning, Self.work)
        try await journal.importItems([Self.item(morning), Self.item(work)])
        let (first, second) = (try await Self.id(morning, journal), try await Self.id(work, journal))
        let whole = try await home.export(journal)
        for part in [[work], [morning], [work, morning], []] {
            #expect(try await Self.numbers(journal.importItems(part.map { Self.item($0) })) == [0, part.count, 0])
            #expect(try await home.export(journal) == whole)
        }
        let counts = try await journal.importItems(["Dentist", morning, work].map { Self.item($0) })
        #expect(Self.numbers(counts) == [1, 2, 0])
        #expect(try await journal.entry(first).text("body") == morning)
        #expect(try await journal.entry(second).text("body") == work)
    }

    @Test func twoJournalsOfOneMinuteAreTwoEntriesInEitherOrder() async throws {
        var exports: [[String]] = []
        for order in [["At home we talked", "At work we argued"], ["At work we argued", "At home we talked"]] {
            let home = try TestHome()
            let journal = try await home.open()
            for body in order + order { try await journal.importItems([Self.item(body)]) }
            exports.append(try await Self.bodies(journal))
        }
        #expect(exports == Array(repeating: ["At home we talked", "At work we argued"], count: 2))
    }

    @Test func equalEntriesOfOneFileStayTwoWithTheirTags() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let items = [Self.item("Tea", tags: "a"), Self.item("Tea", tags: "b"), Self.item(""), Self.item("")]
        #expect(try await journal.importItems(items).new == 4)
        let export = try await home.export(journal)
        for again in [items, items.reversed(), [items[1]], [items[3], items[0]]] {
            #expect(try await journal.importItems(again).same == again.count)
            #expect(try await home.export(journal) == export)
        }
    }

    @Test func aLaterStateKeepsItsEntryAndTheOldFileTakesNothingBack() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let longer = Self.work + " And made up."
        try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)])
        let id = try await Self.id(Self.work, journal)
        // Of the same file, and then alone: it is known by what it says.
        let foretold = try await journal.importItems([Self.item("Dentist"), Self.item(longer)], isDryRun: true)
        #expect(Self.numbers(foretold) == [1, 0, 1])
        #expect(foretold.updates.map(\.id) == [id] && foretold.updates.map(\.title) == ["Stand-up"])
        #expect(try await Self.numbers(journal.importItems([Self.item("Dentist"), Self.item(longer)])) == [1, 0, 1])
        #expect(try await journal.entry(id).text("body") == longer)
        let export = try await home.export(journal)
        for old in [[Self.morning, Self.work], [Self.work], [longer]] {
            #expect(try await journal.importItems(old.map { Self.item($0) }).same == old.count)
        }
        #expect(try await home.export(journal) == export)
        // Much of it written anew below the same title.
        let anew = "Stand-up\nNobody argued about the plan, for once."
        #expect(try await journal.importItems([Self.item(anew)]).updated == 1)
        #expect(try await journal.entry(id).text("body") == anew)
    }

    @Test func whatHasOnlyATitleInCommonOrIsAsNearToTwoIsNew() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item("Work\nThe roof leaks badly.")])
        #expect(try await journal.importItems([Self.item("Work\nAnna came by today.")]).new == 1)
        try await journal.importItems([Self.item("One two three four"), Self.item("One two three five")])
        #expect(try await Self.numbers(journal.importItems([Self.item("One two three six")])) == [1, 0, 0])
        #expect(try await journal.entries().count == 5)
        // What was edited there, where another of the minute has its title.
        #expect(try await journal.importItems([Self.item("Work\nThe roof leaks badly again.")]).updated == 1)
        #expect(
            try await Self.bodies(journal).filter { $0.hasPrefix("Work") } == [
                "Work\nAnna came by today.", "Work\nThe roof leaks badly again.",
            ])
    }

    @Test func wordsWithoutSpacesAreComparedToo() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item("今天公司开会讨论了新的计划"), Self.item("昨天和妈妈去了海边")])
        let counts = try await journal.importItems([Self.item("今天公司开会讨论了新的计划。很累"), Self.item("晚上读书")])
        #expect(Self.numbers(counts) == [1, 0, 1])
    }

    @Test func aLineWrittenHereStaysWhereItWasWritten() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)])
        let id = try await Self.id(Self.morning, journal)
        let mine = Self.morning + "\nI was afraid."
        _ = try await journal.edit(id, ["body": .text(Text(mine))])
        #expect(try await journal.importItems([Self.item(Self.work)]).same == 1)
        #expect(try await journal.importItems([Self.item(Self.work), Self.item(Self.morning)]).same == 2)
        #expect(try await journal.importItems([Self.item(mine)]).same == 1)
        #expect(try await Self.bodies(journal) == [mine, Self.work])
        // Rewritten here from end to end and moved to another day, it is still the entry of that text.
        _ = try await journal.edit(id, ["body": "Nothing of it.", "at": "2026-03-02T10:00"])
        #expect(try await journal.importItems([Self.item(Self.morning)]).same == 1)
        #expect(try await Self.bodies(journal) == ["Nothing of it.", Self.work])
    }

    @Test func aJournalOfAVersionBeforeIsKnownByItsTexts() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([
            Self.placed(1, Self.morning), Self.placed(2, Self.work), Self.placed(1, "Once", "2026-03-02 09:00"),
        ])
        let moved = try await Self.id("Once", journal)
        _ = try await journal.edit(moved, ["at": "2026-03-05T11:00"])
        let export = try await home.export(journal)
        let whole = [Self.item(Self.morning), Self.item(Self.work), Self.item("Once", "2026-03-02 09:00")]
        for again in [whole, whole.reversed(), [whole[1]], [whole[2], whole[0]]] {
            #expect(try await journal.importItems(again).same == again.count)
            #expect(try await home.export(journal) == export)
        }
        let longer = [Self.item("Dentist"), Self.item(Self.work + " Twice."), Self.item(Self.morning)]
        #expect(try await Self.numbers(journal.importItems(longer)) == [1, 1, 1])
        #expect(try await journal.importItems(longer).same == 3)
    }

    /// A version before put one text in the other's place; the file has both.
    @Test func aTextThatAVersionBeforeReplacedComesBack() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.placed(1, Self.morning), Self.placed(2, Self.work)])
        try await journal.importItems([Self.placed(1, Self.work)])
        #expect(try await Self.bodies(journal) == [Self.work, Self.work])
        #expect(try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)]).new == 1)
        #expect(try await Self.bodies(journal) == [Self.morning, Self.work, Self.work])
        #expect(try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)]).same == 2)
    }

    @Test func whatWasForgottenStaysSoUnderEitherName() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)])
        try await journal.forget(Self.id(Self.morning, journal))
        #expect(try await journal.importItems([Self.item(Self.morning), Self.item(Self.work)]).skipped == 1)
        let old = "2026-03-02 09:00"
        try await journal.importItems([Self.placed(1, Self.morning, old), Self.placed(2, "Once", old)])
        try await journal.forget(Self.id(Self.morning, journal))
        let counts = try await journal.importItems([Self.item(Self.morning, old), Self.item("Once", old)])
        #expect((counts.skipped, counts.same) == (1, 1))
        #expect(try await Self.bodies(journal) == ["Once", Self.work])
        // Where others moved, nothing tells that it is the one.
        #expect(try await journal.importItems([Self.item("Walk", old), Self.item("Tea", old)]).new == 2)
    }

    @Test func tagsThatWentAtTheSourceGoAndThoseOfThisJournalStay() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item("A day @work @run", tags: "work", "run", "starred")])
        let id = try await Self.id("A day @work @run", journal)
        _ = try await journal.edit(id, ["tags/mine": true])
        #expect(try await journal.importItems([Self.item("A day @run", tags: "run")]).updated == 1)
        #expect(try await journal.entry(id).elements(of: "tags") == ["mine", "run"])
        #expect(try await journal.importItems([Self.item("A day @run", tags: "run")]).same == 1)
        // One that was put back here by hand is this journal's.
        _ = try await journal.edit(id, ["tags/work": true])
        #expect(try await journal.importItems([Self.item("A day @run", tags: "run")]).same == 1)
        #expect(try await journal.importItems([Self.item("A day @run")]).updated == 1)
        #expect(try await journal.entry(id).elements(of: "tags") == ["mine", "work"])
        #expect(try await home.open().check().isSound)
    }

    @Test func aHomeTakenBackAndImportedAgainIsAsBefore() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let items = [Self.item(Self.morning), Self.item(Self.work)]
        try await journal.importItems(items)
        _ = try await journal.undo()
        #expect(try await journal.importItems([items[1]]).updated == 1)
        #expect(try await Self.bodies(journal) == [Self.work])
        #expect(try await journal.importItems(items, isDryRun: true).updates.isEmpty)
        #expect(try await Self.numbers(journal.importItems(items)) == [0, 1, 1])
    }
}
