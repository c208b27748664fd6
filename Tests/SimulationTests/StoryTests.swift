import Between
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Testing
import Wire

/// Histories from daily life, played step by step.
@Suite struct StoryTests {
    /// A world with only the faults of the story, in which all are up to date.
    static func world(_ ownDevices: Int = 3, guest: Role? = nil) -> World {
        var world = World(seed: 0, faults: Faults(), ownDevices: ownDevices, guest: guest, isTraced: true)
        world.isHealing = true
        world.settle()
        return world
    }

    static func expectFine(_ world: World, _ location: SourceLocation = #_sourceLocation) {
        var world = world
        world.settle()
        if world.ground.violation == nil { world.check() }
        guard let violation = world.ground.violation else { return }
        Issue.record(
            "\(([violation] + world.trace.lines.suffix(200)).joined(separator: "\n"))", sourceLocation: location)
    }

    @Test func aServerThatWentBackIsRefilledByTheOneDeviceThatIsLeft() {
        var world = Self.world()
        let backup = world.server
        for device in 0..<3 { world.writeAndWake(device) }
        world.settle()
        let facts = world.factsEverywhere()
        for device in 1..<3 { world.switchOff(device) }
        world.serverGoesBack(to: backup)
        Self.expectFine(world)
        world.settle()
        #expect(world.tally["noticed that the server went back"] == 1)
        #expect(world.server.facts(world.ground.truth) == facts)
    }

    @Test func anEmptyServerIsRefilledWithEverybodysEdits() {
        var world = Self.world()
        for device in 0..<3 { world.writeAndWake(device) }
        world.settle()
        let facts = world.factsEverywhere()
        for device in 1..<3 { world.switchOff(device) }
        world.emptyServer()
        world.settle()
        #expect(world.server.facts(world.ground.truth) == facts)
        for device in 1..<3 { world.switchOn(device) }
        Self.expectFine(world)
    }

    @Test(arguments: [true, false])
    func aRestoredLaptopGetsBackWhatItHadSentAndUsesNoNumberTwice(isNoticed: Bool) {
        var world = Self.world()
        let backup = world.devices[1].replica
        world.writeAndWake(1)
        world.settle()
        let facts = world.factsEverywhere()
        world.switchOff(1)
        world.devices[1].replica = backup
        if isNoticed { world.devices[1].replica.incarnate(&world.ground) }
        world.writeUnseen(1)
        world.switchOn(1)
        Self.expectFine(world)
        world.settle()
        #expect(world.tally["noticed a fork"] == (isNoticed ? 0 : 1))
        #expect(world.server.facts(world.ground.truth).isSuperset(of: facts))
    }

    @Test(arguments: [true, false])
    func bothCopiesOfAHomeGoOn(isNoticed: Bool) {
        var world = Self.world(2)
        world.addDevice(world.devices[1].replica)
        if isNoticed { world.devices[2].replica.incarnate(&world.ground) }
        for device in 0..<3 { world.writeAndWake(device) }
        Self.expectFine(world)
    }

    @Test func aServerThatWentBackARestoredLaptopAndACopiedHomeAtOnce() {
        var world = Self.world()
        let server = world.server
        let laptop = world.devices[1].replica
        for device in 0..<3 { world.writeAndWake(device) }
        world.settle()
        for device in 0..<3 { world.switchOff(device) }
        world.devices[1].replica = laptop
        world.addDevice(world.devices[2].replica)
        world.serverGoesBack(to: server)
        for device in 0..<4 { world.writeUnseen(device) }
        for device in 0..<4 { world.switchOn(device) }
        Self.expectFine(world)
    }

    @Test func aDeviceThatIsRemovedWhileItWritesIsToldAndTheOthersGoOn() {
        var world = Self.world()
        world.ask(0, .remove([2]), endsEpoch: true)
        for _ in 0..<5 { for device in 0..<3 { world.writeAndWake(device) } }
        world.settle()
        #expect(world.devices[2].lastCode == .removed)
        #expect(world.devices[0].replica.log?.members.count == 2)
        world.writeAndWake(1)
        Self.expectFine(world)
    }

