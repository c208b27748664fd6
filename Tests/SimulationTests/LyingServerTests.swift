import Between
import Causality
import Membership
import TestSupport
import Testing
import Wire

/// A lying server against real conversations. Each lie is told with its defence on and off.
@Suite struct LyingServerTests {
    /// Two devices, up to date with a server that lies from now on, except where `lies` leaves messages unchanged.
    private static func world(
        _ ownDevices: Int = 2, _ lies: @escaping (Message, Int, ModelReplica) -> [Message]?
    ) -> World {
        var world = StoryTests.world(ownDevices)
        world.deceives = { lies($0, $1, $2) ?? [$0] }
        world.told = []
        world.isJudged = false
        return world
    }

    /// Plays for a while, ignoring the world's own checks.
    private static func play(_ world: inout World, for time: Duration = .seconds(200)) {
        world.play(for: time)
    }

    private static func notices(_ world: World, of device: Int) -> [SyncNotice] {
        world.told.filter { $0.device == device }.map(\.notice)
    }

    private static func honest(_ world: World) -> World {
        var world = world
        world.isJudged = true
        world.heal()
        return world
    }

    private static func refusing(_ code: ErrorCode) -> World {
        var world = world { message, _, _ in
            guard case .held(let space, let ends) = message, let end = ends.first else { return nil }
            return [.error(WireError(code, space: space, dot: end.dot))]
        }
        world.writeAndWake(0)
        play(&world)
        return world
    }

