import Causality
import TestSupport
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

    // MARK: Closing suffixes

    /// Batches of four feeds in the order of their arrival, each with its author's whole clock and with the rows that
    /// advanced.
    private func history(_ generator: inout SeededGenerator) -> [(whole: BatchOutline, advanced: BatchOutline)] {
        var ends: [ReplicaID: Int] = [:]
        var clocks: [ReplicaID: VectorClock] = [:]
        return (0..<generator.below(24)).map { _ in
            let replica = ReplicaID(bits: UInt64(generator.below(4)))
            var advanced = VectorClock()
            for (other, n) in ends.sorted(by: { $0.key < $1.key }) where other != replica {
                guard generator.chance(0.4), n > clocks[replica]?[other] ?? 0 else { continue }
                advanced.advance(to: Dot(other, n))
            }
            for dot in advanced.dots { clocks[replica, default: .init()].advance(to: dot) }
            let first = (ends[replica] ?? 0) + 1
            let numbers = first...first + generator.below(3)
            ends[replica] = numbers.upperBound
            return (
                batch(replica, numbers, seen: clocks[replica]?.dots ?? []),
                batch(replica, numbers, seen: advanced.dots)
            )
        }
    }

    @Test func rowsThatAdvancedCloseSuffixesAsWholeClocksDo() {
        var extended = 0
        for seed in 0..<2_000 {
            var generator = SeededGenerator(seed: seed)
            let history = history(&generator)
            let firsts = history.map(\.whole.first)
            let roots = DivergentSuffixes(firsts.filter { _ in generator.chance(0.15) })
            let staying = Set(firsts.filter { _ in generator.chance(0.25) })
            var expected = roots
            for (batch, _) in history where !expected.contains(batch.first) && !staying.contains(batch.first) {
                if expected.firsts.contains(where: batch.seen.covers) { expected.insert(batch.first) }
            }
            let byRows = roots.closed(over: history.map(\.advanced)) { staying.contains($0.first) }
            #expect(byRows == expected, "SEED=\(seed)")
            #expect(roots.closed(over: history.map(\.whole)) { staying.contains($0.first) } == expected)
            if expected != roots { extended += 1 }
        }
        #expect(extended > 200)
    }
}
