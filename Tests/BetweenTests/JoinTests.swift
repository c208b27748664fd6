import SyncClient
import Between
import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import TestSupport
import Testing
import Wire

/// A journal, a home with another journal, and the server of the first.
final class JoinFixtures {
    let one: ReplicaFixture
    let two: ReplicaFixture
    var server: PlainServer

    init() async throws {
        one = try await ReplicaFixture()
        two = try await ReplicaFixture()
        server = PlainServer(one.replica.space)
    }

    static let place = #"{"address":"127.0.0.1:7420","pin":"AAAAAAAAAAAAAAAAAAAAAA"}"#

    /// Adds the second device to the first one's journal.
    func begin(role: Role = .owner, person: PersonID? = nil) async throws {
        try await one.add(two.keys, person: person, role: role)
        try await server.exchange(one)
        try await two.journal.beginJoin(one.log(), server: Self.place)
        try two.look(atJoining: true)
    }

    /// Joins the second home to the first one's journal, and syncs both.
    @discardableResult
    func join(role: Role = .owner, person: PersonID? = nil) async throws -> ImportCounts {
        try await begin(role: role, person: person)
        try await server.exchange(two)
        let counts = try await two.journal.finishJoin()
        try two.look(atJoining: false)
        for fixture in [two, one] { try await server.exchange(fixture) }
        #expect(try await one.export() == two.export())
        for fixture in [one, two] { #expect(try await fixture.journal.check().isSound) }
        return counts
    }

    /// Imports the same file on both.
    func importBoth(_ bodies: [String]) async throws {
        for fixture in [one, two] {
            try await fixture.journal.importItems(
                bodies.enumerated().map { index, body in
                    ImportItem(
                        .foreign(source: "jrnl", id: "\(index)"),
                        ["kind": "note", "body": .text(Text(body)), "at": "1660-01-11T21:00"])
                })
        }
    }

    static func entry(_ body: String, of fixture: ReplicaFixture) async throws -> Entry {
        try #require(try await fixture.journal.entries().first { $0.text("body") == body })
    }
}

@Suite struct JoinTests {
    @Test func entriesKeepIDHistoryTimesAndTrashAndUndoTakesThemBackInOneStep() async throws {
        let fixtures = try await JoinFixtures()
        let (one, two) = (fixtures.one, fixtures.two)
        let mine = try await one.journal.add(Note("here"))
        let homework = try await two.journal.add(Homework("first", due: "next", tags: ["work"])).id
        _ = try await two.journal.edit(homework, ["title": "second"])
        _ = try await two.journal.undo()
        _ = try await two.journal.edit(homework, ["title": "third", "due": .null])
        let note = try await two.journal.add(
            EntryDraft(.note, ["body": "on it", "about": .text(Text(homework.description))]))
        let gone = try await two.journal.trash(two.journal.add(Note("thrown away")).id).id
        _ = try await two.journal.add(EntryDraft(Kind("dream"), ["lucid": true]))
        let person = try #require(try await two.journal.entry(homework).text("author"))
        let before = try await two.export()
        let history = try await two.journal.history(of: homework)
        #expect(try await two.journal.belongings().entries == 4)

        let counts = try await fixtures.join()
        #expect(counts == ImportCounts(new: 4))
        let author = try #require(mine.text("author"))
        let expected = before.map { $0.replacing(person, with: author) }
        let after = try await two.export().filter { !$0.contains(mine.id.description) }
        #expect(after == expected)
        #expect(author != person)
        let again = try await two.journal.history(of: homework)
        #expect(again.map(\.at) == history.map(\.at))
        #expect(again.map(\.isUndone) == history.map(\.isUndone))
        #expect(again.dropLast().map(\.fields) == history.dropLast().map(\.fields))
        #expect(try await one.journal.entry(note.id).text("about") == homework.description)
        #expect(try await one.journal.entry(gone).isTrashed)
        #expect(try await two.journal.server() == "127.0.0.1:7420")
        #expect(try await two.journal.unfinishedJoin() == nil)

        _ = try await two.journal.undo()
        #expect(try await two.journal.entries() == [mine])
        _ = try await two.journal.restore(gone)
        #expect(try await two.journal.entries().count == 2)
    }

