import CanonicalJSON
import Causality
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// Received batches: taken as a whole, or refused without changes.
@Suite struct TakingTests {
    private let note: [FieldName: JSONValue] = ["kind": "note", "body": "a"]

    private func expectRefusal(_ refusal: Refusal, of batch: Batch, by device: Device) throws {
        let before = try dump(device)
        #expect(throws: StoreError.refused(refusal)) { try device.take(batch) }
        #expect(try dump(device) == before)
        // A caller that catches it within the transaction keeps the changes before and after.
        try device.write { writer in #expect(throws: StoreError.refused(refusal)) { try writer.take(batch) } }
        #expect(try dump(device) == before)
    }

    /// Every row of every table.
    private func dump(_ device: Device) throws -> [String] {
        try device.store.file.read { try TableDump.lines($0) }
    }

    @Test func refusesAGap() throws {
        let (one, other) = (try Device(1), try Device(2))
        for number in 1...3 {
            try one.write((.number(number), note))
            try one.closeBatch()
        }
        let batches = try one.batches()
        try other.take(batches[0])
        try expectRefusal(.gap(held: 1), of: batches[2], by: other)
        try other.take(batches[1], batches[2])
        #expect(try other.frontier() == one.frontier())
    }

    @Test func refusesAForkWithinAFeedAndAtItsEnd() throws {
        // The same device twice, as after a disk was restored.
        let (one, twin, other) = (try Device(1), try Device(1), try Device(2))
        try one.write((.number(1), note))
        try twin.write((.number(1), ["kind": "note", "body": "b"]))
        for device in [one, twin] {
            try device.closeBatch()
            try device.write((.number(2), note))
            try device.closeBatch()
        }
        let (ours, theirs) = (try one.batches(), try twin.batches())
        try other.take(ours[0])
        try expectRefusal(.fork(theirs[0].header.firstDot), of: theirs[0], by: other)
        try expectRefusal(.fork(theirs[1].header.firstDot), of: theirs[1], by: other)
    }

    @Test func refusesWhatHadSeenMore() throws {
        let (one, two, other) = (try Device(1), try Device(2), try Device(3))
        let dot = try one.write((.number(1), note))[0]
        try two.pull(one)
        try two.write((.number(1), ["body": "b"]))
        try two.closeBatch()
        let batch = try #require(try two.batches(notCoveredBy: VectorClock([dot])).first)
        try expectRefusal(.missing(dot), of: batch, by: other)
        try other.pull(one)
        #expect(try other.take(batch) == [true])
        #expect(try other.take(batch) == [false])
        #expect(try other.json(.number(1)) == two.json(.number(1)))
    }

    @Test func refusesABoxThatIsAnother() throws {
        let (one, other) = (try Device(1), try Device(2))
        try one.write((.number(1), note))
        try one.closeBatch()
        var batch = try one.batches()[0]
        batch.edits[0].box?[9] ^= 1
        try expectRefusal(.malformed(.box), of: batch, by: other)
    }

    @Test func whatDoesNotOpenStaysOutAndIsNamed() throws {
        let (one, other) = (try Device(1), try Device(2))
        let dot = try one.write((.number(1), note))[0]
        try one.write((.number(1), ["body": "b"]))
        other.keys.refused = [dot]
        try other.pull(one)
        #expect(try other.entry(.number(1))?.fields == ["body": "b"])
        #expect(try other.store.read { try $0.counts(in: $0.journal()) }.unopened == 1)
        try other.write((.number(1), ["body": "c"]))
        try other.closeBatch()
        let edit = try #require(try other.batches().last?.edits.last)
        #expect(edit.header.unread == [dot])
        // Its author had seen nothing of that feed from there on; so both values stay, everywhere.
        other.keys.refused = []
        try other.write { try $0.rebuild() }
        try one.pull(other)
        #expect(try one.store.read { try $0.conflictedFields(of: .number(1), in: $0.journal()) } == ["body"])
        #expect(try one.json(.number(1)) == other.json(.number(1)))
    }

    @Test func anEntryOfWhichNothingOpensIsFoundByItsIdAlone() throws {
        let (one, other) = (try Device(1), try Device(2))
        let dot = try one.write((.number(1), note))[0]
        try one.write((.number(2), note))
        func state() throws -> (sealed: [Bool], ids: [EntryID], presence: [StoreReader.Presence]) {
            try other.store.read { reader in
                let ids = [EntryID.number(1), .number(2), .number(3)]
                let all = EntryID(high: 0, low: 0)...EntryID(high: .max, low: .max)
                return (
                    try ids.map { try reader.isSealed($0, in: reader.journal()) },
                    try reader.ids(in: all, of: reader.journal(), limit: 9),
                    try ids.map { try reader.presence(of: $0, in: reader.journal()) }
                )
            }
        }
        other.keys.refused = [dot]
        try other.pull(one)
        #expect(
            try state() == ([true, false, false], [.number(1), .number(2)].sorted(), [.unknown, .here, .unknown]))
        try one.write((.number(1), ["flag": true]))
        try other.pull(one)
        #expect(try state().sealed == [false, false, false], "some of it opens")
        try one.write((.number(1), nil))
        try other.pull(one)
        #expect(
            try state() == ([false, false, false], [.number(1), .number(2)].sorted(), [.forgotten, .here, .unknown]))
    }

    @Test func anEntryWhoseOnlyBoxIsNotHereIsFoundByItsIdAlone() throws {
        let (one, other) = (try Device(1), try Device(2))
        try one.write((.number(1), note))
        try one.closeBatch()
        var batch = try #require(try one.batches().first)
        batch.edits[0].box = nil
        try other.take(batch)
        #expect(try other.store.read { try $0.isSealed(.number(1), in: $0.journal()) })
    }

    @Test func aLiveValueWhoseBoxIsNotHereIsNotReplacedUnseen() throws {
        let (one, other) = (try Device(1), try Device(2))
        let dot = try one.write((.number(1), note))[0]
        try one.closeBatch()
        var batch = try #require(try one.batches().first)
        let box = try #require(batch.edits[0].box)
        batch.edits[0].box = nil
        #expect(try other.take(batch) == [true])
        try other.write((.number(1), ["body": "written without having read"]))
        try other.closeBatch()
        let edit = try #require(try other.batches().last?.edits.last)
        #expect(edit.header.unread == [dot])
        // Trashing sets another field than the missing text, so it has no unread mark.
        try other.write((.number(1), ["gone": "trashed"]))
        try other.closeBatch()
        #expect(try other.batches().last?.edits.last?.header.unread == [])
        try other.write((.number(1), ["gone": .null]))
        try other.write { try $0.supply(box, for: dot) }
        try one.pull(other)
        #expect(try one.store.read { try $0.conflictedFields(of: .number(1), in: $0.journal()) } == ["body"])
        #expect(try one.json(.number(1)) == other.json(.number(1)))
        // Edits that were read are no longer unread.
        try other.write((.number(1), ["body": "read, and settled"]))
        try other.closeBatch()
        #expect(try other.batches().last?.edits.last?.header.unread == [])
    }

    @Test func whatDidNotOpenIsOpenedWhenItsKeyCame() throws {
        let (one, other) = (try Device(1), try Device(2))
        let dot = try one.write((.number(1), note))[0]
        one.keys.rotate()
        let later = try one.write((.number(2), note))[0]
        other.keys.refused = [dot, later]
        try other.pull(one)
        other.keys.refused = []
        let epoch = one.keys.keyring.epoch
        #expect(try other.write { try $0.reopen(epochs: [epoch]) } == 1)
        #expect(try other.store.read { try $0.counts(in: $0.journal()) }.unopened == 1)
        #expect(try other.json(.number(2)) == one.json(.number(2)))
        #expect(try other.entry(.number(1)) == nil)
    }

    @Test func anEditThatSaysOtherFieldsThanItsTokensCountsAsNotOpened() throws {
        let device = try Device(1)
        let other = try Device(2)
        // Sealed for the field that it names, with another field inside.
        var keyring = device.keys.keyring
        keyring.token = { name, entry in TestKeys.token(name == "body" ? "title" : name, entry) }
        try device.store.write { [keyring] transaction in
            try transaction.write(to: try transaction.reader.journal(), keyring) { writer in
                try writer.append([.init(.number(1), EditContent(at: .zero, fields: note))])
            }
        }
        try other.pull(device)
        #expect(try other.entry(.number(1)) == nil)
        #expect(try other.store.read { try $0.counts(in: $0.journal()) }.unopened == 1)
    }

    @Test func aMemberOfOneSpaceReachesNoEntryOfAnother() throws {
        let (device, coach) = (try Device(1), try Device(2))
        try device.write((.number(1), note))
        let before = try device.json(.number(1))
        try coach.write((.number(1), ["body": "mine now", "rank": "z"]))
        try coach.closeBatch()
        let shared = try device.store.write {
            try $0.addSpace(id: [UInt8](repeating: 8, count: 16), name: "ana", records: [])
        }
        // A feed's start hash depends on its space, so the coach's batch is made again for this one.
        let batch = try Self.moved(coach.batches()[0], to: shared.id)
        try device.store.write { [keyring = device.keys.keyring] transaction in
            try transaction.write(to: shared, keyring) { writer in _ = try writer.take(batch) }
        }
        #expect(try device.json(.number(1)) == before)
        // Each is read for itself, by the same id.
        let there = try device.store.read { try $0.entry(.number(1), in: shared) }
        #expect(there?.text("body") == "mine now" && there?.text("rank") == "z")
        #expect(try device.store.read { try $0.counts(in: shared) }.entries == 1)
        #expect(try device.store.read { try $0.edits(of: .number(1), in: shared, device.keys.keyring) }.count == 1)
        // Rebuilding one space leaves the other unchanged.
        try device.write { try $0.rebuild() }
        let texts = try device.store.read { reader in
            var texts: [[String?]] = []
            for (word, space) in [
                ("mine", shared), ("mine", try reader.journal()), ("a", shared), ("a", try reader.journal()),
            ] {
                texts.append([])
                try reader.search([word], in: space) { texts[texts.count - 1].append($0.text("body")) }
            }
            return texts
        }
        #expect(texts == [["mine now"], [], [], ["a"]])
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
    }

    private static func moved(_ batch: Batch, to space: [UInt8]) throws -> Batch {
        let header = batch.header
        let start = FeedState.start(space: space, replica: header.replica, testHash)
        return Batch(
            BatchHeader(
                replica: header.replica, first: header.first, count: header.count, previous: start, seen: header.seen,
                head: header.head, epoch: header.epoch, origin: header.origin), signature: batch.signature,
            edits: batch.edits)
    }
}
