import SyncClient
import Causality
import Membership
import TestSupport
import Testing
import Wire

/// A lying server against real conversations. Each lie is told with its defence on and off.
@Suite struct LyingServerTests {
    /// Two devices, up to date with a server that lies from now on, except where `lies` leaves messages unchanged.
    private static func simulation(
        _ ownDevices: Int = 2, _ lies: @escaping (Message, Int, ModelReplica) -> [Message]?
    ) -> Simulation {
        var simulation = StoryTests.simulation(ownDevices)
        simulation.deceives = { lies($0, $1, $2) ?? [$0] }
        simulation.told = []
        simulation.isJudged = false
        return simulation
    }

    /// Plays for a while, ignoring the simulation's own checks.
    private static func play(_ simulation: inout Simulation, for time: Duration = .seconds(200)) {
        simulation.play(for: time)
    }

    private static func notices(_ simulation: Simulation, of device: Int) -> [SyncNotice] {
        simulation.told.filter { $0.device == device }.map(\.notice)
    }

    private static func honest(_ simulation: Simulation) -> Simulation {
        var simulation = simulation
        simulation.isJudged = true
        simulation.heal()
        return simulation
    }

    private static func refusing(_ code: ErrorCode) -> Simulation {
        var simulation = simulation { message, _, _ in
            guard case .held(let space, let ends) = message, let end = ends.first else { return nil }
            return [.error(WireError(code, space: space, dot: end.dot))]
        }
        simulation.writeAndWake(0)
        play(&simulation)
        return simulation
    }