    @Test func whatBothImportedIsOneEntryWithTheChangesOfBoth() async throws {
        let fixtures = try await JoinFixtures()
        let (one, two) = (fixtures.one, fixtures.two)
        try await fixtures.importBoth(["Plain.", "Left. Old.", "One. Two.", "Flag.", "Trash.", "Title clash."])
        func id(_ body: String, _ fixture: ReplicaFixture) async throws -> EntryID {
            try await JoinFixtures.entry(body, of: fixture).id
        }
        _ = try await one.journal.edit(id("Left. Old.", one), ["tags/left": true])
        let left = try await id("Left. Old.", two)
        _ = try await two.journal.add(EntryDraft(.note, ["body": "a reply", "about": .text(Text(left.description))]))
        _ = try await two.journal.edit(left, ["body": "Left. New."])
        _ = try await one.journal.edit(id("One. Two.", one), ["body": "One, here. Two."])
        _ = try await two.journal.edit(id("One. Two.", two), ["body": "One. Two, there."])
        _ = try await two.journal.edit(id("Flag.", two), ["flag": true])
        _ = try await two.journal.trash(id("Trash.", two))
        _ = try await one.journal.edit(id("Title clash.", one), ["at": "1660-01-12"])
        _ = try await two.journal.edit(id("Title clash.", two), ["at": "1660-01-13"])

        let counts = try await fixtures.join()
        #expect((counts.new, counts.same, counts.updated) == (1, 1, 5))
        let entries = try await one.journal.entries()
        #expect(
            Set(entries.compactMap { $0.text("body") }) == [
                "Plain.", "Left. New.", "One, here. Two, there.", "Flag.", "Title clash.", "a reply",
            ])
        let merged = try await JoinFixtures.entry("Left. New.", of: one)
        #expect(merged.elements(of: "tags") == ["left"])
        #expect(try await JoinFixtures.entry("a reply", of: one).text("about") == merged.id.description)
        _ = try await JoinFixtures.entry("One, here. Two, there.", of: one)
        #expect(try await JoinFixtures.entry("Flag.", of: one).fields["flag"] == true)
        #expect(!entries.contains { $0.text("body") == "Trash." })
        let clash = try await JoinFixtures.entry("Title clash.", of: one)
        #expect(clash.text("at") == "1660-01-12")
        // The other value is in the history.
        let said = try await one.journal.history(of: clash.id).compactMap { $0.fields["at"]?.asText }
        #expect(said.contains("1660-01-13"))
        // Importing the file again changes nothing.
        let count = try await one.export()
        try await fixtures.importBoth(["Plain.", "Left. Old.", "One. Two.", "Flag.", "Trash.", "Title clash."])
        #expect(try await one.export() == count)
        #expect(try await two.export() == count)
        // Neither does joining the same journal again.
        _ = try await two.journal.undo()
        #expect(try await two.journal.entry(merged.id).text("body") == "Left. Old.")
    }

    @Test func untilItIsFinishedTheJournalOfBeforeIsWhatItWas() async throws {
        let fixtures = try await JoinFixtures()
        let (one, two) = (fixtures.one, fixtures.two)
        let shared = try await one.journal.add(Note("one"))
        _ = try await one.journal.edit(shared.id, ["body": "one, later"])
        let forgotten = try await one.journal.add(Note("gone")).id
        try await one.journal.forget(forgotten)
        _ = try await two.journal.add(Note("two"))
        let (before, status) = (try await two.export(), try await two.journal.status())
        try await fixtures.begin()
        var count = 0
        try await fixtures.server.exchange(two) {
            count += 1
            return count > 0
        }
        let begun = try #require(try await two.journal.unfinishedJoin())
        #expect((begun.space, begun.server) == (one.replica.space, JoinFixtures.place))
        try await two.reopen()
        try two.look(atJoining: true)
        try await fixtures.server.exchange(two, stubs: true)
        #expect(try await two.frontier() == fixtures.server.edits.frontier)
        #expect(try await two.export() == before)
        #expect(try await two.journal.status() == status)
        #expect(try await two.journal.search(["later"]).isEmpty)
        for id in [shared.id, forgotten] {
            let error = await #expect(throws: JournalError.self) { try await two.journal.entry(id) }
            #expect(error?.code == .notFound)
            #expect(try await two.journal.ids(in: id...id, limit: 1).isEmpty)
        }
        #expect(try await two.journal.check().isSound)
        let meanwhile = try await two.journal.add(Note("meanwhile"))
        let held = try await two.journal.ids(in: meanwhile.id...meanwhile.id, limit: 9)
        #expect(held == [meanwhile.id])

        // Given up, and started again.
        try await two.journal.giveUpJoin()
        #expect(try await two.journal.unfinishedJoin() == nil)
        await #expect(throws: JournalError.self) { try await two.ask(.frontier) }
        await #expect(throws: JournalError.self) { try await two.journal.finishJoin() }
        #expect(try await two.export().count == 2)
        try await two.journal.beginJoin(one.log(), server: JoinFixtures.place)
        try two.look(atJoining: true)
        try await fixtures.server.exchange(two, stubs: true)
        let other = try await two.home.open()
        let running = try JournalReplica(other)
        try await two.journal.finishJoin()
        #expect(try await two.journal.status().entries == 3)
        #expect(try await two.journal.entry(shared.id).text("body") == "one, later")
        // Another process that had it open reads and writes the joined journal; its exchange ends.
        let error = await #expect(throws: JournalError.self) { try await running.answer(.frontier) }
        #expect(error?.code == .moved)
        let late = try await other.add(Note("late"))
        try await two.reopen()
        for fixture in [two, one] { try await fixtures.server.exchange(fixture) }
        #expect(try await one.journal.entry(late.id) == late)
        #expect(try await one.export() == two.export())
    }

