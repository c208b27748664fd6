import SyncClient
import Between
import Causality
import Foundation
import Membership
import Sealing
import Testing
import Wire

/// An entry that is held and cannot be opened.
@Suite struct SealedEntryTests {
    private struct Oddity: Error {}

    private static let entry = EntryID(high: 0x7EAD_BEEF_0000_0001, low: 2)

    /// Adds an edit of this device that does not open, as of an epoch whose key never came.
    private func seal(_ fixture: Fixture) async throws {
        let keys = try DeviceKeys(decoding: Array(Data(contentsOf: URL(filePath: fixture.home + "/keys"))))
        let journal = try await fixture.journal()
        let replica = try JournalReplica(journal)
        guard case .records(let records, _) = try await replica.answer(.records(from: 0)) else { throw Oddity() }
        let log = try MembershipLog(parsing: records.map(\.bytes))
        let nonce = [UInt8](repeating: 7, count: ReplicaOrigin.nonceByteCount)
        let origin = try #require(ReplicaOrigin(deviceKey: keys.identity.signingKey, nonce: nonce))
        let name = origin.replica(Hash256.sha256)
        let box = [UInt8](repeating: 9, count: SealingLimits.boxLengthMin)
        let header = EditHeader(
            entry: Self.entry, tokens: [FieldToken(bits: 1)], group: 1, boxHash: .sha256(box))
        let batch = BatchHeader(
            replica: name, first: 1, count: 1,
            previous: FeedState.start(space: log.space.bytes, replica: name, Hash256.sha256), seen: [],
            head: log.head, epoch: log.epoch, origin: origin)
        let hash = batch.feedHash(of: [header], Hash256.sha256)
        let signed = Batch(batch, signature: keys.signature(ofBatch: hash), edits: [Edit(header, box: box)])
        guard case .took(_, isNew: true) = try await replica.answer(.take(signed)) else { throw Oddity() }
        try await journal.close()
    }

    @Test func whoAsksForItIsToldThatItIsHere() async throws {
        let fixture = try Fixture()
        let note = try fixture.makes("note", "kept").id
        try await seal(fixture)
        for id in [Self.entry.description, String(Self.entry.description.prefix(8))] {
            for command in [["show", id], ["history", id], ["rm", id]] {
                try fixture.refuses(command, exit: 1, "sealed")
            }
        }
        let shown = try fixture.btw("show", Self.entry.description)
        #expect(shown.err.contains("is here") && shown.err.contains("btw status"), "\(shown.err)")
        try fixture.refuses(["show", "7zzzzzz"], exit: 1, "not_found")
        // It is counted, and does not disturb anything else.
        #expect(try fixture.btw("list", "--json").entries().map(\.id) == [note])
        #expect(try fixture.btw("status").out.contains("1 change cannot be opened here yet."))
        #expect(try fixture.btw("doctor").out.contains("1 change cannot be opened here yet."))
    }
}
