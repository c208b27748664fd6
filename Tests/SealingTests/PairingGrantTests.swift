import CanonicalJSON
import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct PairingGrantTests {
    @Test(arguments: 0...16)
    func comesBack(_ feeds: Int) throws {
        for seed in 0..<10 {
            var meeting = PairingMeeting(seed: seed)
            let grant = try meeting.grant(feeds: feeds)
            #expect(grant.clock.ends.count == feeds)
            let sealed = grant.sealed(
                under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
            #expect(try meeting.opened(grant: sealed) == grant)
        }
    }

    /// A member lets a newcomer in; all that the server relays is sealed.
    @Test func aNewcomerLearnsHowMuchThereIs() throws {
        var house = try Household(seed: 1, devices: 2)
        try house.add(1)
        var meeting = PairingMeeting(seed: 2)
        let claim = try meeting.opened(meeting.sealed)
        try house.log.append(
            house.log.adding(device: claim.device, person: house.owner, role: .owner, by: house.devices[0]))
        let grant = PairingGrant(
            space: house.log.space, end: PairingGrant.LogEnd(of: house.log), clock: Frontier(), person: house.owner,
            role: .owner, name: "Phone")
        let sealed = grant.sealed(under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)

        let opened = try meeting.opened(grant: sealed)
        #expect(opened == grant)
        #expect(opened.end == PairingGrant.LogEnd(count: 3, head: house.log.head))
        let log = try MembershipLog(parsing: house.log.records.map(\.bytes))
        #expect(log.space == opened.space && log.records[opened.end.count - 1].hash == opened.end.head)
        #expect(try SpaceKeyChain(of: log, openedBy: meeting.newcomer).current != nil)
    }

    @Test func whateverIsDamagedDoesNotOpen() throws {
        var meeting = PairingMeeting(seed: 1)
        let sealed = try meeting.grant(feeds: 2).sealed(
            under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
        for bytes in PairingSealed.damaged(sealed) {
            #expect(throws: SealingError.notOpened) { try meeting.opened(grant: bytes) }
        }
    }

    @Test func answersItsClaimAndNoOther() throws {
        var meeting = PairingMeeting(seed: 1)
        let other = PairingMeeting(seed: 2)
        let sealed = try meeting.grant(feeds: 1).sealed(
            under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
        let again = meeting.claim.sealed(
            under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &meeting.generator)
        for (secret, transcript) in [
            (other.secret, meeting.transcript), (meeting.secret, other.transcript), (other.secret, other.transcript),
            // Another claim of the same device, the same claim at another server, and with another reply.
            (meeting.secret, try meeting.transcript(of: again)),
            (meeting.secret, try meeting.transcript(of: meeting.sealed, serverKeyHash: other.serverKeyHash)),
            (meeting.secret, try meeting.transcript(of: meeting.sealed, nonce: other.nonce)),
        ] as [(PairingSecret, PairingTranscript)] {
            #expect(throws: SealingError.notOpened) {
                try PairingGrant(opening: sealed, under: secret, answering: transcript)
            }
        }
    }

    @Test func claimsAndGrantsNeverOpenAsEachOther() throws {
        var meeting = PairingMeeting(seed: 1)
        let grant = try meeting.grant(feeds: 1)
        let sealed = grant.sealed(under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
        #expect(throws: SealingError.notOpened) { try meeting.opened(grant: meeting.sealed) }
        #expect(throws: SealingError.notOpened) { try meeting.opened(sealed) }
        // Nor the content of one, sealed as the other.
        let key = Base64URL.text([UInt8](repeating: 1, count: 32))
        let claim = #"{"agree":"\#(key)","name":"Sam","sign":"\#(key)"}"#
        let forged = try meeting.forgedGrant(claim.utf8)
        #expect(throws: SealingError.notOpened) { try meeting.opened(grant: forged) }
    }

    @Test(arguments: [17, 100, 4095, 4096]) func itCarriesAllFeeds(_ feeds: Int) throws {
        var meeting = PairingMeeting(seed: feeds)
        let grant = try meeting.grant(feeds: feeds, n: 1...50)
        #expect(grant.clock.ends.count == feeds)
        let sealed = grant.sealed(under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
        #expect(try meeting.opened(grant: sealed) == grant)
    }

    /// More than a space ever has.
    @Test func beyondThatTheLongestFeedsAreTheOnesThatStay() throws {
        var meeting = PairingMeeting(seed: 1)
        let shape = try meeting.grant(feeds: 0)
        let ends = (1...5_000).map {
            Tip(Dot(ReplicaID(bits: UInt64($0)), 1 + $0 / 500), .sha256([UInt8($0 % 256)]))
        }
        let clock = try #require(Frontier(ascending: ends))
        func grant() -> PairingGrant {
            PairingGrant(
                space: shape.space, end: shape.end, clock: clock, person: shape.person, role: .member, name: "")
        }
        // 499 have 1 edit, 500 have 2; of these the lesser 95 stay.
        let kept = ends.filter { (500..<595).contains($0.dot.replica.bits) || $0.dot.replica.bits >= 1_000 }
        #expect(grant().clock.ends == kept)
        Defence.$down.withValue([.grantsWholeClock]) { #expect(grant().clock.ends.count == 16) }
    }

    @Test func theLargestFits() throws {
        var meeting = PairingMeeting(seed: 1)
        let quotes = String(repeating: "\\", count: 64)
        let shape = try meeting.grant(
            feeds: PairingLimits.clockEndsMax, n: (Dot.nMax - 9)...Dot.nMax, name: quotes)
        let end = try #require(PairingGrant.LogEnd(count: MembershipLimits.recordsMax, head: shape.end.head))
        let grant = PairingGrant(
            space: shape.space, end: end, clock: shape.clock, person: shape.person, role: .member, name: quotes)
        #expect(grant.name == quotes)
        let sealed = grant.sealed(under: meeting.secret, answering: meeting.transcript, using: &meeting.generator)
        #expect(sealed.count <= PairingLimits.grantLengthMax)
        #expect(try meeting.opened(grant: sealed) == grant)
    }

    @Test func logsHaveSoManyRecords() {
        let head = Hash256.sha256([])
        for count in [Int.min, -1, 0, MembershipLimits.recordsMax + 1, Int.max] {
            #expect(PairingGrant.LogEnd(count: count, head: head) == nil)
        }
        for count in [1, MembershipLimits.recordsMax] {
            #expect(PairingGrant.LogEnd(count: count, head: head)?.count == count)
        }
    }
}
