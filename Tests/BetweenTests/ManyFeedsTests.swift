import SyncClient
import Between
import CanonicalJSON
import Causality
import Foundation
import Membership
import Records
import Sealing
import TestSupport
import Testing
import Wire

/// Spaces in which devices have many feeds.
@Suite struct ManyFeedsTests {
    @Test func aBatchIsSentWholeHoweverManyFeedsItsAuthorHasSeen() async throws {
        let fixture = try await ReplicaFixture()
        let note = try await fixture.journal.add(Note("first")).id
        // Feeds of one edit each: each new replica costs a signature.
        let other = try await ReplicaFixture(invitedBy: fixture)
        let now = try await fixture.log()
        for _ in 0..<4_000 {
            let header = EditHeader(
                entry: note, tokens: [FieldToken(bits: 7)], group: 1, boxHash: Hash256.sha256([1]))
            let batch = try other.feed([Edit(header, box: nil)], now)
            #expect(try await fixture.ask(.take(batch)) == .took(batch.tip(Hash256.sha256), isNew: true))
        }
        let text = String(repeating: "x", count: 30_000)
        for _ in 0..<12 { _ = try await fixture.journal.add(Note(text)) }
        let clock = VectorClock(try await fixture.frontier().ends.map(\.dot).filter { $0.n == 1 })
        let batches = try await fixture.batches(beyond: clock)
        #expect(batches.contains { $0.header.seen.count > 3_900 })
        for batch in batches {
            let bytes = MessageWriter.bytes(of: .batch(fixture.replica.space, batch)).count
            #expect(bytes <= WireLimits.batchLengthMax, "\(batch.header.seen.count) rows")
        }
        #expect(batches.reduce(0) { $0 + $1.header.count } >= 12)
    }

    @Test func aDeviceThatWasPutBackTooOftenSaysSoAndWritesNoMore() async throws {
        let home = try TestHome()
        var journal = try await home.open()
        _ = try await journal.add(Note("one"))
        for number in 2...CausalityLimits.feedsPerDeviceMax {
            try await journal.close()
            // The file of another database.
            let file = home.path + "/incarnation"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing(/"inode":"[0-9]+"/, with: #""inode":"1""#).write(
                toFile: file, atomically: true, encoding: .utf8)
            journal = try await home.open()
            _ = try await journal.add(Note("again"))
            let copies = try await journal.status().copies
            #expect(copies == (number >= CausalityLimits.feedsPerDeviceWarned ? number : nil))
        }
        try await journal.close()
        try FileManager.default.removeItem(atPath: home.path + "/incarnation")
        let last = try await home.open()
        await #expect(throws: JournalError.self) { try await last.add(Note("one more")) }
        #expect(try await last.entries().count == CausalityLimits.feedsPerDeviceMax)
    }
}
