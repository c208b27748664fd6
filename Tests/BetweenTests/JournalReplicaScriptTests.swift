import SyncClient
import Between
import CanonicalJSON
import Causality
import Foundation
import Records
import ReplicaStore
import TestSupport
import Testing
import Wire

/// Random scripts of one person's devices and a server: all converge, and nothing is lost.
@Suite struct JournalReplicaScriptTests {
    /// `BETWEEN_SEEDS=200` runs more scripts, `BETWEEN_SEED=7` only that one.
    private static let seeds: [Int] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["BETWEEN_SEED"].flatMap({ Int($0) }) { return [seed] }
        return Array(1...(environment["BETWEEN_SEEDS"].flatMap { Int($0) } ?? 12))
    }()

    @Test(arguments: seeds) func allEndEqualAndNothingIsLost(seed: Int) async throws {
        var simulation = try await JournalReplicaSimulation(seed: seed)
        do {
            for _ in 0..<40 { try await simulation.step() }
            try await simulation.converge()
        } catch {
            Issue.record("SEED=\(seed): \(error)\n\(simulation.trace.joined(separator: "\n"))")
        }
    }
}

/// The operations of a script, and the invariants at its end.
struct JournalReplicaSimulation {
    private var random: SeededGenerator
    private var fixtures: [ReplicaFixture] = []
    private var server: PlainServer
    private var saved: [Int: [String: Data]] = [:]
    /// Notes that were written and not forgotten, by their unique texts.
    private var notes: [EntryID: String] = [:]
    /// Texts that may have been lost when a disk was restored.
    private var mayBeGone: Set<EntryID> = []
    private var forgotten: Set<EntryID> = []
    private(set) var trace: [String] = []

    init(seed: Int) async throws {
        random = SeededGenerator(seed: seed)
        let first = try await ReplicaFixture()
        fixtures = [first]
        for _ in 0..<1 + random.below(2) { fixtures.append(try await ReplicaFixture(invitedBy: first)) }
        server = PlainServer(first.replica.space)
        for _ in 0..<2 { for fixture in fixtures { try await server.exchange(fixture) } }
    }

    mutating func step() async throws {
        let index = random.below(fixtures.count)
        let fixture = fixtures[index]
        switch random.below(100) {
        case 0..<35:
            let text = "note \(trace.count)"
            let id = try await fixture.journal.add(Note(text)).id
            notes[id] = text
            note("add", index, text)
        case 35..<50:
            guard let id = try await fixture.journal.entries().map(\.id).sorted().randomElement(using: &random) else {
                return
            }
            note("edit", index, id)
            _ = try await fixture.journal.edit(id, ["flag": .bool(random.chance(percent: 50)), "tags/t": true])
        case 50..<53:
            let ids = try await fixture.journal.entries().map(\.id).sorted()
            guard let id = ids.randomElement(using: &random) else { return }
            note("forget", index, id)
            forgotten.insert(id)
            try await fixture.journal.forget(id)
        case 53..<58:
            note("reopen", index)
            try await fixture.reopen()
        case 58..<62:
            note("rotate", index)
            try await rotate(fixture)
        case 62..<66:
            note("save", index)
            try await fixture.journal.close()
            saved[index] = try fixture.saved()
            try await fixture.restore([:])
        case 66..<68:
            guard let files = saved[index] else { return }
            note("restore", index)
            // Edits that the server does not have are lost with the disk.
            let waiting = Set(try await fixture.journal.entries().map(\.id))
            mayBeGone.formUnion(waiting)
            try await fixture.restore(files)
        default:
            var (cut, drawn) = (random.chance(percent: 30), random)
            note("exchange", index, cut ? "cut" : "")
            let stubs = random.chance(percent: 50)
            try await server.exchange(fixture, stubs: stubs) { cut && drawn.chance(percent: 20) }
            cut = false
            random = drawn
        }
    }

    /// A new epoch whose cut this device and the server both hold; others learn of it when they sync.
    private mutating func rotate(_ fixture: ReplicaFixture) async throws {
        try await server.exchange(fixture)
        let record = try await fixture.remove([])
        try server.append(record)
        try await server.exchange(fixture)
    }

    mutating func converge() async throws {
        note("converge")
        for _ in 0..<4 { for fixture in fixtures { try await server.exchange(fixture) } }
        let exports = try await fixtures[0].export()
        for fixture in fixtures {
            guard try await fixture.export() == exports else { throw Wrong(what: "not equal") }
            guard try await fixture.frontier() == server.edits.frontier else { throw Wrong(what: "another clock") }
            guard try await fixture.replica.waitingCount() == 0 else { throw Wrong(what: "something waits") }
            guard try await fixture.replica.counts().missing == 0 else { throw Wrong(what: "something is missing") }
            guard try await fixture.journal.check().isSound else { throw Wrong(what: "not sound") }
        }
        let texts = Set(try await fixtures[0].journal.entries().compactMap { $0.text("body") })
        for (id, text) in notes where !forgotten.contains(id) && !mayBeGone.contains(id) {
            guard texts.contains(text) else { throw Wrong(what: "lost \(text)") }
        }
    }

    struct Wrong: Error {
        let what: String
    }

    private mutating func note(_ parts: Any...) { trace.append(parts.map { "\($0)" }.joined(separator: " ")) }
}
