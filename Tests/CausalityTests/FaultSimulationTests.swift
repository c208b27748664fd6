import Causality
import Foundation
import TestSupport
import Testing

/// The fuzzer of the reference model, played with the product's types. At the end all are equal, nothing is lost, and
/// nothing is brought back.
@Suite struct FaultSimulationTests {
    /// `BETWEEN_SEEDS=50000` runs more of them; `BETWEEN_SEED=7` runs one.
    static let seeds: Range<Int> = {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["BETWEEN_SEED"].flatMap({ Int($0) }) { return one..<one + 1 }
        return 0..<(environment["BETWEEN_SEEDS"].flatMap { Int($0) } ?? 2_000)
    }()

    @Test func allEndEqualAndNothingIsLostOrBroughtBack() {
        var notes: [String: Int] = [:]
        for seed in Self.seeds {
            do {
                for note in try Self.run(seed: seed) { notes[note, default: 0] += 1 }
            } catch {
                Issue.record("SEED=\(seed): \(error)")
            }
        }
        // A fault that never happened proves nothing.
        guard Self.seeds.count >= 1_000 else { return }
        for fault in ["fork", "late", "content", "new epoch", "server restored", "device restored", "device copied"] {
            #expect(notes[fault, default: 0] > 10, "\(fault) in \(notes)")
        }
    }

    static func run(seed: Int) throws -> Set<String> {
        var story = FaultStory(seed: seed)
        try story.play()
        try story.heal()
        try story.check()
        return story.simulation.notes
    }
}

/// One history, and the invariants after it.
private struct FaultStory {
    var simulation: FaultSimulation
    let faults: Set<String>
    var savedServers: [Int: FaultSimulation.Server] = [:]
    var savedDevices: [Int: FaultSimulation.Device] = [:]
    var value = 0
    var cut = 0.0

    init(seed: Int) {
        var generator = SeededGenerator(seed: seed ^ 0x5EED)
        let all = ["cut", "server", "restore", "copy", "unnoticed", "two", "refuse", "epoch", "blind", "forget"]
        var faults = Set(all.filter { _ in generator.chance(0.5) })
        if seed % 10 == 0 { faults = [] }
        // A space has one server at a time: feeds that forked on two are not settled.
        if faults.contains("two") { faults.remove("unnoticed") }
        self.faults = faults
        simulation = FaultSimulation(
            seed: seed, servers: faults.contains("two") ? 2 : 1, devices: Int.random(in: 2...3, using: &generator))
        if faults.contains("cut") { cut = generator.pick([0.02, 0.2]) }
        if faults.contains("blind") { simulation.misfortune = 0.1 }
    }

    mutating func play() throws {
        for _ in 0..<Int.random(in: 5...60, using: &simulation.generator) {
            let device = simulation.generator.pick(simulation.devices.indices)
            let server = simulation.generator.pick(simulation.servers.indices)
            switch Double.random(in: 0..<1, using: &simulation.generator) {
            case ..<0.45:
                try simulation.write(
                    device, refusable: faults.contains("refuse"), forgetting: faults.contains("forget"), value: &value)
            case ..<0.78: try simulation.exchange(device, server, cut: cut)
            case ..<0.82: savedServers[server] = simulation.servers[server]
            case ..<0.85: serverGoesBack(server)
            case ..<0.89: savedDevices[simulation.devices[device].name] = simulation.devices[device]
            case ..<0.92: deviceIsRestored(device)
            case ..<0.95: deviceIsCopied(device)
            case ..<0.97: try endEpoch(device, server)
            default: simulation.devices[device].log.setUnopened([])
            }
        }
    }

    private mutating func serverGoesBack(_ server: Int) {
        guard faults.contains("server"), let saved = savedServers[server] else { return }
        simulation.servers[server] = simulation.generator.chance(0.8) ? saved : FaultSimulation.Server()
        simulation.notes.insert("server restored")
    }

    private mutating func deviceIsRestored(_ device: Int) {
        guard faults.contains("restore"), let saved = savedDevices[simulation.devices[device].name] else { return }
        simulation.devices[device] = saved
        simulation.notes.insert("device restored")
        if !isUnnoticed() { simulation.incarnate(device) }
    }

    private mutating func deviceIsCopied(_ device: Int) {
        guard faults.contains("copy"), simulation.devices.count < 5 else { return }
        simulation.devices.append(simulation.devices[device])
        simulation.notes.insert("device copied")
        if !isUnnoticed() { simulation.incarnate(simulation.devices.count - 1) }
    }

