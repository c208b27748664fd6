import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

/// Quarantined batches that others send are bounded; those that were held here are not.
@Suite struct AsideBoundTests {
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
            previous: LineState.start(space: TestKeys.space, replica: replica, testHash), seen: [],
            head: testHash([0]), epoch: testHash([0]), origin: origin)
        let edit = EditHeader(
            entry: entry, tokens: [TestKeys.token("body", entry)], isForget: false, group: 1, boxHash: testHash(box))
        return Batch(header, signature: [], edits: [Edit(edit, box: box)])
    }

    private func setAside(_ batches: [Batch], on desk: Device) throws {
        try desk.write { writer in
            for batch in batches {
                try writer.setAside(batch, reason: "signature", at: Timestamp(millisSince1970: 1)) { _ in [7] }
            }
        }
    }

    private func kept(_ desk: Device) throws -> [StoreReader.Aside] {
        try desk.store.read { try $0.aside(in: try $0.journal()) }
    }

    @Test func ofOneSenderSoManyBatchesAreKept() throws {
        let desk = try Device(1)
        desk.keys.persons = [2: PersonID(bits: entry), 3: PersonID(bits: entry)]
        let count = StoreWriter.asideBatchesPerSenderMax
        let batches = try (0...count).map { try junk($0, of: 2) }
        try setAside(batches, on: desk)
        #expect(try kept(desk).map(\.first.replica) == batches.dropLast().map(\.header.replica), "the oldest are")
        // Another device has a limit of its own, and all unknown devices share one.
        try setAside([try junk(0, of: 3)], on: desk)
        #expect(try kept(desk).count == count + 1)
        try setAside(try (0...count).map { try junk($0, of: UInt8(10 + $0 % 200)) }, on: desk)
        #expect(try kept(desk).count == 2 * count + 1)
        // If one is removed, another is accepted.
        let first = try #require(try kept(desk).first)
        try desk.write { try $0.dropAside(1, of: first.key) }
        try setAside([batches[count]], on: desk)
        #expect(try kept(desk).count == 2 * count + 1)
        let more = try (0...count).map { try junk(1_000 + $0, of: 2) }
        try Defence.$down.withValue([.boundsJunk]) { try setAside(more, on: desk) }
        #expect(try kept(desk).count == 3 * count + 2, "without the bound all are kept")
    }

    @Test func ofOneSenderSoManyBytesAreKept() throws {
        let desk = try Device(1)
        let bytes = StoreWriter.asideBytesPerSenderMax / 4
        try setAside(try (0..<5).map { try junk($0, of: 2, bytes: bytes - 10) }, on: desk)
        #expect(try kept(desk).count == 4)
    }
}