    @Test(arguments: [ErrorCode.tooLarge, .rights])
    func aRefusalTakesNothingOutOfView(code: ErrorCode) {
        let simulation = Self.refusing(code)
        #expect(simulation.devices[0].replica.quarantined.isEmpty)
        #expect(Self.notices(simulation, of: 0).contains { if case .stuck = $0 { true } else { false } })
        #expect(Self.notices(simulation, of: 0).contains(.unsettled))
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.judgesRefusals]) { Self.refusing(code) }
        // It is recovered without help only if the server kept it.
        #expect(Self.notices(deceived, of: 0).contains { if case .rewrote = $0 { true } else { false } })
    }

    private static func claimingForks() -> Simulation {
        var simulation = simulation { message, _, replica in
            switch message {
            case .opened(let space, let clock, _, _):
                return [.opened(space, clock: clock, forked: replica.edits.frontier.clock.dots.map(\.replica))]
            case .tips(let space, let feed, _): return [.tips(space, feed, ends: [])]
            default: return nil
            }
        }
        simulation.crash(0, isSilent: false)
        play(&simulation)
        return simulation
    }

    @Test func aForkIsShownOrItIsNone() {
        let before = StoryTests.simulation(2).devices[0].replica.edits.frontier
        let simulation = Self.claimingForks()
        #expect(simulation.devices[0].replica.edits.frontier == before)
        #expect(Self.notices(simulation, of: 0).contains { if case .stuck(_, .fork, _) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.wantsForkProof]) { Self.claimingForks() }
        #expect(deceived.devices[0].replica.edits.frontier != before)
    }

    @Test func whateverItShowsEditsAreWrittenAgainOnceAConversation() {
        let simulation = Defence.$down.withValue([.wantsForkProof]) { Self.claimingForks() }
        #expect(simulation.devices[0].rewritings == 1)
        let deceived = Defence.$down.withValue([.wantsForkProof, .rewritesOnce]) { Self.claimingForks() }
        #expect(deceived.devices[0].rewritings > 1)
    }

    private static func inventing() -> Simulation {
        var simulation = simulation { message, _, _ in
            func more(_ clock: Frontier) -> Frontier {
                var clock = clock
                clock.advance(to: Tip(Dot(ReplicaID(bits: 0xBAD), 7), testHash([1])))
                return clock
            }
            return switch message {
            case .opened(let space, let clock, let forked, _): [.opened(space, clock: more(clock), forked: forked)]
            case .holding(let space, let clock, let millis): [.holding(space, clock: more(clock), millis: millis)]
            default: nil
            }
        }
        simulation.crash(0, isSilent: false)
        play(&simulation)
        return simulation
    }

    @Test func whatNeverComesIsToldAndNotWaitedFor() {
        let simulation = Self.inventing()
        let told = Self.notices(simulation, of: 0)
        #expect(told.contains(.withheld(ReplicaID(bits: 0xBAD), .missing, edits: 7)))
        #expect(told.contains(.unsettled) && !told.contains(.upToDate))
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.endsWaits]) { Self.inventing() }
        #expect(!Self.notices(deceived, of: 0).contains(.unsettled))
    }

    private static func removing() -> Simulation {
        var simulation = inventing()
        simulation.ask(0, .remove([1]), endsEpoch: true)
        play(&simulation)
        return simulation
    }

    @Test func aStolenDeviceIsNotKeptIn() {
        let simulation = Self.removing()
        #expect(Self.notices(simulation, of: 0).contains(.recordAccepted))
        #expect(simulation.devices[0].replica.log?.isCurrentMember(Roster.devices[1].identity.id) == false)
        let deceived = Defence.$down.withValue([.endsWaits]) { Self.removing() }
        #expect(!Self.notices(deceived, of: 0).contains(.recordAccepted))
    }

    private static func stripping() -> Simulation {
        var simulation = simulation { message, device, _ in
            guard device == 1 else { return nil }
            switch message {
            case .batch(let space, var batch):
                for index in batch.edits.indices { batch.edits[index].box = nil }
                return [.batch(space, batch)]
            case .box(let space, let dot, _): return [.box(space, dot, nil)]
            default: return nil
            }
        }
        simulation.writeAndWake(0)
        play(&simulation, for: .seconds(20))
        return simulation
    }

    @Test func whoLacksContentsSaysSo() {
        let simulation = Self.stripping()
        #expect(Self.notices(simulation, of: 1).contains { if case .missing(1...) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.countsContents]) { Self.stripping() }
        #expect(!deceived.devices[1].replica.missingBoxes.isEmpty)
        #expect(!Self.notices(deceived, of: 1).contains { if case .missing = $0 { true } else { false } })
    }

    private static func sayingRemoved() -> Simulation {
        var simulation = simulation { message, _, _ in
            guard case .log(let space, _) = message else { return nil }
            return [.error(WireError(.removed, space: space, record: [1, 2, 3]))]
        }
        simulation.crash(0, isSilent: false)
        play(&simulation)
        return simulation
    }

    @Test func whoWasRemovedSeesTheRecord() {
        let simulation = Self.sayingRemoved()
        let told = Self.notices(simulation, of: 0)
        #expect(told.contains(.unproved(.removed)) && !told.contains(.spaceStopped(.removed)))
        #expect(simulation.ground.violation == nil)
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.wantsRemovalRecord]) { Self.sayingRemoved() }
        #expect(Self.notices(deceived, of: 0).contains(.spaceStopped(.removed)))
    }

    /// A batch is withheld from one device, and another that saw it writes on.
    @Test func whatIsHeldBackIsNamedAndComesWithHonesty() {
        var simulation = Self.simulation(3) { _, _, _ in nil }
        let feed = simulation.devices[1].replica.replica
        simulation.deceives = { message, device, _ in
            if case .batch(_, let batch) = message, device == 0, batch.header.replica == feed { return [] }
            return [message]
        }
        simulation.write(1)
        simulation.wake(1)
        Self.play(&simulation, for: .seconds(5))
        simulation.writeAndWake(2)
        Self.play(&simulation)
        let told = Self.notices(simulation, of: 0)
        #expect(told.contains { if case .withheld(feed, _, 1...) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(simulation))
    }

    /// Unsigned batches, each of a feed of its own, and a row in the clock that is waited for meanwhile.
    private static func flooding() -> Simulation {
        var made = 0
        var simulation = simulation { message, device, replica in
            guard device == 0, case .opened(let space, var clock, let forked, _) = message, let log = replica.log,
                let origin = ReplicaOrigin(
                    deviceKey: Roster.devices[1].identity.signingKey,
                    nonce: withUnsafeBytes(of: UInt64(made).bigEndian, Array.init) + [UInt8](repeating: 1, count: 8))
            else { return nil }
            made += 1
            let feed = origin.replica(testHash)
            let box = [UInt8](repeating: 1, count: 100)
            let edit = EditHeader(
                entry: EntryID(high: 1, low: 1), tokens: [FieldToken(bits: 1)], isForget: false, group: 1,
                boxHash: testHash(box))
            let header = BatchHeader(
                replica: feed, first: 1, count: 1,
                previous: FeedState.start(space: space.bytes, replica: feed, testHash), seen: [], head: log.head,
                epoch: log.epoch, origin: origin)
            let junk = Batch(
                header, signature: [UInt8](repeating: 0, count: 64), edits: [Edit(edit, box: box)])
            clock.advance(to: Tip(Dot(ReplicaID(bits: 0xBAD), 7), testHash([1])))
            return [.opened(space, clock: clock, forked: forked), .batch(space, junk)]
        }
        simulation.crash(0, isSilent: false)
        play(&simulation, for: .seconds(30))
        return simulation
    }

    @Test func aFloodOfJunkEndsAndIsTold() {
        let simulation = Self.flooding()
        let told = Self.notices(simulation, of: 0)
        let floods = told.filter { if case .flooded = $0 { true } else { false } }
        #expect(floods.first == .flooded(SpaceExchange.refusedFeedsMax + 1))
        #expect(told.contains(.unsettled) && !told.contains(.upToDate))
        StoryTests.expectFine(Self.honest(simulation))
        let deceived = Defence.$down.withValue([.boundsJunk]) { Self.flooding() }
        #expect(!Self.notices(deceived, of: 0).contains(.unsettled), "whoever syncs once waits for ever")
        let asked = deceived.trace.lines.count { $0.contains("d0") && $0.contains("take") }
        #expect(asked > 2 * SpaceExchange.refusedFeedsMax, "\(asked)")
    }

    /// No progress in any state: the connection ends nevertheless.
    @Test(arguments: ["welcome", "log", "opened", "held", "pong"])
    func noStateWaitsForEver(silent: String) {
        var simulation = Self.simulation { message, _, _ in
            String(describing: message).hasPrefix(silent) ? [] : nil
        }
        simulation.crash(0, isSilent: false)
        Self.play(&simulation, for: .seconds(20))
        simulation.write(0)
        simulation.wake(0)
        Self.play(&simulation, for: .seconds(400))
        #expect(
            simulation.trace.lines.contains { $0.contains("d0 offline timeout") } || simulation.devices[0].isUpToDate)
        StoryTests.expectFine(Self.honest(simulation))
    }

    /// The mutants of a conversation: each is found by the seeds that find everything else.
    @Test(arguments: [
        Defence.judgesRefusals, .wantsForkProof, .rewritesOnce, .endsWaits, .countsContents, .wantsRemovalRecord,
    ])
    func theSimulatorFindsWhoBelieves(defence: Defence) {
        for seed in 0..<SeededBugTests.seedsMax {
            var simulation = Simulation(seed: seed)
            Defence.$down.withValue([defence]) { simulation.run() }
            guard let violation = simulation.ground.violation else { continue }
            print("\(defence): seed \(seed): \(violation.prefix(160))")
            return
        }
        Issue.record("\(defence) was not found within \(SeededBugTests.seedsMax) seeds")
    }
}
