import Between
import CanonicalJSON
import Records
import TestSupport
import Testing

@Suite struct UndoTests {
    @Test func undoGivesBackWhatAFieldHeldBefore() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Homework("first", due: "next")).id
        _ = try await journal.edit(id, ["title": "second", "due": .null])
        _ = try await journal.edit(id, ["title": "third"])
        #expect(try await journal.undo().entries == [id])
        #expect(try await journal.entry(id).text("title") == "second")
        #expect(try await journal.undo().entries == [id])
        let entry = try await journal.entry(id)
        #expect(entry.text("title") == "first")
        #expect(entry.text("due") == "next")
        _ = try await journal.undo()
        #expect(try await journal.entry(id).isTrashed)
        await #expect(throws: JournalError.self) { try await journal.undo() }
    }

    @Test func undoingAnEarlierEditLeavesLaterValuesAlone() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Homework("first")).id
        _ = try await journal.edit(id, ["title": "second", "due": "next"])
        let edit = try #require(try await journal.history(of: id).first?.edit)
        _ = try await journal.edit(id, ["title": "third"])
        _ = try await journal.undo(edit)
        let entry = try await journal.entry(id)
        #expect(entry.text("title") == "third")
        #expect(entry.fields["due"] == nil)
    }

    @Test func undoTakesBackWhatWasWrittenTogether() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let entries = try await journal.add([Homework("parent").draft, Homework("step").draft])
        #expect(try await Set(journal.undo().entries) == Set(entries.map(\.id)))
        #expect(try await journal.entries().isEmpty)
    }

    @Test func restoringByUndoOfTrashing() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Note("kept")).id
        _ = try await journal.trash(id)
        _ = try await journal.undo()
        #expect(try await !journal.entry(id).isTrashed)
    }

    @Test func undoingAnUndoBringsBackWhatItTook() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Homework("first")).id
        _ = try await journal.edit(id, ["title": "second"])
        _ = try await journal.undo()
        let undo = try #require(try await journal.history(of: id).first?.edit)
        _ = try await journal.undo(undo)
        #expect(try await journal.entry(id).text("title") == "second")
        await #expect(throws: JournalError.self) { try await journal.undo(undo) }
    }

    @Test func forgettingCannotBeUndone() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Note("gone")).id
        try await journal.forget(id)
        await #expect(throws: JournalError.self) { try await journal.undo() }
    }
}
