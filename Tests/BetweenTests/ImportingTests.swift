import Between
import CanonicalJSON
import Causality
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
        #expect(try await there.check().isSound)
        #expect(try await other.export(there) == lines)
    }
}
