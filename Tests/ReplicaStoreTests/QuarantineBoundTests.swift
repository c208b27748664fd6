import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

/// Quarantined batches that others send are bounded; those that were held here are not.
@Suite struct QuarantineBoundTests {
    private let entry = EntryID.number(1)

    /// The first batch of a new feed that claims to be of a device; it is not signed.
    private func junk(_ number: Int, of device: UInt8, bytes: Int = 8) throws -> Batch {
        let nonce = withUnsafeBytes(of: UInt64(number).bigEndian, Array.init) + [UInt8](repeating: 0, count: 8)
        let key = [UInt8](repeating: device, count: ReplicaOrigin.deviceKeyByteCount)
        let origin = try #require(ReplicaOrigin(deviceKey: key, nonce: nonce))
        let replica = origin.replica(testHash)
        let box = [UInt8](repeating: 1, count: bytes)
        let header = BatchHeader(
            replica: replica, first: 1, count: 1,
            previous: FeedState.start(space: TestKeys.space, replica: replica, testHash), seen: [],
            head: testHash([0]), epoch: testHash([0]), origin: origin)
        let edit = EditHeader(
            entry: entry, tokens: [TestKeys.token("body", entry)], isForget: false, group: 1, boxHash: testHash(box))
        return Batch(header, signature: [], edits: [Edit(edit, box: box)])
    }

    private func quarantine(_ batches: [Batch], on fixture: Device) throws {
        try fixture.write { writer in
            for batch in batches {
                try writer.quarantine(batch, reason: "signature", at: Timestamp(millisSince1970: 1)) { _ in [7] }
            }
        }
    }

    private func kept(_ fixture: Device) throws -> [StoreReader.Quarantined] {
        try fixture.store.read { try $0.quarantined(in: try $0.journal()) }
    }

    @Test func ofOneSenderSoManyBatchesAreKept() throws {
        let fixture = try Device(1)
        fixture.keys.persons = [2: PersonID(bits: entry), 3: PersonID(bits: entry)]
        let count = StoreWriter.quarantinedBatchesPerSenderMax
        let batches = try (0...count).map { try junk($0, of: 2) }
        try quarantine(batches, on: fixture)
        #expect(try kept(fixture).map(\.first.replica) == batches.dropLast().map(\.header.replica), "the oldest are")
        // Another device has a limit of its own, and all unknown devices share one.
        try quarantine([try junk(0, of: 3)], on: fixture)
        #expect(try kept(fixture).count == count + 1)
        try quarantine(try (0...count).map { try junk($0, of: UInt8(10 + $0 % 200)) }, on: fixture)
        #expect(try kept(fixture).count == 2 * count + 1)
        // If one is removed, another is accepted.
        let first = try #require(try kept(fixture).first)
        try fixture.write { try $0.dropQuarantined(1, of: first.key) }
        try quarantine([batches[count]], on: fixture)
        #expect(try kept(fixture).count == 2 * count + 1)
        let more = try (0...count).map { try junk(1_000 + $0, of: 2) }
        try Defence.$down.withValue([.boundsJunk]) { try quarantine(more, on: fixture) }
        #expect(try kept(fixture).count == 3 * count + 2, "without the bound all are kept")
    }

    @Test func ofOneSenderSoManyBytesAreKept() throws {
        let fixture = try Device(1)
        let bytes = StoreWriter.quarantinedBytesPerSenderMax / 4
        try quarantine(try (0..<5).map { try junk($0, of: 2, bytes: bytes - 10) }, on: fixture)
        #expect(try kept(fixture).count == 4)
    }
}
