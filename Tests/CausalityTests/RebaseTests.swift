import Causality
import Testing

/// Complete plans of small rebases.
@Suite struct RebaseTests {
    static let (a, b, c, d) = (ReplicaID(bits: 1), ReplicaID(bits: 2), ReplicaID(bits: 3), ReplicaID(bits: 4))
    /// New names: 1 becomes 101, and so on.
    static func renamed(_ replica: ReplicaID) -> ReplicaID { ReplicaID(bits: replica.bits + 100) }

    func batch(_ replica: ReplicaID, _ numbers: ClosedRange<Int>, seen: [Dot] = [], unread: [Dot] = []) -> BatchOutline
    {
        BatchOutline(
            first: Dot(replica, numbers.lowerBound), seen: VectorClock(seen),
            edits: numbers.map { .init(group: $0, unread: unread) })
    }

    func plan(
        _ roots: [Dot], _ history: [BatchOutline], stays: (BatchOutline) -> Bool = { _ in false },
        quarantined: Set<Dot> = []
    ) -> Rebase {
        let suffixes = DivergentSuffixes(roots).closed(over: history, unless: stays)
        return Rebase(
            of: suffixes, history.filter { suffixes.contains($0.first) },
            kept: VectorClock(history.filter { !suffixes.contains($0.first) }.map(\.last)),
            isQuarantined: quarantined.contains, newName: Self.renamed)
    }

    @Test func aSuffixIsWrittenAgainHavingSeenTheRestOfItsFeed() {
        let plan = plan([Dot(Self.a, 3)], [batch(Self.a, 1...2), batch(Self.a, 3...4)])
        #expect(plan.rewrites.map(\.first) == [Dot(Self.renamed(Self.a), 1)])
        #expect(plan.rewrites.first?.seen == VectorClock([Dot(Self.a, 2)]))
        #expect(plan.rewrites.first?.edits.map(\.original) == [Dot(Self.a, 3), Dot(Self.a, 4)])
        #expect(plan.rewrites.first?.edits.map(\.group) == [1, 2])
        #expect(plan.quarantined.isEmpty)
    }

    @Test func whatHadSeenItMovesWithItAndMapsWhatItHadSeen() {
        let history = [
            batch(Self.a, 1...2), batch(Self.a, 3...4), batch(Self.b, 1...1),
            batch(Self.b, 2...2, seen: [Dot(Self.a, 4)]), batch(Self.c, 1...1, seen: [Dot(Self.a, 2)]),
        ]
        let plan = plan([Dot(Self.a, 3)], history)
        #expect(plan.rewrites.map(\.first) == [Dot(Self.renamed(Self.a), 1), Dot(Self.renamed(Self.b), 1)])
        #expect(
            plan.rewrites.last?.seen == VectorClock([Dot(Self.a, 2), Dot(Self.renamed(Self.a), 2), Dot(Self.b, 1)]))
    }

    @Test func whatTheServerHoldsKeepsItsPlaceWhateverItHadSeen() {
        let history = [batch(Self.a, 1...1), batch(Self.b, 1...1, seen: [Dot(Self.a, 1)])]
        let plan = plan([Dot(Self.a, 1)], history, stays: { $0.first.replica == Self.b })
        #expect(plan.rewrites.map(\.first) == [Dot(Self.renamed(Self.a), 1)])
    }

    @Test func whatCannotBeWrittenAgainIsQuarantinedAndLeftOutOfWhatWasSeen() {
        let history = [batch(Self.a, 1...3), batch(Self.b, 1...1, seen: [Dot(Self.a, 3)])]
        let plan = plan([Dot(Self.a, 1)], history, quarantined: [Dot(Self.a, 1), Dot(Self.a, 3)])
        #expect(plan.quarantined == [Dot(Self.a, 1), Dot(Self.a, 3)])
        #expect(plan.rewrites.first?.edits.map(\.original) == [Dot(Self.a, 2)])
        #expect(plan.rewrites.last?.seen == VectorClock([Dot(Self.renamed(Self.a), 1)]))
    }

    @Test func aFeedOfWhichNothingRemainsGetsNoName() {
        let plan = plan([Dot(Self.a, 1)], [batch(Self.a, 1...2)], quarantined: [Dot(Self.a, 1), Dot(Self.a, 2)])
        #expect(plan.rewrites.isEmpty)
        #expect(plan.quarantined == [Dot(Self.a, 1), Dot(Self.a, 2)])
    }

    @Test func aGroupStaysOneWhenItsFirstEditIsQuarantined() {
        let edits = [1, 1, 1].map { BatchOutline.Edit(group: $0, unread: []) }
        let history = [BatchOutline(first: Dot(Self.a, 1), seen: VectorClock(), edits: edits)]
        let plan = plan([Dot(Self.a, 1)], history, quarantined: [Dot(Self.a, 1)])
        #expect(plan.rewrites.first?.edits.map(\.group) == [1, 1])
    }

    @Test func whatWasUnreadStaysUnreadWhereverItWent() {
        // c could not open b from 2 on: of b, number 2 stays, and 3 and 4 move.
        let history = [
            batch(Self.b, 1...2), batch(Self.b, 3...4),
            batch(Self.c, 1...1, seen: [Dot(Self.b, 4)], unread: [Dot(Self.b, 2)]),
            batch(Self.d, 1...1, seen: [Dot(Self.b, 4)], unread: [Dot(Self.b, 4)]),
        ]
        let plan = plan([Dot(Self.b, 3)], history)
        let moved = Self.renamed(Self.b)
        #expect(
            plan.rewrites.map { $0.edits.map(\.unread) } == [
                [[], []], [[Dot(Self.b, 2), Dot(moved, 1)]], [[Dot(moved, 2)]],
            ])
    }
}
