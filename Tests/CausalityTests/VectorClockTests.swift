import Causality
import Testing

/// The laws of clocks, on every clock of three replicas with up to two edits each.
@Suite struct VectorClockTests {
    static let replicas = (1...3).map { ReplicaID(bits: $0) }
    static let all: [VectorClock] = (0..<27).map { index in
        VectorClock(zip(replicas, [index % 3, index / 3 % 3, index / 9]).filter { $1 > 0 }.map { Dot($0, $1) })
    }

    @Test func relationIsThatOfTheSetsOfEditsThatClocksStandFor() {
        func edits(_ clock: VectorClock) -> Set<Dot> {
            Set(clock.dots.flatMap { dot in (1...dot.n).map { Dot(dot.replica, $0) } })
        }
        for (a, b) in Self.all.flatMap({ a in Self.all.map { (a, $0) } }) {
            #expect(a.covers(b) == edits(a).isSuperset(of: edits(b)))
            let expected: VectorClock.Relation =
                edits(a) == edits(b)
                ? .equal
                : edits(a).isSubset(of: edits(b)) ? .before : edits(a).isSuperset(of: edits(b)) ? .after : .concurrent
            #expect(a.relation(to: b) == expected)
            #expect(a.editCount == edits(a).count)
        }
    }

    @Test func advancingNeverGoesBackAndGivesOneValueInAnyOrder() {
        for (a, b) in Self.all.flatMap({ a in Self.all.map { (a, $0) } }) {
            let one = VectorClock(a.dots + b.dots)
            #expect(one == VectorClock((b.dots + a.dots).reversed()))
            #expect(one.covers(a) && one.covers(b))
        }
    }

    @Test func countOfAStrangersNumbersSaturates() {
        let clock = VectorClock([Dot(Self.replicas[0], Int.max), Dot(Self.replicas[1], Int.max)])
        #expect(clock.editCount == Int.max)
        #expect(CausalContext(dot: Dot(Self.replicas[2], 5), seen: clock).precedence.seenCount == Int.max)
    }
}

@Suite struct FrontierTests {
    private let hash = Hash256(repeatElement(7, count: 32))

    @Test func refusesRowsThatDoNotAscendOrStartBelowOneOrPassTheLimit() throws {
        let hash = try #require(hash)
        let ends = VectorClockTests.replicas.map { Tip(Dot($0, 1), hash) }
        #expect(Frontier(ascending: ends)?.ends == ends)
        #expect(Frontier(ascending: ends.reversed()) == nil)
        #expect(Frontier(ascending: [ends[0], ends[0]]) == nil)
        for n in [0, -1, Dot.nMax + 1, Int.max] {
            #expect(Frontier(ascending: [Tip(Dot(VectorClockTests.replicas[0], n), hash)]) == nil)
        }
    }
}
