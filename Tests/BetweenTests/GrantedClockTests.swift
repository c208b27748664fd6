import SyncClient
import Between
import Causality
import Membership
import Records
import Sealing
import TestSupport
import Testing
import Wire

/// The clock of a grant against the edits that the server delivers to the newcomer.
@Suite struct GrantedClockTests {
    /// A member that holds sixteen feeds of two edits, and one of a single edit, which is the newest.
    private func member() async throws -> (fixture: ReplicaFixture, newest: Batch) {
        let fixture = try await ReplicaFixture()
        let note = try await fixture.journal.add(Note("first")).id
        let other = try await ReplicaFixture(invitedBy: fixture)
        let now = try await fixture.log()
        func feed(_ edits: Int) throws -> Batch {
            try other.feed(
                (1...edits).map {
                    Edit(
                        EditHeader(
                            entry: note, tokens: [FieldToken(bits: 7)], group: $0, boxHash: Hash256.sha256([1])),
                        box: nil)
                }, now)
        }
        _ = try await fixture.journal.add(Note("second"))
        var newest: Batch?
        for count in [Int](repeating: 2, count: 16) + [1] {
            let batch = try feed(count)
            #expect(try await fixture.ask(.take(batch)) == .took(batch.tip(Hash256.sha256), isNew: true))
            newest = batch
        }
        return (fixture, try #require(newest))
    }

    private func grant(_ fixture: ReplicaFixture) async throws -> PairingGrant {
        let log = try await fixture.log()
        let clock = try await fixture.frontier()
        let person = try #require(log.members.first?.person)
        return PairingGrant(
            space: log.space, end: PairingGrant.LogEnd(of: log), clock: clock, person: person, role: .owner, name: "")
    }

    @Test func whatIsSealedFitsIntoAMessage() {
        #expect(PairingLimits.grantLengthMax == WireLimits.grantLengthMax)
        #expect(PairingLimits.claimLengthMax == WireLimits.claimLengthMax)
        #expect(PairingLimits.clockEndsMax == WireLimits.clockRowsMax)
    }

    @Test func aShortFeedThatIsWithheldAtAJoinIsMissed() async throws {
        let (fixture, newest) = try await member()
        let newcomer = try await ReplicaFixture(invitedBy: fixture)
        for batch in try await fixture.batches() where batch.header.replica != newest.header.replica {
            #expect(try await newcomer.ask(.take(batch)) == .took(batch.tip(Hash256.sha256), isNew: true))
        }
        let whole = try await grant(fixture)
        #expect(try await !newcomer.journal.holds(whole.clock))
        let cut = try await Defence.$down.withValue([.grantsWholeClock]) { try await grant(fixture) }
        #expect(try await newcomer.journal.holds(cut.clock), "nobody is told")
        // With it, all is here.
        #expect(try await newcomer.ask(.take(newest)) == .took(newest.tip(Hash256.sha256), isNew: true))
        #expect(try await newcomer.journal.holds(whole.clock))
    }
}
