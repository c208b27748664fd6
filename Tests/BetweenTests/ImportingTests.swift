import Between
import CanonicalJSON
import Causality
import Foundation
import Records
import TestSupport
import Testing

@Suite struct ImportingTests {
    func item(_ id: Int, _ body: String, tags: [FieldName] = []) -> ImportItem {
        var fields: [FieldName: JSONValue] = ["kind": "note", "body": .text(Text(body)), "at": "1660-01-11T21:00"]
        for tag in tags { fields[tag] = true }
        return ImportItem(.foreign(source: "jrnl", id: "\(id)"), fields)
    }

    @Test func asecondImportAddsNothing() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let items = (0..<600).map { item($0, "entry \($0)") }
        #expect(try await journal.importItems(items, isDryRun: true).new == 600)
        #expect(try await journal.entries().isEmpty)
        #expect(try await journal.importItems(items).new == 600)
        let lines = try await home.export(journal)
        #expect(try await journal.importItems(items).same == 600)
        #expect(try await home.export(journal) == lines)
    }

    @Test func undoTakesAnImportBackInOneStepAndItCanComeAgain() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let own = try await journal.add(Note("mine"))
        let items = (0..<600).map { item($0, "entry \($0)") }
        try await journal.importItems(items)
        #expect(try await journal.undo().entries.count == 600)
        #expect(try await journal.entries() == [own])
        #expect(try await journal.importItems(items).updated == 600)
        #expect(try await journal.entries().count == 601)
    }

    @Test func whatChangedAtItsSourceUpdatesOursUnlessOursChangedToo() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([item(1, "One. Two."), item(2, "One. Two.")])
        let touched = try await journal.entries()[0]
        _ = try await journal.edit(touched.id, ["body": "One. Two, by hand."])
        let counts = try await journal.importItems([item(1, "One, newer. Two."), item(2, "One, newer. Two.")])
        #expect(counts.updated == 2)
        #expect(
            try await Set(journal.entries().compactMap { $0.text("body") }) == [
                "One, newer. Two.", "One, newer. Two, by hand.",
            ])
    }

    @Test func whatWasForgottenNeverComesBack() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        try await journal.importItems([item(1, "secret")])
        try await journal.forget(try await journal.entries()[0].id)
        #expect(try await journal.importItems([item(1, "secret")]).skipped == 1)
        #expect(try await journal.entries().isEmpty)
    }

    @Test func anExportReadBackPrintsTheSameBytes() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Homework("research", due: "next", target: 3, tags: ["work"])).id
        _ = try await journal.edit(id, ["state": "done"])
        _ = try await journal.add(EntryDraft(Kind("dream"), ["lucid": true]))
        _ = try await journal.trash(try await journal.add(Note("thrown away")).id)
        let lines = try await home.export(journal)
        let items = try lines.map { ImportItem(try ExportedEntry(parsing: Array($0.utf8))) }
        let other = try TestHome()
        let there = try await other.open()
        #expect(try await there.importItems(items).new == 3)
        #expect(try await other.export(there) == lines)
        #expect(try await there.importItems(items).same == 3)
        #expect(try await there.home.check().isSound)
        #expect(try await other.export(there) == lines)
    }

    @Test func anImportThatCannotGoOnSaysWhatIsIn() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let items = (0..<600).map { number in
            ImportItem(
                .foreign(source: "test", id: "\(number)"), ["kind": "note", "body": .text(Text("note \(number)"))])
        }
        let path = home.path
        await #expect {
            try await journal.importItems(items) { done in
                guard done == JournalSpace.importPortion else { return }
                // The file was moved while it is open.
                rename(path + "/journal.db", path + "/elsewhere")
            }
        } throws: { error in
            guard let error = error as? JournalError else { return false }
            return error.message.hasPrefix("The first \(JournalSpace.importPortion) of 600 entries of the file are in")
                && !error.message.contains("Nothing was written") && error.next.contains("import it again")
        }
        rename(path + "/elsewhere", path + "/journal.db")
        let again = try await home.open()
        #expect(try await again.entries().count == JournalSpace.importPortion)
        #expect(try await again.importItems(items).new == 600 - JournalSpace.importPortion)
    }

    @Test func whatIsMoreThanOneEditHoldsComesInWhole() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let long = Text(String(repeating: "x", count: RecordLimits.proseBytesMax - 2_000))
        var fields: [FieldName: JSONValue] = [
            "kind": "homework", "title": "long", "body": .text(long), "outcome": .text(long),
        ]
        for number in 0..<1_100 { fields[FieldName("tags", element: Text("t\(number)"))] = true }
        let id = EntryID(high: 7, low: 7)
        let clock = VectorClock([Dot(ReplicaID(bits: 5), 3)])
        let item = ImportItem(.own(id), fields, edited: Timestamp(millisSince1970: 1), clock: clock)
        #expect(try await journal.importItems([item]).new == 1)
        let entry = try await journal.entry(id)
        #expect(entry.fields.filter { fields[$0.key] != nil } == fields)
        #expect(entry.clock == clock && entry.kind == .homework)
        #expect(try await journal.importItems([item]).same == 1)
        #expect(try await journal.home.check().isSound)
    }
}
