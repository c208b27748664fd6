import Causality
import Membership
import Testing

/// A batch is judged at the newest record that its author knew.
@Suite struct BatchStatusTests {
    private let founder: Founder
    private let member: Founder
    private let late: Founder
    private let log: MembershipLog
    private let feed = ReplicaID(bits: 7)
    private let other = ReplicaID(bits: 8)

    /// Records: genesis, member added, rotation with a cut, member removed with a cut, another added.
    init() throws {
        (founder, member, late) = (try Founder(seed: 1), try Founder(seed: 2), try Founder(seed: 3))
        let (founder, member, late) = (founder, member, late)
        let cuts = [
            Frontier(Self.end(feed, 4)), Frontier(Self.end(feed, 8), Tip(Dot(other, 2), Self.hash(2))),
        ]
        log = try founder.log().extended(
            by: { founder.add(member.member(of: .numbered(1)), to: $0) }, { founder.rotate($0, cut: cuts[0]) },
            { founder.remove([member], from: $0, cut: cuts[1]) },
            { founder.add(late.member(of: .numbered(2)), to: $0) })
    }

    private static func hash(_ n: Int) -> Hash256 { .sha256([UInt8(n)]) }
    private static func end(_ feed: ReplicaID, _ n: Int) -> Tip { Tip(Dot(feed, n), hash(n)) }

    private func status(
        _ range: ClosedRange<Int>, of replica: ReplicaID, by device: Founder, head: Int, epoch: Int? = nil,
        hash: Hash256? = nil, after previous: Int? = nil
    ) -> BatchStatus {
        let head = log.records[head].hash
        let name = epoch.map { log.epochs[$0].name } ?? log.epoch(at: head) ?? head
        let header = BatchHeader(
            replica: replica, first: range.lowerBound, count: range.count, previous: head, seen: [], head: head,
            epoch: name, origin: nil)
        let end = Tip(Dot(replica, range.upperBound), hash ?? Self.hash(range.upperBound))
        return log.status(
            of: header, end: end, signingKey: device.identity.signingKey,
            previousHead: previous.map { log.records[$0].hash })
    }

