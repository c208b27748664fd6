import Foundation
import Testing

/// After any script, a replica shows what the model computes from the list of edits.
@Suite struct ScriptTests {
    /// `REPLICA_SEEDS=1000` runs more scripts, `SEED=7` only that one.
    private static let seeds: [Int] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SEED"].flatMap({ Int($0) }) { return [seed] }
        return Array(1...(environment["REPLICA_SEEDS"].flatMap { Int($0) } ?? 24))
    }()

    @Test(arguments: seeds) func showsWhatTheListOfEditsSays(seed: Int) throws {
        var simulation = try ScriptSimulation(seed: seed)
        do {
            for _ in 0..<60 { try simulation.step() }
            try simulation.converge()
        } catch is ScriptSimulation.Differs {}
    }
}
