import Causality
import Testing

/// Every history of a small simulation: in each step one of three replicas writes the only field, or takes all edits of
/// another.
@Suite struct SmallSimulationTests {
    struct Simulation {
        var held: [[CausalContext]] = [[], [], []]
        var all: [CausalContext] = []

        mutating func write(_ replica: Int) {
            let id = ReplicaID(bits: UInt64(replica + 1))
            var seen = VectorClock(held[replica].map(\.dot))
            let n = seen[id] + 1
            seen.remove(id)
            let edit = CausalContext(dot: Dot(id, n), seen: seen)
            held[replica].append(edit)
            all.append(edit)
        }

        mutating func pull(_ replica: Int, from other: Int) {
            held[replica] += held[other].filter { edit in !held[replica].contains(edit) }
        }
    }

    /// Calls `visit` with every simulation that `steps` steps can make.
    static func explore(_ simulation: Simulation = Simulation(), steps: Int, _ visit: (Simulation) -> Void) {
        guard steps > 0 else { return visit(simulation) }
        for replica in 0..<3 {
            var written = simulation
            written.write(replica)
            explore(written, steps: steps - 1, visit)
            for other in 0..<3 where other != replica && !simulation.held[other].isEmpty {
                var pulled = simulation
                pulled.pull(replica, from: other)
                explore(pulled, steps: steps - 1, visit)
            }
        }
    }

    static func live(_ edits: [CausalContext]) -> [CausalContext] {
        var register = MultiValueRegister<Int>()
        for (index, edit) in edits.enumerated() { register.merge(Version(index, edit)) }
        return register.live.map(\.context)
    }

    /// Every order in which these edits may arrive, each after all that it had seen.
    static func orders(_ edits: [CausalContext], after held: [CausalContext] = [], _ visit: ([CausalContext]) -> Void) {
        guard !edits.isEmpty else { return visit(held) }
        let clock = VectorClock(held.map(\.dot))
        for (index, edit) in edits.enumerated()
        where clock.covers(edit.seen) && clock[edit.dot.replica] == edit.dot.n - 1 {
            var left = edits
            left.remove(at: index)
            orders(left, after: held + [edit], visit)
        }
    }

    @Test func stateIsAFunctionOfTheSetOfEdits() {
        var simulations = 0
        var arrivals = 0
        Self.explore(steps: 6) { simulation in
            simulations += 1
            // A value that exists anywhere is live unless someone who had seen it overwrote it.
            let expected = simulation.all.filter { edit in !simulation.all.contains { $0.saw(edit.dot) } }.sorted {
                $0.dot < $1.dot
            }
            Self.orders(simulation.all) { order in
                arrivals += 1
                if Self.live(order) != expected { Issue.record("\(order)") }
            }
        }
        #expect(simulations > 20_000)
        #expect(arrivals > simulations)
    }

    @Test func anEditIsGreaterThanAllThatItsAuthorHadSeen() {
        Self.explore(steps: 5) { simulation in
            for edit in simulation.all {
                for other in simulation.all where edit.saw(other.dot) && edit.precedence <= other.precedence {
                    Issue.record("\(edit) and \(other)")
                }
            }
        }
    }

    @Test func mergingTwiceChangesNothing() {
        Self.explore(steps: 4) { simulation in
            let once = Self.live(simulation.all)
            if Self.live(simulation.all + once) != once { Issue.record("\(simulation.all)") }
        }
    }

    @Test func whatAnAuthorCouldNotReadHeDoesNotReplace() {
        let feed = ReplicaID(bits: 1)
        let edits = (1...3).map { CausalContext(dot: Dot(feed, $0), seen: VectorClock()) }
        let reader = CausalContext(
            dot: Dot(ReplicaID(bits: 2), 1), seen: VectorClock([Dot(feed, 3)]), unread: [Dot(feed, 2)])
        #expect(reader.saw(edits[0].dot))
        #expect(!reader.saw(edits[1].dot))
        #expect(!reader.saw(edits[2].dot))
        #expect(Self.live(edits + [reader]).map(\.dot) == [edits[2].dot, reader.dot])
    }
}
