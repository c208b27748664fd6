import CanonicalJSON
import Causality
import Foundation
import GRDB
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// The reads for people: entries, conflicts, outcomes of merges, and search.
@Suite struct ShowingTests {
    /// Two devices that hold the same entry.
    private func pair(_ fields: [FieldName: JSONValue]) throws -> (one: Device, other: Device) {
        let (one, other) = (try Device(1), try Device(2))
        try one.write((.number(1), fields))
        try other.pull(one)
        return (one, other)
    }

    private func exchange(_ one: Device, _ other: Device) throws {
        try one.pull(other)
        try other.pull(one)
        #expect(try one.json(.number(1)) == other.json(.number(1)))
    }

    @Test func anEditThatBringsInAnExportSaysItsClock() throws {
        let device = try Device(1)
        let origin = VectorClock([Dot(ReplicaID(bits: 5), 3), Dot(ReplicaID(bits: 9), 1)])
        try device.write { writer in
            try writer.append([.init(.number(1), EditContent(at: .zero, fields: ["kind": "note"], origin: origin))])
        }
        #expect(try device.entry(.number(1))?.clock == origin)
        let dot = try device.write((.number(1), ["rank": "m"]))[0]
        #expect(try device.entry(.number(1))?.clock == VectorClock(origin.dots + [dot]))
    }

    @Test func anUndoMarksWhatItUndid() throws {
        let device = try Device(1)
        let step = try device.write((.number(1), ["kind": "note"]), (.number(2), ["kind": "note"]))
        let foreign = try device.write((.number(3), ["kind": "note"]))[0]
        func lastStep() throws -> [Dot]? {
            try device.store.read { try $0.lastStep(in: try $0.journal()) }?.edits.map(\.dot)
        }
        #expect(try lastStep() == [foreign])
        let undo = try device.write { writer in
            // It also names an edit of another entry, which it does not undo.
            let content = EditContent(at: .zero, fields: ["gone": "trashed"], undoes: [step[0], foreign])
            return try writer.append([.init(.number(1), content)])
        }
        func undone(_ id: EntryID) throws -> [Bool] {
            try device.store.read { try $0.edits(of: id, in: $0.journal(), device.keys.keyring) }.map(\.isUndone)
        }
        #expect(try undone(.number(1)) == [true, false])
        #expect(try undone(.number(3)) == [false])
        // An undo is not undone by default; the rest of the group still can be.
        #expect(try lastStep() == [foreign])
        try device.write((.number(3), nil))
        try device.write { try $0.rebuild() }
        #expect(try undone(.number(1)) == [true, false])
        #expect(try device.store.read { try $0.step(of: undo[0], in: try $0.journal()) }?.edits.map(\.dot) == undo)
        let rest = try device.store.read { try $0.step(of: step[0], in: try $0.journal()) }
        #expect(rest?.edits.map(\.dot) == [step[1]])
    }

    @Test func aSessionWithTwoTimesIsUnsettledUntilOneIsConfirmed() throws {
        let (one, other) = try pair(["kind": "session", "at": "2026-03-10T10:00+01:00"])
        try one.write((.number(1), ["at": "2026-03-11T10:00+01:00"]))
        try other.write((.number(1), ["at": "2026-03-12T10:00+01:00"]))
        try exchange(one, other)
        let entry = try #require(try one.entry(.number(1)))
        #expect(entry.unsettled["at"]?.count == 2)
        #expect(try one.store.read { try $0.counts(in: $0.journal()) }.conflicts == 1)
        #expect(try one.changes().map(\.rule) == ["unsettled"])
        try other.write((.number(1), ["at": "2026-03-12T10:00+01:00"]))
        try exchange(one, other)
        #expect(try one.entry(.number(1))?.unsettled == [:])
        #expect(try one.store.read { try $0.counts(in: $0.journal()) }.conflicts == 0)
        #expect(try one.store.read { try $0.conflictedFields(of: .number(1), in: $0.journal()) } == [])
    }

    @Test func textsMergeAgainstWhatBothHadSeenAndWaitForItsBox() throws {
        let (one, other) = try pair(["kind": "note", "body": "One. Two."])
        try one.write((.number(1), ["body": "One! Two."]))
        try other.write((.number(1), ["body": "One. Two!"]))
        try exchange(one, other)
        #expect(try one.entry(.number(1))?.text("body") == "One! Two!")

        // A new device has only a stub of the superseded edit.
        let newcomer = try Device(3)
        var batches = try one.batches()
        let box = try #require(batches[0].edits[0].box)
        batches[0].edits[0].box = nil
        for batch in batches { try newcomer.take(batch) }
        #expect(["One! Two.", "One. Two!"].contains(try newcomer.entry(.number(1))?.text("body")))
        #expect(try newcomer.changes() == [])
        #expect(try pendingCount(newcomer) == 1)
        try newcomer.write { try $0.supply(box, for: batches[0].header.firstDot) }
        #expect(try newcomer.json(.number(1)) == one.json(.number(1)))
        #expect(try newcomer.changes().map(\.chosen) == ["One! Two!"])
        #expect(try pendingCount(newcomer) == 0)
    }

    private func pendingCount(_ device: Device) throws -> Int? {
        try device.store.file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM choice WHERE is_pending") }
    }