    private mutating func isUnnoticed() -> Bool { faults.contains("unnoticed") && simulation.generator.chance(0.5) }

    /// A device is removed: a new epoch and a cut, by a device that has read everything.
    private mutating func endEpoch(_ device: Int, _ server: Int) throws {
        guard faults.contains("epoch") else { return }
        try simulation.exchange(device, server, cut: 0)
        let newest =
            (simulation.devices.map(\.epoch) + simulation.servers.map(\.epoch) + savedDevices.values.map(\.epoch)).max()
        let epoch = simulation.devices[device].epoch
        guard simulation.servers.count == 1, epoch == newest, epoch == simulation.servers[server].epoch,
            simulation.devices[device].log.frontier == simulation.servers[server].log.frontier
        else { return }
        simulation.devices[device].cuts[epoch] = simulation.devices[device].log.frontier
        simulation.devices[device].epoch += 1
        simulation.servers[server].epoch = simulation.devices[device].epoch
        simulation.servers[server].cuts = simulation.devices[device].cuts
        simulation.notes.insert("new epoch")
    }

    mutating func heal() throws {
        simulation.misfortune = 0
        for device in simulation.devices.indices { simulation.devices[device].log.setUnopened([]) }
        for _ in 0..<2 + 2 * simulation.servers.count {
            for device in simulation.devices.indices {
                for server in simulation.servers.indices { try simulation.exchange(device, server, cut: 0) }
            }
        }
    }

    func check() throws {
        let logs = simulation.servers.map(\.log) + simulation.devices.map(\.log)
        for log in logs {
            guard log.frontier == logs[0].frontier else { throw FaultSimulation.Fault(why: "frontiers differ") }
            guard log.registers == logs[0].registers, log.forgotten == logs[0].forgotten else {
                throw FaultSimulation.Fault(why: "states differ")
            }
            for dot in log.liveDots
            where log.edit(dot)?.box == nil && logs.contains(where: { $0.edit(dot)?.box != nil }) {
                throw FaultSimulation.Fault(why: "a live value without its box: \(dot)")
            }
        }
        try checkFacts(logs)
    }

    private func checkFacts(_ logs: [EditLog]) throws {
        let held = Set(logs.flatMap { $0.batches.flatMap(\.edits).flatMap(simulation.facts) })
        let quarantined = Set(simulation.devices.flatMap { $0.quarantined.flatMap { simulation.facts($0.edit) } })
        let wentBack = faults.contains("restore") || faults.contains("server")
        let everything = held.union(wentBack ? [] : Set(simulation.past.keys))
        let live = Set(logs[0].liveDots.flatMap { logs[0].edit($0).map(simulation.facts) ?? [] })
        // The dot of a live value names its entry's register; a fact is live if its own field's register says so.
        let shown = live.filter { fact in
            logs[0].registers[fact.entry]?[fact.field]?.live.contains { version in
                logs[0].edit(version.dot).map(simulation.facts)?.contains(fact) ?? false
            } ?? false
        }
        for fact in everything.union(quarantined) where !simulation.everForgotten.contains(fact.entry) {
            let isAlive = shown.contains(fact)
            let successors = held.filter { $0.entry == fact.entry && $0.field == fact.field && $0 != fact }
            let isOver = successors.contains { simulation.past[$0]?.contains(fact) ?? false }
            let isClaimed = successors.contains { simulation.claimed[$0]?.contains(fact) ?? false }
            guard isAlive || isOver || quarantined.contains(fact) else {
                throw FaultSimulation.Fault(why: "lost \(fact)")
            }
            // An edit that was rebased, perhaps by two copies of a device, may be concurrent with its successor.
            let mayStandBeside = !simulation.notes.isDisjoint(with: ["fork", "epoch", "content", "late"])
            guard !(isAlive && isClaimed) || mayStandBeside else {
                throw FaultSimulation.Fault(why: "brought back \(fact)")
            }
        }
        for (dot, edit, epoch) in simulation.devices.flatMap(\.quarantined)
        where !simulation.notes.contains("fork") && !simulation.everForgotten.contains(edit.header.entry)
            && !simulation.facts(edit).contains(where: { simulation.bad.contains($0.value) })
        {
            guard !simulation.devices.contains(where: { $0.cuts[epoch]?.clock.covers(dot) ?? false }) else {
                throw FaultSimulation.Fault(why: "quarantined within its cut: \(dot)")
            }
        }
    }
}
