import Between
import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// Matching entries without an id at their source with those already in the journal.
@Suite struct ImportMatchingTests {
    static let minute = "2026-03-01 09:00"
    static let morning = "Morning pages\nAbout the hospital."
    static let work = "Stand-up\nArgued about the plan."

    static func item(_ body: String, _ minute: String = minute, tags: String...) -> ImportItem {
        ImportItem(.unnamed(source: "jrnl", place: minute), fields(body, minute, tags))
    }

    /// With the id that earlier versions gave it.
    static func placed(_ number: Int, _ body: String, _ minute: String = minute, tags: String...) -> ImportItem {
        ImportItem(.foreign(source: "jrnl", id: "\(minute) \(number)"), fields(body, minute, tags))
    }

    private static func fields(_ body: String, _ minute: String, _ tags: [String]) -> [FieldName: JSONValue] {
        var fields: [FieldName: JSONValue] = ["kind": "note", "at": .text(Text(minute.replacing(" ", with: "T")))]
        if !body.isEmpty { fields["body"] = .text(Text(body)) }
        for tag in tags { fields[FieldName("tags", element: Text(tag))] = true }
        return fields
    }

    private static func bodies(_ journal: JournalSpace) async throws -> [String] {
        try await journal.entries().map { $0.text("body") ?? "" }.sorted()
    }

    private static func id(_ body: String, _ journal: JournalSpace) async throws -> EntryID {
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
        // In the same file, and then alone: it is matched by its text.
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
        // Much new text below the same title may be another entry.
        let anew = "Stand-up\nNobody argued about the plan, for once."
        #expect(try await journal.importItems([Self.item(anew)]).new == 1)
        #expect(try await journal.entry(id).text("body") == longer)
    }

    @Test func whatHasOnlyATitleInCommonOrIsAsNearToTwoIsNew() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([Self.item("Work\nThe roof leaks badly.")])
        #expect(try await journal.importItems([Self.item("Work\nAnna came by today.")]).new == 1)
        let ten = "one two three four five six seven eight nine"
        try await journal.importItems([Self.item(ten + " ten"), Self.item(ten + " eleven")])
        #expect(try await Self.numbers(journal.importItems([Self.item(ten + " twelve")])) == [1, 0, 0])
        #expect(try await journal.entries().count == 5)
        // Edited at the source, while another entry of the minute has its title.
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
        // Rewritten here completely and moved to another day, it is still the entry of that text.
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

    /// An earlier version replaced one text by another; the file has both.
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
        // If others moved, nothing identifies it.
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
        // An element that was restored here by hand is a local edit.
        _ = try await journal.edit(id, ["tags/work": true])
        #expect(try await journal.importItems([Self.item("A day @run", tags: "run")]).same == 1)
        #expect(try await journal.importItems([Self.item("A day @run")]).updated == 1)
        #expect(try await journal.entry(id).elements(of: "tags") == ["mine", "work"])
        #expect(try await home.open().home.check().isSound)
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

