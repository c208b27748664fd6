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
    private func member() async throws -> (desk: ReplicaDesk, newest: Batch) {
        let desk = try await ReplicaDesk()
        let note = try await desk.journal.add(Note("first")).id
        let other = try await ReplicaDesk(invitedBy: desk)
        let now = try await desk.log()
        func line(_ edits: Int) throws -> Batch {
            try other.line(
                (1...edits).map {
                    Edit(
                        EditHeader(
                            entry: note, tokens: [FieldToken(bits: 7)], group: $0, boxHash: Hash256.sha256([1])),
                        box: nil)
                }, now)
        }
        _ = try await desk.journal.add(Note("second"))
        var newest: Batch?
        for count in [Int](repeating: 2, count: 16) + [1] {
            let batch = try line(count)
            #expect(try await desk.ask(.take(batch)) == .took(batch.lineEnd(Hash256.sha256), isNew: true))
            newest = batch
        }
        return (desk, try #require(newest))
    }

    private func grant(_ desk: ReplicaDesk) async throws -> PairingGrant {
        let log = try await desk.log()
        let clock = try await desk.frontier()
        let person = try #require(log.members.first?.person)
        return PairingGrant(
            space: log.space, end: PairingGrant.LogEnd(of: log), clock: clock, person: person, role: .owner, name: "")
    }

    @Test func whatIsSealedFitsIntoAMessage() {
        #expect(PairingLimits.grantLengthMax == WireLimits.grantLengthMax)
        #expect(PairingLimits.claimLengthMax == WireLimits.claimLengthMax)
        #expect(PairingLimits.clockEndsMax == WireLimits.clockRowsMax)
    }

    @Test func aShortLineThatIsWithheldAtAJoinIsMissed() async throws {
        let (desk, newest) = try await member()
        let newcomer = try await ReplicaDesk(invitedBy: desk)
        for batch in try await desk.batches() where batch.header.replica != newest.header.replica {
            #expect(try await newcomer.ask(.take(batch)) == .took(batch.lineEnd(Hash256.sha256), isNew: true))
        }
        let whole = try await grant(desk)
        #expect(try await !newcomer.journal.holds(whole.clock))
        let cut = try await Defence.$down.withValue([.grantsWholeClock]) { try await grant(desk) }
        #expect(try await newcomer.journal.holds(cut.clock), "nobody is told")
        // With it, all is here.
        #expect(try await newcomer.ask(.take(newest)) == .took(newest.lineEnd(Hash256.sha256), isNew: true))
        #expect(try await newcomer.journal.holds(whole.clock))
    }
}
