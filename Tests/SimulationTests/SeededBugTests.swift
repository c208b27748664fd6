import Causality
import Testing

/// The simulator finds seeded bugs.
@Suite struct SeededBugTests {
    static let seedsMax = 2_000

    @Test(arguments: SeededBug.allCases)
    func isFound(bug: SeededBug) {
        for seed in 0..<Self.seedsMax {
            var simulation = Simulation(seed: seed, bug: bug)
            simulation.run()
            guard let violation = simulation.ground.violation else { continue }
            print("\(bug): seed \(seed): \(violation.prefix(160))")
            return
        }
        Issue.record("\(bug) was not found within \(Self.seedsMax) seeds")
    }

    /// And what a defence keeps away, once it is down.
    @Test(arguments: [Defence.keepsStayersEdits, .ownersEndEpochs, .comparesCuts, .repairsEpochs, .handsKeysOn])
    func isFoundOnceDown(defence: Defence) {
        Defence.$down.withValue([defence]) {
            for seed in 0..<Self.seedsMax {
                var simulation = Simulation(seed: seed)
                simulation.run()
                guard let violation = simulation.ground.violation else { continue }
                print("\(defence) down: seed \(seed): \(violation.prefix(160))")
                return
            }
            Issue.record("\(defence) down was not found within \(Self.seedsMax) seeds")
        }
    }
}