    @Test func judgesByTheHeadThatTheBatchNames() throws {
        let owner = BatchStatus.good(founder.member(of: .founder, .owner))
        let gone = BatchStatus.good(member.member(of: .numbered(1)))
        let came = BatchStatus.good(late.member(of: .numbered(2)))
        let table: [(BatchStatus, BatchStatus)] = [
            // A current device is bound by no cut.
            (status(1...2, of: feed, by: founder, head: 0), owner),
            (status(3...4, of: feed, by: founder, head: 1, after: 0), owner),
            (status(3...4, of: feed, by: founder, head: 1, hash: Self.hash(9)), owner),
            (status(3...5, of: feed, by: founder, head: 1), owner),
            (status(1...1, of: other, by: founder, head: 1), owner),
            // Of a removed member, edits within the cut stay.
            (status(1...2, of: other, by: member, head: 2), gone),
            (status(1...1, of: other, by: member, head: 2), gone),
            (status(1...2, of: other, by: member, head: 2, hash: Self.hash(9)), .late),
            (status(1...3, of: other, by: member, head: 2), .late),
            (status(1...2, of: other, by: member, head: 0), .notMember),
            (status(1...2, of: other, by: member, head: 3), .notMember),
            // The current epoch.
            (status(9...20, of: feed, by: founder, head: 3), owner),
            (status(1...20, of: ReplicaID(bits: 9), by: late, head: 4), came),
            (status(1...20, of: ReplicaID(bits: 9), by: late, head: 3), .notMember),
            (status(1...20, of: ReplicaID(bits: 9), by: try Founder(seed: 4), head: 4), .notMember),
            // Nor if it goes past the tip of the feed in a cut.
            (status(5...9, of: feed, by: founder, head: 3), owner),
            (status(5...8, of: feed, by: founder, head: 3, hash: Self.hash(9)), owner),
            // A feed of a removed device that its cut does not name.
            (status(1...1, of: ReplicaID(bits: 10), by: member, head: 2), .late),
            // Epochs and heads that do not match.
            (status(1...2, of: feed, by: founder, head: 0, epoch: 1), .wrongEpoch),
            (status(9...9, of: feed, by: founder, head: 4, epoch: 1), .wrongEpoch),
            (status(1...2, of: feed, by: founder, head: 2, epoch: 2), .wrongEpoch),
            (status(9...9, of: feed, by: founder, head: 3, after: 4), .headWentBack),
            (status(9...9, of: feed, by: founder, head: 4, after: 4), owner),
        ]
        for (index, (found, expected)) in table.enumerated() { #expect(found == expected, "\(index)") }
    }

    /// A raise applies to devices removed before it, and only raises bounds.
    @Test func whatWasRaisedIsGood() throws {
        func late(_ log: MembershipLog, _ range: ClosedRange<Int>, hash: Hash256? = nil) -> Bool {
            let header = BatchHeader(
                replica: other, first: range.lowerBound, count: range.count, previous: log.head, seen: [],
                head: log.records[2].hash, epoch: log.epochs[1].name, origin: nil)
            let end = Tip(Dot(other, range.upperBound), hash ?? Self.hash(range.upperBound))
            return log.status(of: header, end: end, signingKey: member.identity.signingKey, previousHead: nil)
                == .late
        }
        let raised = try log.extended(by: { founder.raise(Frontier(Self.end(other, 5)), in: $0) })
        #expect(late(log, 3...5) && !late(raised, 3...5) && !late(raised, 1...2) && late(raised, 3...6))
        #expect(late(raised, 3...5, hash: Self.hash(9)))
        // A lower row, or one with another hash, excludes nothing.
        let again = try raised.extended(
            by: { founder.raise(Frontier(Self.end(other, 1)), in: $0) },
            { founder.raise(Frontier(Tip(Dot(other, 5), Self.hash(9))), in: $0) })
        #expect(!late(again, 3...5) && late(again, 3...6) && !late(again, 3...5, hash: Self.hash(9)))
        // A raise from before the removal has no effect.
        let early = try founder.log().extended(
            by: { founder.add(member.member(of: .numbered(1)), to: $0) }, { founder.rotate($0, cut: Frontier()) },
            { founder.raise(Frontier(Self.end(other, 9)), in: $0) },
            { founder.remove([member], from: $0, cut: Frontier(Self.end(other, 2))) })
        #expect(late(early, 3...5) && !late(early, 1...2))
    }

    /// A device that left is bound by the next cut; until then an owner's device must rotate.
    @Test func whoLeavesIsBoundByTheNextCut() throws {
        let left = try founder.log().extended(
            by: { founder.add(member.member(of: .numbered(1)), to: $0) }, { member.leave([member], of: $0) })
        func status(_ log: MembershipLog, _ n: Int, head: Int) -> BatchStatus {
            let header = BatchHeader(
                replica: other, first: 1, count: n, previous: log.head, seen: [], head: log.records[head].hash,
                epoch: log.epochs[0].name, origin: nil)
            return log.status(
                of: header, end: Self.end(other, n), signingKey: member.identity.signingKey, previousHead: nil)
        }
        let gone = BatchStatus.good(member.member(of: .numbered(1)))
        #expect(left.isEpochOwed && left.wasRemoved(member.identity.id))
        #expect(status(left, 7, head: 1) == gone && status(left, 7, head: 2) == .notMember)
        let after = try left.extended(by: { founder.rotate($0, cut: Frontier(Self.end(other, 5))) })
        #expect(!after.isEpochOwed)
        #expect(status(after, 5, head: 1) == gone && status(after, 7, head: 1) == .late)
    }

    @Test func aHeadOfAnotherBranchIsUnknown() throws {
        let header = BatchHeader(
            replica: feed, first: 1, count: 1, previous: log.head, seen: [], head: Self.hash(0), epoch: log.epoch,
            origin: nil)
        let key = founder.identity.signingKey
        let end = Self.end(feed, 1)
        #expect(log.status(of: header, end: end, signingKey: key, previousHead: nil) == .unknownHead)
        let known = BatchHeader(
            replica: feed, first: 9, count: 1, previous: log.head, seen: [], head: log.head, epoch: log.epoch,
            origin: nil)
        #expect(
            log.status(of: known, end: Self.end(feed, 9), signingKey: key, previousHead: Self.hash(0))
                == .unknownHead)
    }
}
