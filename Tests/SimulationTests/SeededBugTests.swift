import Testing

/// The simulator finds what it is there to find.
@Suite struct SeededBugTests {
    static let seedsMax = 2_000

    @Test(arguments: SeededBug.allCases)
    func isFound(bug: SeededBug) {
        for seed in 0..<Self.seedsMax {
            var world = World(seed: seed, bug: bug)
            world.run()
            guard let violation = world.ground.violation else { continue }
            print("\(bug): seed \(seed): \(violation.prefix(160))")
            return
        }
        Issue.record("\(bug) was not found within \(Self.seedsMax) seeds")
    }
}
