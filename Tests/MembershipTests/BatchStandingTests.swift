import Causality
import Membership
import Testing

/// A batch is judged by the record that its author knew as the last.
@Suite struct BatchStandingTests {
    private let founder: Founder
    private let member: Founder
    private let late: Founder
    private let log: MembershipLog
    private let line = ReplicaID(bits: 7)
    private let other = ReplicaID(bits: 8)

    /// Records: genesis, member comes, rotation with a cut, member goes with a cut, another comes.
    init() throws {
        (founder, member, late) = (try Founder(seed: 1), try Founder(seed: 2), try Founder(seed: 3))
        let (founder, member, late) = (founder, member, late)
        let cuts = [
            Frontier(Self.end(line, 4)), Frontier(Self.end(line, 8), LineEnd(Dot(other, 2), Self.hash(2))),
        ]
        log = try founder.log().extended(
            by: { founder.add(member.member(of: .numbered(1)), to: $0) }, { founder.rotate($0, cut: cuts[0]) },
            { founder.remove([member], from: $0, cut: cuts[1]) },
            { founder.add(late.member(of: .numbered(2)), to: $0) })
    }

    private static func hash(_ n: Int) -> Hash256 { .sha256([UInt8(n)]) }
    private static func end(_ line: ReplicaID, _ n: Int) -> LineEnd { LineEnd(Dot(line, n), hash(n)) }

    private func standing(
        _ range: ClosedRange<Int>, of replica: ReplicaID, by device: Founder, head: Int, epoch: Int? = nil,
        hash: Hash256? = nil, after previous: Int? = nil
    ) -> BatchStanding {
        let head = log.records[head].hash
        let name = epoch.map { log.epochs[$0].name } ?? log.epoch(at: head) ?? head
        let header = BatchHeader(
            replica: replica, first: range.lowerBound, count: range.count, previous: head, seen: [], head: head,
            epoch: name, origin: nil)
        let end = LineEnd(Dot(replica, range.upperBound), hash ?? Self.hash(range.upperBound))
        return log.standing(
            of: header, end: end, signingKey: device.identity.signingKey,
            previousHead: previous.map { log.records[$0].hash })
    }

    @Test func judgesByTheHeadThatTheBatchNames() throws {
        let owner = BatchStanding.good(founder.member(of: .founder, .owner))
        let gone = BatchStanding.good(member.member(of: .numbered(1)))
        let came = BatchStanding.good(late.member(of: .numbered(2)))
        let table: [(BatchStanding, BatchStanding)] = [
            // Within the first cut, at it by hash, past it.
            (standing(1...2, of: line, by: founder, head: 0), owner),
            (standing(3...4, of: line, by: founder, head: 1, after: 0), owner),
            (standing(3...4, of: line, by: founder, head: 1, hash: Self.hash(9)), .late),
            (standing(3...5, of: line, by: founder, head: 1), .late),
            (standing(5...5, of: line, by: founder, head: 1), .late),
            (standing(1...1, of: other, by: founder, head: 1), .late),
            // A member who went keeps what the cut has of him.
            (standing(1...2, of: other, by: member, head: 2), gone),
            (standing(1...1, of: other, by: member, head: 2), gone),
            (standing(1...2, of: other, by: member, head: 2, hash: Self.hash(9)), .late),
            (standing(1...3, of: other, by: member, head: 2), .late),
            (standing(1...2, of: other, by: member, head: 0), .notMember),
            (standing(1...2, of: other, by: member, head: 3), .notMember),
            // The epoch that reigns.
            (standing(9...20, of: line, by: founder, head: 3), owner),
            (standing(1...20, of: ReplicaID(bits: 9), by: late, head: 4), came),
            (standing(1...20, of: ReplicaID(bits: 9), by: late, head: 3), .notMember),
            (standing(1...20, of: ReplicaID(bits: 9), by: try Founder(seed: 4), head: 4), .notMember),
            // A later batch that passes over where a cut saw the line.
            (standing(5...8, of: line, by: founder, head: 3), owner),
            (standing(5...9, of: line, by: founder, head: 3), .late),
            (standing(3...7, of: line, by: founder, head: 3), .late),
            (standing(5...8, of: line, by: founder, head: 3, hash: Self.hash(9)), .late),
            // Epochs and heads that do not fit.
            (standing(1...2, of: line, by: founder, head: 0, epoch: 1), .wrongEpoch),
            (standing(9...9, of: line, by: founder, head: 4, epoch: 1), .wrongEpoch),
            (standing(1...2, of: line, by: founder, head: 2, epoch: 2), .wrongEpoch),
            (standing(9...9, of: line, by: founder, head: 3, after: 4), .headWentBack),
            (standing(9...9, of: line, by: founder, head: 4, after: 4), owner),
        ]
        for (index, (found, expected)) in table.enumerated() { #expect(found == expected, "\(index)") }
    }

    @Test func aHeadOfAnotherBranchIsUnknown() throws {
        let header = BatchHeader(
            replica: line, first: 1, count: 1, previous: log.head, seen: [], head: Self.hash(0), epoch: log.epoch,
            origin: nil)
        let key = founder.identity.signingKey
        let end = Self.end(line, 1)
        #expect(log.standing(of: header, end: end, signingKey: key, previousHead: nil) == .unknownHead)
        let known = BatchHeader(
            replica: line, first: 9, count: 1, previous: log.head, seen: [], head: log.head, epoch: log.epoch,
            origin: nil)
        #expect(
            log.standing(of: known, end: Self.end(line, 9), signingKey: key, previousHead: Self.hash(0))
                == .unknownHead)
    }
}
