import Causality
import Membership
import Testing

/// Two devices that extend one log concurrently.
@Suite struct LogForkTests {
    private let founder: Founder
    private let second: Founder
    private let others: [Founder]
    private let log: MembershipLog

    init() throws {
        (founder, second) = (try Founder(seed: 1), try Founder(seed: 2))
        others = try (3...5).map { try Founder(seed: $0) }
        let (founder, second, others) = (founder, second, others)
        log = try founder.log().extended(
            by: { founder.add(second.member(of: .founder, .owner), to: $0) },
            { founder.add(others[0].member(of: .numbered(1)), to: $0) },
            { founder.add(others[1].member(of: .numbered(2)), to: $0) })
    }

    @Test func howAnothersLogStandsToOurs() throws {
        let ours = try log.extended(by: { founder.rotate($0) })
        let theirs = try log.extended(by: { second.rotate($0) }, { second.rotate($0) })
        let table: [(Int, Hash256?, LogRelation)] = [
            (0, nil, .behind(from: 0)), (1, log.records[0].hash, .behind(from: 1)), (4, log.head, .behind(from: 4)),
            (5, ours.head, .equal), (6, ours.head, .ahead), (6, theirs.head, .ahead), (.max, ours.head, .ahead),
            (5, theirs.records[4].hash, .forked), (4, ours.head, .forked), (1, log.head, .forked),
            (0, ours.head, .forked), (5, nil, .forked), (-1, ours.head, .forked), (.min, nil, .forked),
        ]
        for (count, head, expected) in table {
            #expect(ours.relation(toCount: count, head: head) == expected, "\(count)")
        }
        #expect(ours.records(from: 4).map(\.hash) == [ours.head])
        #expect(ours.records(from: 5).isEmpty)
        #expect(ours.records(from: .max).isEmpty)
        #expect(ours.records(from: -1).count == 5)
    }

    @Test func aLogOfTwoBranchesIsRefused() throws {
        let left = try log.extended(by: { founder.rotate($0) }, { founder.rotate($0) })
        let right = try log.extended(by: { second.rotate($0) }, { second.rotate($0) })
        let (left4, left5) = (left.records[4].bytes, left.records[5].bytes)
        let (right4, right5) = (right.records[4].bytes, right.records[5].bytes)
        let base = log.records.map(\.bytes)
        for tail in [
            [left4, right4], [left4, right5], [right4, left5], [left5], [left4, left5, right4], [left4, left4],
            [left4, left5, base[3]],
        ] {
            #expect(throws: MembershipError.wrongPrevious) { try MembershipLog(parsing: base + tail) }
        }
        #expect(throws: MembershipError.secondGenesis) { try MembershipLog(parsing: base + [base[0]]) }
        #expect(try MembershipLog(parsing: base + [left4, left5]) == left)
        #expect(try MembershipLog(parsing: base + [right4, right5]) == right)
        #expect(left != right)
    }

    /// Each pair of changes that two owners make at one head, in either order: one wins, the other owner makes their
    /// change again at the winner's head, and both are applied.
    @Test func whoLosesTheRaceMakesHisRecordAgain() throws {
        let changes: [@Sendable (Founder, MembershipLog) -> MembershipRecord] = [
            { [others] in $0.remove([others[0]], from: $1) }, { [others] in $0.remove([others[1]], from: $1) },
            { [others] in $0.remove([others[0], others[1]], from: $1) }, { $0.rotate($1) },
            { [others] in $0.add(others[2].member(of: .numbered(3)), to: $1) },
        ]
        for (first, change) in changes.enumerated() {
            for (second, other) in changes.enumerated() {
                for order in [[founder, self.second], [self.second, founder]] {
                    let winner = change(order[0], log)
                    let loser = other(order[1], log)
                    var server = log
                    #expect(server.refusal(of: winner) == nil)
                    #expect(server.refusal(of: loser) == .wrongPrevious)
                    let again = server.refusal(of: other(order[1], server))
                    switch (first, second) {
                    // Both made the same change, or part of it: nothing is left of the second one.
                    case (0, 0), (1, 1), (2, 2), (0, 2), (1, 2), (2, 0), (2, 1): #expect(again == .notThere)
                    case (4, 4): #expect(again == .deviceAgain)
                    case _:
                        #expect(again == nil)
                        for (index, device) in others.prefix(2).enumerated() {
                            let isGone = [first, second].contains(index) || [first, second].contains(2)
                            #expect(server.wasRemoved(device.identity.id) == isGone)
                        }
                        #expect(server.isCurrentMember(others[2].identity.id) == [first, second].contains(4))
                    }
                }
            }
        }
    }

    /// A removal by a device that the winning record removed is refused.
    @Test func whoWasRemovedRemovesNobodyMore() throws {
        var server = try log.extended(by: { founder.remove([second], from: $0) })
        #expect(server.refusal(of: second.remove([founder], from: server)) == .unknownAuthor)
        #expect(server.refusal(of: second.remove([founder], from: log)) == .wrongPrevious)
    }
}
