import CanonicalJSON
import Causality
import Foundation
import GRDB
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// Forgetting an entry deletes all its content from the replica.
@Suite struct ForgettingTests {
    private static let secrets = ["zephyrine", "quixotic", "obnubilate", "jabberwocky", "xylophagous"]

    /// Content everywhere: texts of all columns, tags, field names, labels, versions in conflict, changes.
    private func write(_ one: Device, _ other: Device) throws {
        for number in 2...30 {
            try one.write((.number(number), ["kind": "note", "body": .text("a usual day \(number)")]))
        }
        try one.write { writer in
            try writer.append([
                .init(
                    .number(1),
                    EditContent(
                        at: .zero,
                        fields: [
                            "kind": "homework", "title": "zephyrine", "body": "quixotic days.",
                            "outcome": "jabberwocky",
                            "tags/obnubilate": true, "x/xylophagous": "xylophagous",
                        ], label: "xylophagous"))
            ])
        }
        try other.pull(one)
        try one.write((.number(1), ["title": "zephyrine here", "body": "quixotic days. Here."]))
        try other.write((.number(1), ["title": "zephyrine there", "body": "There. quixotic days."]))
        try one.pull(other)
        try other.pull(one)
    }

    private func expectNothing(in device: Device) throws {
        let lines = try device.store.file.read { try TableDump.lines($0) }
        for secret in Self.secrets { #expect(!lines.contains { $0.contains(secret) }) }
        let boxes = try device.store.file.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT count(box) FROM edit WHERE entry = (SELECT key FROM entry WHERE id = ?)",
                arguments: [Data(EntryID.number(1).bytes)])
        }
        #expect(boxes == 0)
        for secret in Self.secrets { #expect(try device.search(secret) == []) }
        #expect(try device.store.read { try $0.presence(of: .number(1), in: $0.journal()) } == .forgotten)
        #expect(try device.entry(.number(1)) == nil)
        #expect(
            try device.store.read { try $0.edits(of: .number(1), in: $0.journal(), device.keys.keyring) }.allSatisfy {
                $0.content == nil
            }
        )
        #expect(try device.changes() == [])

        try device.store.write { try $0.compactSearch() }
        #expect(try device.store.file.scrub())
        for secret in Self.secrets {
            // FTS5 stores a word without the prefix that it shares with the word before.
            #expect(try device.folder.files(holding: String(secret.dropFirst(2))) == [])
        }
        #expect(try device.search("usual").count == 29)
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    @Test func ofAForgottenEntryNoWordIsLeft() throws {
        let (one, other) = (try Device(1), try Device(2))
        try write(one, other)
        #expect(try one.changes().count >= 2)
        for secret in Self.secrets { #expect(try one.folder.files(holding: String(secret.dropFirst(2))) != []) }
        try one.write((.number(1), nil))
        try expectNothing(in: one)
        try other.pull(one)
        try expectNothing(in: other)
    }

    @Test func editsThatComeLaterLeaveNoWordEither() throws {
        let (one, other) = (try Device(1), try Device(2))
        try write(one, other)
        try other.write((.number(1), ["title": "obnubilate zephyrine"]))
        try one.write((.number(1), nil))
        try one.pull(other)
        try expectNothing(in: one)
        // A box of it that is received again is not stored.
        try other.closeBatch()
        for batch in try other.batches() { try one.take(batch) }
        try expectNothing(in: one)
    }

    @Test func aNewcomerWhoHearsOfItFirstTakesNoBox() throws {
        let (one, other, newcomer) = (try Device(1), try Device(2), try Device(3))
        try write(one, other)
        try other.closeBatch()
        let boxes = try other.batches()
        try one.write((.number(1), nil))
        try newcomer.pull(one)
        try newcomer.write { writer in
            for (dot, edit) in boxes.flatMap(\.dotted) { if let box = edit.box { try writer.supply(box, for: dot) } }
        }
        try expectNothing(in: newcomer)
        #expect(try newcomer.frontier() == one.frontier())
    }

    /// Its proof is signed, so it stays with the forget, here and elsewhere.
    @Test func whatAForgetShowsStaysWithIt() throws {
        let (one, other) = (try Device(1), try Device(2))
        let proof = try #require(EntryProof([UInt8](repeating: 7, count: EntryProof.byteCount)))
        try one.write((.number(1), ["kind": "note"]))
        try one.write { try $0.append([.init(forgetting: .number(1), proof: proof)]) }
        try one.write((.number(2), ["kind": "note"]), (.number(2), nil))
        try other.pull(one)
        try one.reopen()
        for device in [one, other] {
            let edits = try device.batches().flatMap(\.edits)
            #expect(edits.map(\.header.proof) == [nil, proof, nil, nil])
            #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
        }
    }

    @Test func nothingIsWrittenToAForgottenEntry() throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note"]))
        try device.write((.number(1), nil))
        #expect(throws: StoreError.forgotten(.number(1))) { try device.write((.number(1), ["body": "a"])) }
        #expect(throws: StoreError.forgotten(.number(1))) { try device.write((.number(1), nil)) }
        #expect(throws: StoreError.forgotten(.number(2))) {
            try device.write((.number(2), nil), (.number(2), ["body": "a"]))
        }
        try device.write((.number(2), ["body": "a"]), (.number(2), nil))
        #expect(try device.store.read { try $0.ownCount(in: try $0.journal()) } == 4)
    }

    @Test func whatNeverOpenedIsForgottenToo() throws {
        let (one, other) = (try Device(1), try Device(2))
        let dots = try one.write((.number(1), ["kind": "note"]))
        other.keys.refused = Set(dots)
        try other.pull(one)
        try one.write((.number(1), nil))
        try other.pull(one)
        #expect(try other.store.read { try $0.counts(in: $0.journal()) }.unopened == 0)
    }
}