    @Test func whatMergingChoseIsToldOnceAndInOrder() throws {
        let (one, other) = try pair(["kind": "homework", "title": "a", "due": "next"])
        try one.write((.number(1), ["title": "b", "due": "2026-03-10"]), at: 1)
        try other.write((.number(1), ["title": "c", "due": "2026-03-12"]), at: 2)
        try exchange(one, other)
        try one.write((.number(1), ["rank": "m"]), at: 3)
        try one.write { try $0.rebuild() }
        let changes = try one.changes()
        #expect(changes.map(\.field) == ["due", "title"])
        #expect(changes.map(\.chosen) == ["2026-03-12", try other.entry(.number(1))?.fields["title"]])
        #expect(changes.map(\.at) == [2, 2].map { Timestamp(millisSince1970: $0) })
        #expect(changes.map(\.number) == changes.map(\.number).sorted())
        #expect(
            try one.store.read { try $0.changes(in: $0.journal(), after: changes[0].number) }.map(\.field) == ["title"])
        // Another conflict in the same field is reported.
        try one.write((.number(1), ["title": "d"]))
        try other.write((.number(1), ["title": "e"]))
        try exchange(one, other)
        #expect(try one.changes().map(\.field) == ["due", "title", "title"])
    }

    @Test func anEntryThatAnEditTookOutOfTheTrashIsTold() throws {
        let (one, other) = try pair(["kind": "note", "body": "a"])
        try one.write((.number(1), ["gone": "trashed"]))
        #expect(try one.entry(.number(1))?.isTrashed == true)
        try other.write((.number(1), ["body": "b"]))
        try exchange(one, other)
        #expect(try one.entry(.number(1))?.isTrashed == false)
        #expect(try one.changes().map(\.rule) == ["alive"])
        #expect(try other.changes().map(\.rule) == ["alive"])
        // Also to a device that gets everything at once; but not what one person did knowingly.
        let newcomer = try Device(3)
        let batches = try one.batches()
        try newcomer.write { writer in for batch in batches { _ = try writer.take(batch) } }
        #expect(try newcomer.changes().map(\.rule) == ["alive"])
        try one.write((.number(2), ["kind": "note"]))
        try one.write((.number(2), ["gone": "trashed"]))
        try one.write((.number(2), ["body": "b"]))
        #expect(try one.entry(.number(2))?.isTrashed == false)
        #expect(try one.changes().map(\.entry) == [.number(1)])
    }

    @Test func whatANewerVersionOpensIsToldWhenItIsOpened() throws {
        let (one, other) = try pair(["kind": "note", "role": "entry"])
        let dots = try one.write((.number(1), ["role": "question"]))
        try other.write((.number(1), ["role": "reflection"]))
        other.keys.refused = Set(dots)
        try other.pull(one)
        #expect(try other.changes() == [])
        other.keys.refused = []
        try other.write { try $0.rebuild() }
        #expect(try other.changes().map(\.field) == ["role"])
    }

    @Test func whatFitsNoColumnIsShownAndLeftOutOfIt() throws {
        let device = try Device(1)
        let odd: [JSONValue] = [7, .real(1e300), "x", true, ["a"], ["a": 1]]
        for (number, value) in odd.enumerated() {
            for (index, kind) in Kind.known.enumerated() {
                let names = Schema.fields(of: kind).filter {
                    !$0.isCollection && $0.name != "kind" && $0.name != "gone"
                }
                var fields = Dictionary(uniqueKeysWithValues: names.map { (FieldName($0.name), value) })
                fields["kind"] = .text(kind.name)
                let id = EntryID.number(number * 10 + index)
                try device.write((id, fields))
                #expect(try device.entry(id)?.fields == fields)
                try device.write((id, ["flag": .null]))
            }
        }
        let target = try device.store.file.read {
            try String.fetchAll($0, sql: "SELECT quote(target) FROM homework ORDER BY entry")
        }
        #expect(target == ["7", "NULL", "NULL", "NULL", "NULL", "NULL"])
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    /// A new field of a kind needs a migration that adds its column.
    @Test(arguments: Kind.known)
    func everyKindHasATableWithItsColumns(_ kind: Kind) throws {
        let columns = try Device(1).store.file.read { database in
            try database.columns(in: kind.name.string).map(\.name)
        }
        #expect(columns == ["entry"] + (KindSpec[kind]?.columns ?? []).map(\.name.string))
    }

    @Test func aTextThatHoldsANULIsFoundAndTakenOutAgain() throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": "before\u{0}after"]))
        #expect(try device.entry(.number(1))?.text("body") == "before\u{0}after")
        #expect(try device.search("before") == [.number(1)])
        try device.write((.number(1), ["body": "other"]))
        #expect(try device.search("before") == [])
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test(arguments: [
        "\"", "\"\"", "'", "*", "-", "^", "AND", "OR", "NOT", "NEAR", "NEAR(a b)", "(", ")", "a\"b", "text:a",
        "{text}:a",
        "a*", "+", "", " ", "\u{0}", "a\u{0}\"b", "\\", "; DROP TABLE note", "\u{301}", "🙂",
    ])
    func wordsOfASearchAreWordsOnly(_ word: String) throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": "plain words"]))
        try device.write((.number(2), ["kind": "note", "body": .text(Text("before \(word) after"))]))
        #expect(try device.search(word).contains(.number(1)) == false)
        // A word without letters is ignored beside one with letters.
        #expect(try device.search("plain", "").count == 1)
        _ = try device.search(word, "words")
        _ = try device.search(word, word)
        #expect(try device.search("plain", "words") == [.number(1)])
    }

    @Test func marksAndCapitalsDoNotMatter() throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": "Über den Café-Besuch", "tags/señor": true]))
        for word in ["uber", "ÜBER", "cafe", "CAFÉ", "café-besuch", "senor", "cafe\u{301}"] {
            #expect(try device.search(word) == [.number(1)], "\(word)")
        }
        #expect(try device.search("caf") == [.number(1)])
        #expect(try device.search("afe") == [])
        #expect(try device.search("besuch", "nobody") == [])
    }
}
