import Causality
import TestSupport
import Testing

/// Tails are closed by the rows that moved as they are by whole clocks.
@Suite struct TailClosingTests {
    /// Batches of four lines in the order of their arrival, each with what its author had seen, and what of it is new.
    private func history(_ generator: inout SeededGenerator) -> [(batch: BatchOutline, moved: VectorClock)] {
        var ends: [ReplicaID: Int] = [:]
        var clocks: [ReplicaID: VectorClock] = [:]
        return (0..<generator.below(24)).map { _ in
            let replica = ReplicaID(bits: UInt64(generator.below(4)))
            var moved = VectorClock()
            for (other, n) in ends.sorted(by: { $0.key < $1.key }) where other != replica {
                guard generator.chance(percent: 40), n > clocks[replica]?[other] ?? 0 else { continue }
                moved.advance(to: Dot(other, n))
            }
            var clock = clocks[replica] ?? VectorClock()
            for dot in moved.dots { clock.advance(to: dot) }
            clocks[replica] = clock
            let first = (ends[replica] ?? 0) + 1
            let count = 1 + generator.below(3)
            ends[replica] = first + count - 1
            let edits = Array(repeating: BatchOutline.Edit(group: first, unread: []), count: count)
            return (BatchOutline(first: Dot(replica, first), seen: clock, edits: edits), moved)
        }
    }

    @Test(arguments: 0..<20)
    func rowsThatMovedAreEnough(_ block: Int) {
        var closedCount = 0
        for seed in block * 100..<(block + 1) * 100 {
            var generator = SeededGenerator(seed: seed)
            let history = history(&generator)
            let firsts = history.map(\.batch.first)
            let roots = LineTails(firsts.filter { _ in generator.chance(percent: 15) })
            let staying = Set(firsts.filter { _ in generator.chance(percent: 25) })
            // By the rule, with whole clocks.
            var expected = roots
            for (batch, _) in history where !expected.contains(batch.first) && !staying.contains(batch.first) {
                if expected.firsts.contains(where: batch.seen.covers) { expected.insert(batch.first) }
            }
            var closing = TailClosing(roots)
            for (batch, moved) in history {
                closing.add(batch.first, seen: moved.dots, stays: staying.contains(batch.first))
            }
            #expect(closing.tails == expected, "SEED=\(seed)")
            let whole = roots.closed(over: history.map(\.batch)) { staying.contains($0.first) }
            #expect(whole == expected, "SEED=\(seed)")
            if expected != roots { closedCount += 1 }
        }
        #expect(closedCount > 10)
    }
}