    @Test func whatWasForgottenOnOneSideStaysForgotten() async throws {
        let fixtures = try await JoinFixtures()
        let (one, two) = (fixtures.one, fixtures.two)
        let lines = ["kept", "theirs", "ours"]
        for fixture in [one, two] {
            let items = lines.enumerated().map { index, body in
                ImportItem(
                    .own(EntryID(high: 7, low: UInt64(index))),
                    ["kind": "note", "body": .text(Text(body)), "at": "2026-10-05"])
            }
            try await fixture.journal.importItems(items)
        }
        try await two.journal.forget(EntryID(high: 7, low: 1))
        try await one.journal.forget(EntryID(high: 7, low: 2))
        let secret = try await two.journal.add(Note("a secret")).id
        try await two.journal.forget(secret)
        let counts = try await fixtures.join()
        #expect((counts.same, counts.skipped) == (1, 1))
        for fixture in [one, two] {
            #expect(try await fixture.journal.entries().compactMap { $0.text("body") } == ["kept"])
            let error = await #expect(throws: JournalError.self) { try await fixture.journal.entry(secret) }
            #expect(error?.code == .forgotten)
        }
    }

    @Test func aMemberForgetsNothingOfOthers() async throws {
        let fixtures = try await JoinFixtures()
        let item = ImportItem(.own(EntryID(high: 7, low: 7)), ["kind": "note", "body": "theirs", "at": "2026-10-05"])
        for fixture in [fixtures.one, fixtures.two] { try await fixture.journal.importItems([item]) }
        try await fixtures.two.journal.forget(EntryID(high: 7, low: 7))
        try await fixtures.join(role: .member, person: PersonID(bits: EntryID(high: 1, low: 1)))
        #expect(try await fixtures.two.journal.entry(EntryID(high: 7, low: 7)).text("body") == "theirs")
    }

    @Test func aConflictIsShownAsItWasShown() async throws {
        let fixtures = try await JoinFixtures()
        let two = fixtures.two
        let third = try await ReplicaFixture(invitedBy: two)
        var home = PlainServer(two.replica.space)
        let id = try await two.journal.add(Homework("title")).id
        let trashed = try await two.journal.add(Note("trashed, and changed")).id
        for fixture in [two, third] { try await home.exchange(fixture) }
        _ = try await third.journal.edit(id, ["state": "done", "title": "third"])
        _ = try await third.journal.edit(trashed, ["flag": true])
        _ = try await two.journal.edit(id, ["state": "let_go", "title": "two", "body": "Text."])
        _ = try await two.journal.trash(trashed)
        for fixture in [third, two] { try await home.exchange(fixture) }
        let before = try await two.journal.entry(id)
        #expect(try await two.journal.status().conflicts == 1)
        try await fixtures.join()
        let after = try await two.journal.entry(id)
        #expect(after.fields["author"] != before.fields["author"])
        for name in ["state", "title", "body"] as [FieldName] { #expect(after.fields[name] == before.fields[name]) }
        #expect(after.clock == before.clock)
        #expect(try await !two.journal.entry(trashed).isTrashed)
        #expect(try await two.journal.status().conflicts == 0)
        let said = try await two.journal.history(of: id).compactMap { $0.fields["title"]?.asText }
        #expect(Set(said).isSuperset(of: ["two", "third", "title"]))
    }

    @Test func whatIsNotHereWholeIsNotLeftBehind() async throws {
        let fixtures = try await JoinFixtures()
        let two = fixtures.two
        let third = try await ReplicaFixture(invitedBy: two)
        _ = try await third.journal.add(Note("somewhere else"))
        for var batch in try await third.batches() {
            batch.edits[0].box = nil
            try await two.ask(.take(batch))
        }
        try await fixtures.one.add(two.keys)
        let error = await #expect(throws: JournalError.self) {
            try await two.journal.beginJoin(fixtures.one.log(), server: JoinFixtures.place)
        }
        #expect(error?.code.rawValue == "incomplete")
        #expect(try await two.journal.unfinishedJoin() == nil)
        let same = await #expect(throws: JournalError.self) {
            try await two.journal.beginJoin(two.log(), server: JoinFixtures.place)
        }
        #expect(same?.code.rawValue == "no_join")
    }

    @Test func manyEntriesComeInFullBatchesAndLargeOnesToo() async throws {
        let fixtures = try await JoinFixtures()
        let two = fixtures.two
        try await fixtures.importBoth((0..<1000).map { "entry \($0)" })
        try await two.journal.add((0..<400).map { Note("mine \($0)").draft })
        for part in 0..<3 { try await two.journal.add((0..<200).map { Note("\(part) \($0)").draft }) }
        let long = String(repeating: "x", count: RecordLimits.proseBytesMax)
        _ = try await two.journal.add(Note(long))
        let counts = try await fixtures.join()
        #expect((counts.new, counts.same) == (1001, 1000))
        #expect(try await fixtures.one.journal.entries().count == 2001)
        #expect(fixtures.server.edits.batches.allSatisfy { $0.edits.count <= CausalityLimits.editsPerBatchMax })
        #expect(try await two.journal.undo().entries.count == 1001)
    }
}
