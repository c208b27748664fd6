import Testing

/// Seeds that failed once, each for a reason that was fixed.
@Suite struct KnownSeedTests {
    /// 5658, 8879, 11335: a feed that was refused twice was left out for as long as the connection lasted.
    /// 14279: a newcomer whom nobody knew any more was waited for.
    /// 906: so many messages were duplicated that the story did not end.
    /// 5062848: the author of an entry was derived from the order of arrival, and a device refused what its server
    /// had taken.
    /// 9101723: a thief's record did what a person had asked for, and so nobody rotated to a valid key.
    /// 29527827: connected devices were not told that an administrator had settled the log.
    /// 5059157: a box that was requested once was never requested again on that connection.
    /// 5059444: a box that came to the server later was not sent to the device that had requested it.
    /// 5004428: the server believed that a device holds a record because it was sent.
    /// 1025601707: a removed device that missed its removal went on as if it were a member.
    /// 371228064, 371241215: a device that would fork the log with the record that it owed waited for ever for a
    /// person.
    /// 802427419: edits in flight to the server were sealed again, and so were there twice.
    /// 17684003: the simulator required that the owner reads a removed device's edits under a key that a thief gave
    /// only to it.
    @Test(arguments: [
        906, 5_658, 8_879, 11_335, 14_279, 5_004_428, 5_059_157, 5_059_444, 5_062_848, 9_101_723, 17_684_003,
        29_527_827, 371_228_064, 371_241_215, 802_427_419, 1_025_601_707,
    ])
    func isFine(seed: Int) {
        // Thieves came into the simulator after these were found.
        expectNoViolation(seed, hasThief: false)
    }

    /// 98511495: a server that had dropped edits under a thief's record went on with the connections of before.
    @Test(arguments: [98_511_495])
    func isFineWithAThief(seed: Int) {
        expectNoViolation(seed, hasThief: nil)
    }

    private func expectNoViolation(_ seed: Int, hasThief: Bool?) {
        // Transactions that several messages share came later too.
        let simulation = SimulationTests.played(seed, hasThief: hasThief, sharesWrites: false)
        guard let violation = simulation.ground.violation else { return }
        Issue.record("\(SimulationTests.report(seed, violation, hasThief: hasThief, sharesWrites: false))")
    }
}
