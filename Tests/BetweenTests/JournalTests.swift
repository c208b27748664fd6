import Between
import CanonicalJSON
import Causality
import Foundation
import Records
import TestSupport
import Testing

@Suite struct JournalTests {
    @Test func whatWasWrittenIsThereAfterReopening() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let note = try await journal.add(Note("What stuck with me most", tags: ["work"]))
        #expect(note.text("body") == "What stuck with me most")
        #expect(note.text("at") == "2026-10-05T23:10+02:00")
        try await journal.home.close()
        let again = try await home.open()
        #expect(try await again.entries() == [note])
        #expect(try await again.entry(note.id) == note)
    }

    @Test func filesOfAHomeAreTheOwnersAlone() async throws {
        let home = try TestHome()
        _ = try await home.open().add(Note("private"))
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            let mode = try FileManager.default.attributesOfItem(atPath: home.path + "/" + name)[.posixPermissions]
            #expect(mode as? Int == 0o600, "\(name)")
        }
        let mode = try FileManager.default.attributesOfItem(atPath: home.path)[.posixPermissions]
        #expect(mode as? Int == 0o700)
    }

    @Test func editingSetsClearsAndWritesNothingThatIsSoAlready() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Homework("research companies", due: "next")).id
        let edited = try await journal.edit(id, ["title": "companies", "due": .null, "tags/work": true])
        #expect(edited.text("title") == "companies")
        #expect(edited.fields["due"] == nil)
        #expect(edited.elements(of: "tags") == ["work"])
        #expect(try await journal.edit(id, ["title": "companies"]) == edited)
        #expect(try await journal.history(of: id).count == 2)
    }

    @Test(
        arguments: [
            ("title", "two\nlines"), ("due", "friday"), ("state", "dome"), ("made", "2026-10-05T00:00:00.000Z"),
            ("kind", "note"),
            ("author", "00000000000000000000000001"), ("tags/Two Words", "true"), ("", "nameless"),
            ("nul\u{0}", "torn"),
        ] as [(FieldName, JSONValue)])
    func badValuesChangeNothing(_ name: FieldName, _ value: JSONValue) async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let entry = try await journal.add(Homework("research companies"))
        await #expect(throws: JournalError.self) { try await journal.edit(entry.id, [name: value]) }
        #expect(try await journal.entry(entry.id) == entry)
    }

    @Test func aQueryMayBeOfTheNewestOnly() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let ids = [try await journal.add(Note("older")).id, try await journal.add(Note("newer")).id]
        var query = EntryQuery()
        query.limit = 1
        #expect(try await journal.entries(query) == [try await journal.entries()[0]])
        query.limit = 3
        #expect(try await Set(journal.entries(query).map(\.id)) == Set(ids))
    }

    @Test func theTrashTakesAndGivesBack() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Note("draft")).id
        #expect(try await journal.trash(id).isTrashed)
        #expect(try await journal.entries().isEmpty)
        var query = EntryQuery()
        query.isTrashed = true
        #expect(try await journal.entries(query).map(\.id) == [id])
        #expect(try await journal.search(["draft"]).isEmpty)
        #expect(try await !journal.restore(id).isTrashed)
        #expect(try await journal.search(["DRAFT"]).map(\.id) == [id])
    }

    @Test func aBodyThatChangedWhileTheEditorWasOpenKeepsBothChanges() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let id = try await journal.add(Note("One.\n\nTwo.")).id
        _ = try await journal.edit(id, ["body": "One.\n\nTwo, changed."])
        let saved = try await journal.editBody(id, from: "One.\n\nTwo.", to: "One, changed.\n\nTwo.")
        #expect(saved.text("body") == "One, changed.\n\nTwo, changed.")
    }

    @Test func forgettingLeavesNoTraceInAnyFile() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let words = ["zanzibarine", "quixotically", "xylographer"]
        let id = try await journal.add(Note("\(words[0]) \(words[1])", tags: [words[2]])).id
        for number in 0..<300 { _ = try await journal.add(Note("another note, number \(number)")) }
        _ = try await journal.edit(id, ["body": .text(Text("\(words[1]) again"))])
        _ = try await journal.trash(id)
        #expect(try !home.folder.files(holding: words[1]).isEmpty)
        try await journal.forget(id)
        for word in words { #expect(try home.folder.files(holding: word) == []) }
        await #expect(throws: JournalError.self) { try await journal.entry(id) }
        await #expect(throws: JournalError.self) { try await journal.edit(id, ["body": "back"]) }
        #expect(try await home.export(journal).count == 300)
        #expect(try await journal.home.check().isSound)
    }

    @Test func kindsAndFieldsOfANewerVersionSurviveEverything() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let dream = try await journal.add(
            EntryDraft(Kind("dream"), ["lucid": true, "depth": .real(0.5), "at": "2026-10-05"]))
        let note = try await journal.add(EntryDraft(.note, ["body": "rain", "weather": ["rain", 3]]))
        _ = try await journal.edit(dream.id, ["tags/night": true])
        _ = try await journal.edit(note.id, ["body": "more rain"])
        let lines = try await home.export(journal)
        #expect(
            lines.contains { $0.contains(#""fields":{"depth":0.5,"lucid":true}"#) && $0.contains(#""tags":["night"]"#) }
        )
        #expect(lines.contains { $0.contains(#""fields":{"weather":["rain",3]}"#) && $0.contains("more rain") })
        #expect(try await journal.home.check().isSound)
        #expect(try await home.export(journal) == lines)
    }

    @Test func twoJournalsOnOneHomeSeeEachOther() async throws {
        let home = try TestHome()
        let one = try await home.open()
        let other = try await home.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for journal in [one, other] {
                group.addTask { for number in 0..<50 { _ = try await journal.add(Note("note \(number)")) } }
            }
            try await group.waitForAll()
        }
        #expect(try await one.entries().count == 100)
        #expect(try await one.entries() == other.entries())
        #expect(try await one.home.check().isSound)
    }

    @Test func observedHomeworkFollowsThisProcessAndOthers() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let other = try await home.open()
        var counts: [Int] = []
        for try await open in journal.homework.open.values {
            counts.append(open.count)
            switch counts.count {
            case 1: _ = try await journal.add(Homework("here"))
            case 2: _ = try await other.add(Homework("there"))
            default: break
            }
            if counts.count == 3 { break }
        }
        #expect(counts == [0, 1, 2])
    }
}
