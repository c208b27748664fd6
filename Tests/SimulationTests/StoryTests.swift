import SyncClient
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Testing
import Wire

/// Histories from daily life, played step by step.
@Suite struct StoryTests {
    /// A simulation with only the faults of the story, in which all are up to date.
    static func simulation(_ ownDevices: Int = 3, guest: Role? = nil) -> Simulation {
        var simulation = Simulation(seed: 0, faults: Faults(), ownDevices: ownDevices, guest: guest, isTraced: true)
        simulation.isHealing = true
        simulation.settle()
        return simulation
    }

    static func expectFine(_ simulation: Simulation, _ location: SourceLocation = #_sourceLocation) {
        var simulation = simulation
        simulation.settle()
        if simulation.ground.violation == nil { simulation.check() }
        guard let violation = simulation.ground.violation else { return }
        Issue.record(
            "\(([violation] + simulation.trace.lines.suffix(200)).joined(separator: "\n"))", sourceLocation: location)
    }

    @Test func aRestoredServerIsRefilledByTheOneDeviceThatIsLeft() {
        var simulation = Self.simulation()
        let backup = simulation.server
        for device in 0..<3 { simulation.writeAndWake(device) }
        simulation.settle()
        let facts = simulation.factsEverywhere()
        for device in 1..<3 { simulation.switchOff(device) }
        simulation.serverGoesBack(to: backup)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.tally["noticed that the server was restored from an older backup"] == 1)
        #expect(simulation.server.facts(simulation.ground.truth) == facts)
    }

    @Test func anEmptyServerIsRefilledWithEverybodysEdits() {
        var simulation = Self.simulation()
        for device in 0..<3 { simulation.writeAndWake(device) }
        simulation.settle()
        let facts = simulation.factsEverywhere()
        for device in 1..<3 { simulation.switchOff(device) }
        simulation.emptyServer()
        simulation.settle()
        #expect(simulation.server.facts(simulation.ground.truth) == facts)
        for device in 1..<3 { simulation.switchOn(device) }
        Self.expectFine(simulation)
    }

    @Test(arguments: [true, false])
    func aRestoredLaptopGetsBackWhatItHadSentAndUsesNoNumberTwice(isNoticed: Bool) {
        var simulation = Self.simulation()
        let backup = simulation.devices[1].replica
        simulation.writeAndWake(1)
        simulation.settle()
        let facts = simulation.factsEverywhere()
        simulation.switchOff(1)
        simulation.devices[1].replica = backup
        if isNoticed { simulation.devices[1].replica.incarnate(&simulation.ground) }
        simulation.writeUnseen(1)
        simulation.switchOn(1)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.tally["noticed a fork"] == (isNoticed ? 0 : 1))
        #expect(simulation.server.facts(simulation.ground.truth).isSuperset(of: facts))
    }

    @Test(arguments: [true, false])
    func bothCopiesOfAHomeGoOn(isNoticed: Bool) {
        var simulation = Self.simulation(2)
        simulation.addDevice(simulation.devices[1].replica)
        if isNoticed { simulation.devices[2].replica.incarnate(&simulation.ground) }
        for device in 0..<3 { simulation.writeAndWake(device) }
        Self.expectFine(simulation)
    }

    @Test func aRestoredServerARestoredLaptopAndACopiedHomeAtOnce() {
        var simulation = Self.simulation()
        let server = simulation.server
        let laptop = simulation.devices[1].replica
        for device in 0..<3 { simulation.writeAndWake(device) }
        simulation.settle()
        for device in 0..<3 { simulation.switchOff(device) }
        simulation.devices[1].replica = laptop
        simulation.addDevice(simulation.devices[2].replica)
        simulation.serverGoesBack(to: server)
        for device in 0..<4 { simulation.writeUnseen(device) }
        for device in 0..<4 { simulation.switchOn(device) }
        Self.expectFine(simulation)
    }

    @Test func aDeviceThatIsRemovedWhileItWritesIsToldAndTheOthersGoOn() {
        var simulation = Self.simulation()
        simulation.ask(0, .remove([2]), endsEpoch: true)
        for _ in 0..<5 { for device in 0..<3 { simulation.writeAndWake(device) } }
        simulation.settle()
        #expect(simulation.devices[2].lastCode == .removed)
        #expect(simulation.devices[0].replica.log?.members.count == 2)
        simulation.writeAndWake(1)
        Self.expectFine(simulation)
    }

    @Test func aDeviceThatWasAwayBringsAndGetsWhatHappenedSince() throws {
        var simulation = Self.simulation()
        simulation.switchOff(2)
        for _ in 0..<10 {
            simulation.writeAndWake(0)
            simulation.writeAndWake(1)
            simulation.writeUnseen(2)
            simulation.settle()
        }
        simulation.ask(0, .rotate(from: try #require(simulation.devices[0].replica.log).epoch), endsEpoch: true)
        simulation.settle()
        simulation.switchOn(2)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.tally["moved by a new epoch"] == 1)
    }

    @Test func aLostAcknowledgementIsGivenAgain() {
        var simulation = Self.simulation(2)
        simulation.losesNext = [{ if case .held = $0 { true } else { false } }]
        simulation.writeAndWake(0)
        simulation.settle()
        #expect(simulation.losesNext.isEmpty)
        Self.expectFine(simulation)
        #expect(simulation.now > .seconds(60), "found by its time limit")
    }

    @Test func aFeedThatWasRefusedTwiceIsTriedAgainAfterAWhile() {
        var simulation = Self.simulation(2)
        let next = simulation.devices[0].replica.edits.feed(simulation.devices[0].replica.replica).end.dot.n + 1
        let isBatch = { (message: Message) in
            if case .batch(_, let batch) = message { batch.header.first == next } else { false }
        }
        simulation.losesNext = [isBatch, isBatch]
        simulation.writeAndWake(0)
        simulation.play(for: .seconds(1))
        simulation.writeAndWake(0)  // not taken, because of the lost one; then the first is lost again
        simulation.settle()
        #expect(simulation.tally["stuck"] == 1)
        #expect(simulation.losesNext.isEmpty)
        Self.expectFine(simulation)
    }

    @Test func aDeviceThatWritesWhileItRemovesAnotherSendsItAfterwards() {
        var simulation = Self.simulation(2)
        simulation.ask(0, .remove([1]), endsEpoch: true)
        simulation.writeUnseen(0)
        simulation.settle()
        simulation.writeAndWake(0)
        Self.expectFine(simulation)
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
        var simulation = Self.simulation(2)
        simulation.switchOff(1)
        simulation.devices[1].replica.edits = try Self.strip(simulation.devices[1].replica.edits)
        simulation.devices[1].replica.read = []
        let missing = simulation.devices[1].replica.missingBoxes
        #expect(missing.count == 3)
        let next = simulation.devices[1].replica.edits.feed(simulation.devices[1].replica.replica).end.dot.n + 1
        let isBatch = { (message: Message) in
            if case .batch(_, let batch) = message { batch.header.first == next } else { false }
        }
        simulation.losesNext = missing.map { _ in Self.isBox } + [isBatch]
        simulation.switchOn(1)
        simulation.play(for: .seconds(1))
        simulation.writeAndWake(1)
        simulation.play(for: .seconds(1))
        simulation.writeAndWake(1)  // does not follow what the server holds: clocks are compared again
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.losesNext.isEmpty)
        #expect(simulation.devices[1].replica.missingBoxes.isEmpty)
    }

    /// Seed 5059444: the device was told that the box is not there, and nothing when it arrived.
    @Test func aBoxThatComesToTheServerLaterReachesWhoAskedForIt() throws {
        var simulation = Self.simulation()
        for device in 0..<3 { simulation.switchOff(device) }
        let whole = simulation.devices[2].replica.edits
        for device in 0..<2 { simulation.devices[device].replica.edits = try Self.strip(whole) }
        simulation.server.spaces[Roster.space]?.edits = try Self.strip(whole)
        for device in 0..<2 { simulation.switchOn(device) }
        simulation.settle()
        #expect(simulation.devices[1].isUpToDate)
        #expect(simulation.devices[1].replica.missingBoxes.count == 3)
        simulation.switchOn(2)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.now < .seconds(30), "told, and not found by asking again")
        for device in 0..<2 { #expect(simulation.devices[device].replica.missingBoxes.isEmpty) }
    }

    @Test func whoHearsNothingOfABoxThatCameAsksAgain() throws {
        var simulation = Self.simulation()
        for device in 0..<3 { simulation.switchOff(device) }
        let whole = simulation.devices[2].replica.edits
        simulation.devices[1].replica.edits = try Self.strip(whole)
        simulation.server.spaces[Roster.space]?.edits = try Self.strip(whole)
        simulation.switchOn(1)
        simulation.settle()
        simulation.losesNext = (1...3).map { _ in { if case .box(_, _, .some) = $0 { true } else { false } } }
        simulation.server.spaces[Roster.space]?.edits = whole
        simulation.publish(.boxes, except: nil)
        simulation.settle()
        #expect(simulation.losesNext.isEmpty)
        #expect(simulation.now > .seconds(30), "asked again")
        #expect(simulation.devices[1].replica.missingBoxes.isEmpty)
    }

    /// Seed 5004428: a record that was sent counted as held, and the device was up to date without it for ever.
    @Test func aRecordThatWasSentAndNotHeardOfIsSentAgain() throws {
        var simulation = Self.simulation(2)
        simulation.losesOnlyTo = 1
        simulation.losesNext = [
            { if case .append = $0 { true } else { false } }, { if case .log = $0 { true } else { false } },
        ]
        simulation.ask(0, .add(2), endsEpoch: false)
        simulation.play(for: .seconds(1))
        #expect(simulation.losesNext.isEmpty)
        // The server refuses the edit itself, so it moves, and clocks are compared without another `log`.
        simulation.devices[1].replica.write(
            Simulation.entries[0], Simulation.fields, wall: 0, padding: Simulation.boxLengthMax, continuesGroup: false,
            &simulation.ground)
        simulation.wake(1)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.tally["rebased"] == 1)
        #expect(simulation.devices[1].replica.log?.records.count == 3)
    }

    /// One device refills the server with stubs while another that has the boxes is connected.
    @Test func aServerThatIsRefilledWithoutBoxesAsksWhoeverIsThere() throws {
        var simulation = Self.simulation()
        for device in 0..<3 { simulation.switchOff(device) }
        let whole = simulation.devices[0].replica.edits
        simulation.devices[1].replica.edits = try Self.strip(whole)
        simulation.emptyServer()
        simulation.switchOn(1)
        simulation.settle()
        #expect(simulation.server.spaces[Roster.space]?.missingBoxes([]).count == 3)
        simulation.switchOn(0)
        Self.expectFine(simulation)
        simulation.settle()
        #expect(simulation.devices[1].replica.missingBoxes.isEmpty)
    }

    /// A live value whose box is missing is not replaced by an author who never read it.
    @Test func whoWritesWithoutHavingReadReplacesNothing() throws {
        var simulation = Self.simulation(2)
        simulation.switchOff(1)
        simulation.devices[1].replica.edits = try Self.strip(simulation.devices[1].replica.edits)
        simulation.devices[1].replica.read = []
        simulation.devices[1].replica.write(
            Simulation.entries[0], Simulation.fields, wall: 0, padding: 0, continuesGroup: false, &simulation.ground)
        simulation.switchOn(1)
        Self.expectFine(simulation)
        simulation.settle()
        let registers = try #require(simulation.server.spaces[Roster.space]?.edits.registers[Simulation.entries[0]])
        for field in Simulation.fields { #expect(registers[field]?.live.count == 2) }
    }

    @Test func aLogThatForkedStopsLoudlyAndLosesNothing() throws {
        var simulation = Self.simulation(2)
        simulation.letsLogsFork = true
        let (server, other) = (simulation.server, simulation.devices[1].replica)
        simulation.writeAndWake(0)
        simulation.settle()
        simulation.ask(0, .rotate(from: try #require(simulation.devices[0].replica.log).epoch), endsEpoch: true)
        simulation.settle()
        for device in 0..<2 { simulation.switchOff(device) }
        simulation.serverGoesBack(to: server)
        simulation.devices[1].replica = other
        simulation.switchOn(1)
        simulation.settle()
        simulation.ask(1, .rotate(from: try #require(other.log).epoch), endsEpoch: true)
        simulation.settle()
        let facts = simulation.devices[0].replica.facts(simulation.ground.truth)
        simulation.switchOn(0)
        simulation.play(for: .seconds(600))
        #expect(simulation.devices[0].lastCode == .logFork)
        simulation.writeUnseen(0)
        #expect(simulation.devices[0].replica.facts(simulation.ground.truth).isStrictSuperset(of: facts))
        #expect(simulation.devices[1].isUpToDate)
    }

    // MARK: Rights

    /// The guest's device is the last.
    private static let guest = 2

    /// Writes to an entry, and to no other.
    private static func edit(_ simulation: inout Simulation, _ device: Int, _ entry: EntryID) {
        simulation.devices[device].replica.write(
            entry, [Simulation.fields[0]], wall: 0, padding: 0, continuesGroup: false, &simulation.ground)
        simulation.schedule(.wake(device), after: .zero)
        simulation.settle()
    }

    /// Seed 5062848: the first edit of an entry to arrive decided its author, which differed between devices.
    @Test func whoBeganAnEntryForgetsItWhoseverEditOfItCameFirst() {
        var simulation = Self.simulation(2, guest: .member)
        let mine = Simulation.name(9, of: Roster.guest)
        Self.edit(&simulation, 0, mine.id)
        Self.edit(&simulation, Self.guest, mine.id)
        simulation.ground.truth.everForgotten.insert(mine.id)
        let isWritten = simulation.devices[Self.guest].replica.forget(mine.id, showing: mine.proof, simulation.ground)
        #expect(isWritten)
        simulation.schedule(.wake(Self.guest), after: .zero)
        simulation.settle()
        for device in 0...Self.guest { #expect(simulation.devices[device].replica.edits.forgotten == [mine.id]) }
        #expect(simulation.server.spaces[Roster.space]?.edits.forgotten == [mine.id])
        #expect(simulation.tally["server refused rights"] == 0 && simulation.tally["device refused rights"] == 0)
    }

    /// An edit of it in the same batch made a member its author, on devices; a proof shown by another person would
    /// too.
    @Test(arguments: [true, false])
    func aForgetWithoutRightIsRefusedByAllAlikeAndStopsNobody(isShown: Bool) {
        var simulation = Self.simulation(2, guest: .member)
        let theirs = Simulation.names[0]
        simulation.devices[Self.guest].replica.write(
            Simulation.entries[1], [Simulation.fields[0]], wall: 0, padding: 0, continuesGroup: false,
            &simulation.ground)
        simulation.devices[Self.guest].replica.write(
            theirs.id, [Simulation.fields[0]], wall: 0, padding: 0, continuesGroup: false, &simulation.ground)
        let before = simulation.factsEverywhere()
        let isWritten = simulation.devices[Self.guest].replica.forget(
            theirs.id, showing: isShown ? theirs.proof : nil, isChecked: false, simulation.ground)
        #expect(isWritten)
        simulation.excuse(before)  // it had scrubbed boxes on its own disk that were nowhere else
        simulation.schedule(.wake(Self.guest), after: .zero)
        simulation.settle()
        #expect(simulation.tally["server refused rights"] == 1)
        #expect(simulation.tally["rebased"] == 1)
        #expect(simulation.tally["withheld"] == 0 && simulation.tally["stuck"] == 0)
        for device in 0...Self.guest { #expect(simulation.devices[device].replica.edits.forgotten.isEmpty) }
        Self.edit(&simulation, Self.guest, theirs.id)
        Self.expectFine(simulation)
    }

    /// Such a forget once took effect before the server refused it, and destroyed text.
    @Test func aForgetWithoutRightIsNotWrittenAndDestroysNothing() {
        var simulation = Self.simulation(2, guest: .member)
        let theirs = Simulation.names[0]
        simulation.writeUnseen(Self.guest)
        let before = simulation.factsEverywhere()
        for proof in [theirs.proof, Simulation.names[2].proof, nil] {
            let isWritten = simulation.devices[Self.guest].replica.forget(theirs.id, showing: proof, simulation.ground)
            #expect(!isWritten)
        }
        simulation.settle()
        #expect(simulation.devices[Self.guest].replica.edits.forgotten.isEmpty)
        #expect(simulation.factsEverywhere() == before)
        #expect(simulation.tally["server refused rights"] == 0)
        Self.expectFine(simulation)
    }
}