    @Test func aDeviceThatWasAwayBringsAndGetsWhatHappenedSince() throws {
        var world = Self.world()
        world.switchOff(2)
        for _ in 0..<10 {
            world.writeAndWake(0)
            world.writeAndWake(1)
            world.writeUnseen(2)
            world.settle()
        }
        world.ask(0, .rotate(from: try #require(world.devices[0].replica.log).epoch), endsEpoch: true)
        world.settle()
        world.switchOn(2)
        Self.expectFine(world)
        world.settle()
        #expect(world.tally["moved by a new epoch"] == 1)
    }

    @Test func aLostAcknowledgementIsGivenAgain() {
        var world = Self.world(2)
        world.losesNext = [{ if case .held = $0 { true } else { false } }]
        world.writeAndWake(0)
        world.settle()
        #expect(world.losesNext.isEmpty)
        Self.expectFine(world)
        #expect(world.now > .seconds(60), "found by its time limit")
    }

    @Test func aLineThatWasRefusedTwiceIsTriedAgainAfterAWhile() {
        var world = Self.world(2)
        let next = world.devices[0].replica.edits.line(world.devices[0].replica.replica).end.dot.n + 1
        let isBatch = { (message: Message) in
            if case .batch(_, let batch) = message { batch.header.first == next } else { false }
        }
        world.losesNext = [isBatch, isBatch]
        world.writeAndWake(0)
        world.play(for: .seconds(1))
        world.writeAndWake(0)  // not taken, because of the lost one; then the first is lost again
        world.settle()
        #expect(world.tally["stuck"] == 1)
        #expect(world.losesNext.isEmpty)
        Self.expectFine(world)
    }

    @Test func aDeviceThatWritesWhileItRemovesAnotherSendsItAfterwards() {
        var world = Self.world(2)
        world.ask(0, .remove([1]), endsEpoch: true)
        world.writeUnseen(0)
        world.settle()
        world.writeAndWake(0)
        Self.expectFine(world)
    }

    // MARK: Boxes

    /// A device that holds live values without their boxes, as after a refill.
    static func strip(_ edits: EditLog, keeps: (Dot) -> Bool = { _ in false }) throws -> EditLog {
        var stripped = EditLog(space: Roster.space.bytes, testHash)
        for var batch in edits.batches {
            for (index, (dot, _)) in batch.dotted.enumerated() where !keeps(dot) { batch.edits[index].box = nil }
            try stripped.take(batch)
        }
        return stripped
    }

    private static func isBox(_ message: Message) -> Bool { if case .box = message { true } else { false } }

    /// Seed 5059157: the answer was lost, and the box was never requested again on that connection.
    @Test func aBoxThatWasAskedForIsAskedForAgainAfterClocksWereCompared() throws {
        var world = Self.world(2)
        world.switchOff(1)
        world.devices[1].replica.edits = try Self.strip(world.devices[1].replica.edits)
        world.devices[1].replica.read = []
        let missing = world.devices[1].replica.lackingBoxes
        #expect(missing.count == 3)
        let next = world.devices[1].replica.edits.line(world.devices[1].replica.replica).end.dot.n + 1
        let isBatch = { (message: Message) in
            if case .batch(_, let batch) = message { batch.header.first == next } else { false }
        }
        world.losesNext = missing.map { _ in Self.isBox } + [isBatch]
        world.switchOn(1)
        world.play(for: .seconds(1))
        world.writeAndWake(1)
        world.play(for: .seconds(1))
        world.writeAndWake(1)  // does not follow what the server holds: clocks are compared again
        Self.expectFine(world)
        world.settle()
        #expect(world.losesNext.isEmpty)
        #expect(world.devices[1].replica.lackingBoxes.isEmpty)
    }

    /// Seed 5059444: the device was told that the box is not there, and nothing when it arrived.
    @Test func aBoxThatComesToTheServerLaterReachesWhoAskedForIt() throws {
        var world = Self.world()
        for device in 0..<3 { world.switchOff(device) }
        let whole = world.devices[2].replica.edits
        for device in 0..<2 { world.devices[device].replica.edits = try Self.strip(whole) }
        world.server.spaces[Roster.space]?.edits = try Self.strip(whole)
        for device in 0..<2 { world.switchOn(device) }
        world.settle()
        #expect(world.devices[1].isInStep)
        #expect(world.devices[1].replica.lackingBoxes.count == 3)
        world.switchOn(2)
        Self.expectFine(world)
        world.settle()
        #expect(world.now < .seconds(30), "told, and not found by asking again")
        for device in 0..<2 { #expect(world.devices[device].replica.lackingBoxes.isEmpty) }
    }

    @Test func whoHearsNothingOfABoxThatCameAsksAgain() throws {
        var world = Self.world()
        for device in 0..<3 { world.switchOff(device) }
        let whole = world.devices[2].replica.edits
        world.devices[1].replica.edits = try Self.strip(whole)
        world.server.spaces[Roster.space]?.edits = try Self.strip(whole)
        world.switchOn(1)
        world.settle()
        world.losesNext = (1...3).map { _ in { if case .box(_, _, .some) = $0 { true } else { false } } }
        world.server.spaces[Roster.space]?.edits = whole
        world.publish(.boxes, except: nil)
        world.settle()
        #expect(world.losesNext.isEmpty)
        #expect(world.now > .seconds(30), "asked again")
        #expect(world.devices[1].replica.lackingBoxes.isEmpty)
    }

    /// Seed 5004428: a record that was sent counted as held, and the device was up to date without it for ever.
    @Test func aRecordThatWasSentAndNotHeardOfIsSentAgain() throws {
        var world = Self.world(2)
        world.losesOnlyTo = 1
        world.losesNext = [
            { if case .append = $0 { true } else { false } }, { if case .log = $0 { true } else { false } },
        ]
        world.ask(0, .add(2), endsEpoch: false)
        world.play(for: .seconds(1))
        #expect(world.losesNext.isEmpty)
        // The server refuses the edit itself, so it moves, and clocks are compared without another `log`.
        world.devices[1].replica.write(
            World.entries[0], World.fields, wall: 0, padding: World.boxLengthMax, continuesGroup: false, &world.ground)
        world.wake(1)
        Self.expectFine(world)
        world.settle()
        #expect(world.tally["transplanted"] == 1)
        #expect(world.devices[1].replica.log?.records.count == 3)
    }

    /// One device refills the server with stubs while another that has the boxes is connected.
    @Test func aServerThatIsRefilledWithoutBoxesAsksWhoeverIsThere() throws {
        var world = Self.world()
        for device in 0..<3 { world.switchOff(device) }
        let whole = world.devices[0].replica.edits
        world.devices[1].replica.edits = try Self.strip(whole)
        world.emptyServer()
        world.switchOn(1)
        world.settle()
        #expect(world.server.spaces[Roster.space]?.lackingBoxes([]).count == 3)
        world.switchOn(0)
        Self.expectFine(world)
        world.settle()
        #expect(world.devices[1].replica.lackingBoxes.isEmpty)
    }

    /// A live value whose box is missing is not replaced by an author who never read it.
    @Test func whoWritesWithoutHavingReadReplacesNothing() throws {
        var world = Self.world(2)
        world.switchOff(1)
        world.devices[1].replica.edits = try Self.strip(world.devices[1].replica.edits)
        world.devices[1].replica.read = []
        world.devices[1].replica.write(
            World.entries[0], World.fields, wall: 0, padding: 0, continuesGroup: false, &world.ground)
        world.switchOn(1)
        Self.expectFine(world)
        world.settle()
        let registers = try #require(world.server.spaces[Roster.space]?.edits.registers[World.entries[0]])
        for field in World.fields { #expect(registers[field]?.live.count == 2) }
    }

    @Test func aLogThatForkedStopsLoudlyAndLosesNothing() throws {
        var world = Self.world(2)
        world.letsLogsFork = true
        let (server, other) = (world.server, world.devices[1].replica)
        world.writeAndWake(0)
        world.settle()
        world.ask(0, .rotate(from: try #require(world.devices[0].replica.log).epoch), endsEpoch: true)
        world.settle()
        for device in 0..<2 { world.switchOff(device) }
        world.serverGoesBack(to: server)
        world.devices[1].replica = other
        world.switchOn(1)
        world.settle()
        world.ask(1, .rotate(from: try #require(other.log).epoch), endsEpoch: true)
        world.settle()
        let facts = world.devices[0].replica.facts(world.ground.truth)
        world.switchOn(0)
        world.play(for: .seconds(600))
        #expect(world.devices[0].lastCode == .logFork)
        world.writeUnseen(0)
        #expect(world.devices[0].replica.facts(world.ground.truth).isStrictSuperset(of: facts))
        #expect(world.devices[1].isInStep)
    }

    // MARK: Rights

    /// The guest's device is the last.
    private static let guest = 2

    /// Writes to an entry, and to no other.
    private static func edit(_ world: inout World, _ device: Int, _ entry: EntryID) {
        world.devices[device].replica.write(
            entry, [World.fields[0]], wall: 0, padding: 0, continuesGroup: false, &world.ground)
        world.schedule(.wake(device), after: .zero)
        world.settle()
    }

    /// Seed 5062848: the first edit of an entry to arrive decided its author, which differed between devices.
    @Test func whoBeganAnEntryForgetsItWhoseverEditOfItCameFirst() {
        var world = Self.world(2, guest: .member)
        let mine = World.name(9, of: Roster.guest)
        Self.edit(&world, 0, mine.id)
        Self.edit(&world, Self.guest, mine.id)
        world.ground.truth.everForgotten.insert(mine.id)
        let isWritten = world.devices[Self.guest].replica.forget(mine.id, showing: mine.proof, world.ground)
        #expect(isWritten)
        world.schedule(.wake(Self.guest), after: .zero)
        world.settle()
        for device in 0...Self.guest { #expect(world.devices[device].replica.edits.forgotten == [mine.id]) }
        #expect(world.server.spaces[Roster.space]?.edits.forgotten == [mine.id])
        #expect(world.tally["server refused rights"] == 0 && world.tally["device refused rights"] == 0)
    }

    /// An edit of it in the same batch made a member its author, on devices; a proof shown by another person would
    /// too.
    @Test(arguments: [true, false])
    func aForgetWithoutRightIsRefusedByAllAlikeAndStopsNobody(isShown: Bool) {
        var world = Self.world(2, guest: .member)
        let theirs = World.names[0]
        world.devices[Self.guest].replica.write(
            World.entries[1], [World.fields[0]], wall: 0, padding: 0, continuesGroup: false, &world.ground)
        world.devices[Self.guest].replica.write(
            theirs.id, [World.fields[0]], wall: 0, padding: 0, continuesGroup: false, &world.ground)
        let before = world.factsEverywhere()
        let isWritten = world.devices[Self.guest].replica.forget(
            theirs.id, showing: isShown ? theirs.proof : nil, isChecked: false, world.ground)
        #expect(isWritten)
        world.excuse(before)  // it had scrubbed boxes on its own disk that were nowhere else
        world.schedule(.wake(Self.guest), after: .zero)
        world.settle()
        #expect(world.tally["server refused rights"] == 1)
        #expect(world.tally["transplanted"] == 1)
        #expect(world.tally["withheld"] == 0 && world.tally["stuck"] == 0)
        for device in 0...Self.guest { #expect(world.devices[device].replica.edits.forgotten.isEmpty) }
        Self.edit(&world, Self.guest, theirs.id)
        Self.expectFine(world)
    }

    /// Such a forget once took effect before the server refused it, and destroyed text.
    @Test func aForgetWithoutRightIsNotWrittenAndDestroysNothing() {
        var world = Self.world(2, guest: .member)
        let theirs = World.names[0]
        world.writeUnseen(Self.guest)
        let before = world.factsEverywhere()
        for proof in [theirs.proof, World.names[2].proof, nil] {
            let isWritten = world.devices[Self.guest].replica.forget(theirs.id, showing: proof, world.ground)
            #expect(!isWritten)
        }
        world.settle()
        #expect(world.devices[Self.guest].replica.edits.forgotten.isEmpty)
        #expect(world.factsEverywhere() == before)
        #expect(world.tally["server refused rights"] == 0)
        Self.expectFine(world)
    }
}