    /// A merge of the source's text with local edits is not the source's state.
    @Test(arguments: [
        (
            "Monday\nSlept well. Ate bread. Met Anna.", "Monday\nSlept badly. Ate bread. Met Anna.",
            "Monday\nSlept well. Ate bread. Met Anna at noon.", "Monday\nSlept badly. Ate bread. Met Anna at noon."
        ),
        (
            "Monday\nSlept well, late.", "Monday\nSlept well, late.\n\nAnd I was afraid of the day.",
            "Monday\nSlept well, late. Met Anna.",
            "Monday\nSlept well, late. Met Anna.\n\nAnd I was afraid of the day."
        ),
    ])
    func aMergeIsDoneOnce(_ first: String, _ mine: String, _ second: String, _ merged: String) async throws {
        for isNamed in [false, true] {
            func item(_ text: String) -> ImportItem {
                isNamed ? ImportItem(.foreign(source: "jrnl", id: "U"), Self.item(text).fields) : Self.item(text)
            }
            let home = try TestHome()
            let journal = try await home.open()
            try await journal.importItems([item(first)])
            let id = try await Self.id(first, journal)
            _ = try await journal.edit(id, ["body": .text(Text(mine))])
            #expect(try await Self.numbers(journal.importItems([item(second)])) == [0, 0, 1])
            #expect(try await Self.bodies(journal) == [merged])
            let export = try await home.export(journal)
            for _ in 0..<2 { #expect(try await journal.importItems([item(second)]).same == 1) }
            #expect(try await home.export(journal) == export)
            // One step; the next state is compared with the source's last one.
            let third = second + " And slept again."
            #expect(try await journal.importItems([item(third)]).updated == 1)
            #expect(try await journal.importItems([item(third)]).same == 1)
            _ = try await journal.undo()
            #expect(try await Self.bodies(journal) == [merged])
            #expect(try await journal.importItems([item(third)]).updated == 1)
            #expect(try await journal.importItems([item(third)]).same == 1)
            let body = try #require(try await journal.entry(id).text("body"))
            #expect(body.contains("And slept again.") && (body.contains("badly") || body.contains("afraid")))
        }
    }

    @Test func anUpdateThatWasUndoneComesInAgain() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let later = Self.work + " And made up."
        try await journal.importItems([Self.item(Self.work, tags: "a", "b")])
        let id = try await Self.id(Self.work, journal)
        #expect(try await journal.importItems([Self.item(later, tags: "b", "c")]).updated == 1)
        _ = try await journal.undo()
        #expect(try await Self.bodies(journal) == [Self.work])
        #expect(try await journal.importItems([Self.item(later, tags: "b", "c")]).updated == 1)
        #expect(try await Self.bodies(journal) == [later])
        #expect(try await journal.entry(id).elements(of: "tags") == ["b", "c"])
        #expect(try await journal.importItems([Self.item(later, tags: "b", "c")]).same == 1)
    }

    @Test func shortEntriesOfOneMinuteAreTwoWhateverCameFirst() async throws {
        let pairs = [
            ("Went to the gym.", "Went to the cinema with Anna."), ("Took my pills.", "Took my dog to the vet."),
            ("Lunch", "Lunch with my ex, it was terrible and I cried"), ("早上去公司开会", "早上去公园跑步"),
        ]
        for (one, two) in pairs + pairs.map({ ($1, $0) }) {
            let home = try TestHome()
            let journal = try await home.open()
            try await journal.importItems([Self.item(one, tags: "one")])
            #expect(try await journal.importItems([Self.item(two, tags: "two")]).new == 1)
            #expect(try await Self.bodies(journal) == [one, two].sorted())
            #expect(try await journal.entry(Self.id(one, journal)).elements(of: "tags") == ["one"])
        }
    }

    @Test func aRepeatedUUIDNamesNoEntry() async throws {
        func item(_ body: String) -> ImportItem {
            ImportItem(.unnamed(source: "jrnl", place: "U1"), Self.item(body).fields)
        }
        func alone(_ body: String) -> ImportItem {
            ImportItem(.foreign(source: "jrnl", id: "U1"), Self.item(body).fields)
        }
        // The first may have been imported alone.
        for isFirstAlone in [false, true] {
            let home = try TestHome()
            let journal = try await home.open()
            if isFirstAlone { try await journal.importItems([alone("first")]) }
            let whole = ["first", "second", "third"].map { item($0) }
            try await journal.importItems(whole)
            for text in ["second", "first", "third"] {
                #expect(try await journal.importItems([alone(text)]).same == 1)
            }
            #expect(try await journal.importItems(whole).same == 3)
            #expect(try await journal.importItems([alone("another")]).new == 1)
            #expect(try await journal.importItems([alone("another")]).same == 1)
            #expect(try await Self.bodies(journal) == ["another", "first", "second", "third"])
        }
        // A single entry with that title is matched by it, whatever its text.
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([alone("first")])
        #expect(try await journal.importItems([alone("rewritten")]).updated == 1)
        #expect(try await Self.bodies(journal) == ["rewritten"])
    }

    @Test func whatWasForgottenComesBackByNoneOfItsTexts() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let later = Self.work + " And made up."
        for text in [Self.work, later] { try await journal.importItems([Self.item(text), Self.item(Self.morning)]) }
        try await journal.forget(Self.id(later, journal))
        for text in [later, Self.work] {
            let counts = try await journal.importItems([Self.item(text), Self.item(Self.morning)])
            #expect((counts.skipped, counts.same) == (1, 1))
        }
        #expect(try await Self.bodies(journal) == [Self.morning])
        #expect(try await journal.home.check().isSound)
    }
}