    @Test(arguments: [ErrorCode.tooLarge, .rights])
    func aRefusalTakesNothingOutOfView(code: ErrorCode) {
        let world = Self.refusing(code)
        #expect(world.devices[0].replica.setAside.isEmpty)
        #expect(Self.notices(world, of: 0).contains { if case .stuck = $0 { true } else { false } })
        #expect(Self.notices(world, of: 0).contains(.unsettled))
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.judgesRefusals]) { Self.refusing(code) }
        // It is recovered without help only if the server kept it.
        #expect(Self.notices(deceived, of: 0).contains { if case .rewrote = $0 { true } else { false } })
    }

    private static func claimingForks() -> World {
        var world = world { message, _, replica in
            switch message {
            case .opened(let space, let clock, _, _):
                return [.opened(space, clock: clock, forked: replica.edits.frontier.clock.dots.map(\.replica))]
            case .lineEnds(let space, let line, _): return [.lineEnds(space, line, ends: [])]
            default: return nil
            }
        }
        world.crash(0, isSilent: false)
        play(&world)
        return world
    }

    @Test func aForkIsShownOrItIsNone() {
        let before = StoryTests.world(2).devices[0].replica.edits.frontier
        let world = Self.claimingForks()
        #expect(world.devices[0].replica.edits.frontier == before)
        #expect(Self.notices(world, of: 0).contains { if case .stuck(_, .fork, _) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.wantsForkProof]) { Self.claimingForks() }
        #expect(deceived.devices[0].replica.edits.frontier != before)
    }

    @Test func whateverItShowsEditsAreWrittenAgainOnceAConversation() {
        let world = Defence.$down.withValue([.wantsForkProof]) { Self.claimingForks() }
        #expect(world.devices[0].rewritings == 1)
        let deceived = Defence.$down.withValue([.wantsForkProof, .rewritesOnce]) { Self.claimingForks() }
        #expect(deceived.devices[0].rewritings > 1)
    }

    private static func inventing() -> World {
        var world = world { message, _, _ in
            func more(_ clock: Frontier) -> Frontier {
                var clock = clock
                clock.advance(to: LineEnd(Dot(ReplicaID(bits: 0xBAD), 7), testHash([1])))
                return clock
            }
            return switch message {
            case .opened(let space, let clock, let forked, _): [.opened(space, clock: more(clock), forked: forked)]
            case .holding(let space, let clock, let millis): [.holding(space, clock: more(clock), millis: millis)]
            default: nil
            }
        }
        world.crash(0, isSilent: false)
        play(&world)
        return world
    }

    @Test func whatNeverComesIsToldAndNotWaitedFor() {
        let world = Self.inventing()
        let told = Self.notices(world, of: 0)
        #expect(told.contains(.withheld(ReplicaID(bits: 0xBAD), .missing, edits: 7)))
        #expect(told.contains(.unsettled) && !told.contains(.inStep))
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.endsWaits]) { Self.inventing() }
        #expect(!Self.notices(deceived, of: 0).contains(.unsettled))
    }

    private static func removing() -> World {
        var world = inventing()
        world.ask(0, .remove([1]), endsEpoch: true)
        play(&world)
        return world
    }

    @Test func aStolenDeviceIsNotKeptIn() {
        let world = Self.removing()
        #expect(Self.notices(world, of: 0).contains(.recordStands))
        #expect(world.devices[0].replica.log?.isCurrentMember(Roster.devices[1].identity.id) == false)
        let deceived = Defence.$down.withValue([.endsWaits]) { Self.removing() }
        #expect(!Self.notices(deceived, of: 0).contains(.recordStands))
    }

    private static func stripping() -> World {
        var world = world { message, device, _ in
            guard device == 1 else { return nil }
            switch message {
            case .batch(let space, var batch):
                for index in batch.edits.indices { batch.edits[index].box = nil }
                return [.batch(space, batch)]
            case .box(let space, let dot, _): return [.box(space, dot, nil)]
            default: return nil
            }
        }
        world.writeAndWake(0)
        play(&world, for: .seconds(20))
        return world
    }

    @Test func whoLacksContentsSaysSo() {
        let world = Self.stripping()
        #expect(Self.notices(world, of: 1).contains { if case .missing(1...) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.countsContents]) { Self.stripping() }
        #expect(!deceived.devices[1].replica.lackingBoxes.isEmpty)
        #expect(!Self.notices(deceived, of: 1).contains { if case .missing = $0 { true } else { false } })
    }

    private static func sayingRemoved() -> World {
        var world = world { message, _, _ in
            guard case .log(let space, _) = message else { return nil }
            return [.error(WireError(.removed, space: space, record: [1, 2, 3]))]
        }
        world.crash(0, isSilent: false)
        play(&world)
        return world
    }

    @Test func whoWasRemovedSeesTheRecord() {
        let world = Self.sayingRemoved()
        let told = Self.notices(world, of: 0)
        #expect(told.contains(.unproved(.removed)) && !told.contains(.spaceStopped(.removed)))
        #expect(world.ground.violation == nil)
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.wantsRemovalRecord]) { Self.sayingRemoved() }
        #expect(Self.notices(deceived, of: 0).contains(.spaceStopped(.removed)))
    }

    /// A batch is withheld from one device, and another that saw it writes on.
    @Test func whatIsHeldBackIsNamedAndComesWithHonesty() {
        var world = Self.world(3) { _, _, _ in nil }
        let line = world.devices[1].replica.replica
        world.deceives = { message, device, _ in
            if case .batch(_, let batch) = message, device == 0, batch.header.replica == line { return [] }
            return [message]
        }
        world.write(1)
        world.wake(1)
        Self.play(&world, for: .seconds(5))
        world.writeAndWake(2)
        Self.play(&world)
        let told = Self.notices(world, of: 0)
        #expect(told.contains { if case .withheld(line, _, 1...) = $0 { true } else { false } })
        StoryTests.expectFine(Self.honest(world))
    }

    /// Unsigned batches, each of a feed of its own, and a row in the clock that is waited for meanwhile.
    private static func flooding() -> World {
        var made = 0
        var world = world { message, device, replica in
            guard device == 0, case .opened(let space, var clock, let forked, _) = message, let log = replica.log,
                let origin = ReplicaOrigin(
                    deviceKey: Roster.devices[1].identity.signingKey,
                    nonce: withUnsafeBytes(of: UInt64(made).bigEndian, Array.init) + [UInt8](repeating: 1, count: 8))
            else { return nil }
            made += 1
            let line = origin.replica(testHash)
            let box = [UInt8](repeating: 1, count: 100)
            let edit = EditHeader(
                entry: EntryID(high: 1, low: 1), tokens: [FieldToken(bits: 1)], isForget: false, group: 1,
                boxHash: testHash(box))
            let header = BatchHeader(
                replica: line, first: 1, count: 1,
                previous: LineState.start(space: space.bytes, replica: line, testHash), seen: [], head: log.head,
                epoch: log.epoch, origin: origin)
            let junk = Batch(
                header, signature: [UInt8](repeating: 0, count: 64), edits: [Edit(edit, box: box)])
            clock.advance(to: LineEnd(Dot(ReplicaID(bits: 0xBAD), 7), testHash([1])))
            return [.opened(space, clock: clock, forked: forked), .batch(space, junk)]
        }
        world.crash(0, isSilent: false)
        play(&world, for: .seconds(30))
        return world
    }

    @Test func aFloodOfJunkEndsAndIsTold() {
        let world = Self.flooding()
        let told = Self.notices(world, of: 0)
        let floods = told.filter { if case .flooded = $0 { true } else { false } }
        #expect(floods.first == .flooded(SpaceExchange.refusedLinesMax + 1))
        #expect(told.contains(.unsettled) && !told.contains(.inStep))
        StoryTests.expectFine(Self.honest(world))
        let deceived = Defence.$down.withValue([.boundsJunk]) { Self.flooding() }
        #expect(!Self.notices(deceived, of: 0).contains(.unsettled), "whoever syncs once waits for ever")
        let asked = deceived.trace.lines.count { $0.contains("d0") && $0.contains("take") }
        #expect(asked > 2 * SpaceExchange.refusedLinesMax, "\(asked)")
    }

    /// No progress in any state: the connection ends nevertheless.
    @Test(arguments: ["welcome", "log", "opened", "held", "pong"])
    func noStateWaitsForEver(silent: String) {
        var world = Self.world { message, _, _ in
            String(describing: message).hasPrefix(silent) ? [] : nil
        }
        world.crash(0, isSilent: false)
        Self.play(&world, for: .seconds(20))
        world.write(0)
        world.wake(0)
        Self.play(&world, for: .seconds(400))
        #expect(world.trace.lines.contains { $0.contains("d0 offline timeout") } || world.devices[0].isInStep)
        StoryTests.expectFine(Self.honest(world))
    }

    /// The mutants of a conversation: each is found by the seeds that find everything else.
    @Test(arguments: [
        Defence.judgesRefusals, .wantsForkProof, .rewritesOnce, .endsWaits, .countsContents, .wantsRemovalRecord,
    ])
    func theSimulatorFindsWhoBelieves(defence: Defence) {
        for seed in 0..<SeededBugTests.seedsMax {
            var world = World(seed: seed)
            Defence.$down.withValue([defence]) { world.run() }
            guard let violation = world.ground.violation else { continue }
            print("\(defence): seed \(seed): \(violation.prefix(160))")
            return
        }
        Issue.record("\(defence) was not found within \(SeededBugTests.seedsMax) seeds")
    }
}
