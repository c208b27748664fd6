import Causality
import Foundation
import Membership
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// Random scripts of several devices, run on each engine and on the model.
@Suite struct StoreScriptTests {
    static let seeds: [Int] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["BETWEEN_SEED"].flatMap({ Int($0) }) { return [seed] }
        return Array(1...(environment["BETWEEN_SEEDS"].flatMap { Int($0) } ?? 12))
    }()

    @Test(arguments: StoreKind.engines, seeds)
    func theStoreAnswersAsTheModelDoes(_ kind: StoreKind, seed: Int) async throws {
        var script = try await StoreScript(kind, seed: seed)
        for _ in 0..<60 {
            try await script.step()
            if script.difference != nil { break }
        }
        #expect(script.difference == nil, "BETWEEN_SEED=\(seed)\n\(script.trace.suffix(30).joined(separator: "\n"))")
    }
}

/// One run: two servers that are asked the same.
struct StoreScript {
    private var generator: SeededGenerator
    private let store: StoreFixture
    private let model: StoreFixture
    private var authors: [StoreAuthor] = []
    /// The current members, as indices in `authors`.
    private var members: [Int] = []
    /// All batches that were ever written.
    private var written: [Batch] = []
    private var log: MembershipLog
    private(set) var trace: [String] = []
    /// The first difference of the two answers, if any.
    private(set) var difference: String?

    init(_ kind: StoreKind, seed: Int) async throws {
        generator = SeededGenerator(seed: seed)
        store = try StoreFixture(kind)
        model = try StoreFixture(.model)
        let founder = try StoreAuthor(seed: seed * 1_000)
        authors = [founder]
        members = [0]
        log = founder.log
        for fixture in [store, model] { try await fixture.enrol(founder) }
        try await ask(.append(founder.space, log.records[0].brought, cut: nil), founder)
        for _ in 0..<3 { try await add() }
    }

    private var space: SpaceID { log.space }

    /// Asks both, and records differences.
    @discardableResult
    private mutating func ask(_ question: ServerQuestion, _ author: StoreAuthor) async throws -> ServerAnswer {
        let answer = try await store.ask(question, author)
        var expected = try await model.ask(question, author)
        // The store remembers for a while which devices did not have boxes, and asks for fewer.
        if case .compared(let frontier, let forked, let most) = expected, case .compared(_, _, let missing) = answer,
            missing < most
        {
            expected = .compared(frontier, forked: forked, missing: missing)
        }
        trace.append("\(author.id.description.prefix(4)) \(name(question)) -> \(name(answer))")
        if answer != expected, difference == nil {
            difference = "\(name(question)): the model says \(name(expected)), the store \(name(answer))"
        }
        return answer
    }

    private func name(_ value: Any) -> String { String("\(value)".prefix(120)) }

    // MARK: Steps

    mutating func step() async throws {
        let author = authors[generator.pick(members)]
        switch generator.below(100) {
        case 0..<30: try await write(author)
        case 30..<42: try await pull(author)
        case 42..<52: try await bringAnything(author)
        case 52..<58: try await bringBoxes(author)
        case 58..<64: try await compare(author)
        case 64..<72:
            try await ask(.batches(space, beyond: clock(of: author), room: generator.below(6_000)), author)
        case 72..<76: try await add()
        case 76..<82: try await cut(author)
        case 82..<86: try await ask(.hold(space), author)
        case 86..<89: try await ask(.log(space, author.log.end(within: &generator)), author)
        case 89..<92: try await ask(.records(space, from: generator.below(log.records.count + 1)), author)
        case 92..<95:
            try await ask(.take(space, author.next([.set(1, [1])])), generator.pick(authors))
        case 95..<97:
            for fixture in [store, model] { try await fixture.restart() }
        default:
            let duration = Duration.seconds(generator.below(90))
            for fixture in [store, model] { fixture.clock.advance(by: duration) }
        }
        try await checkAll()
    }

    private mutating func checkAll() async throws {
        guard let reader = members.first.map({ authors[$0] }) else { return }
        try await ask(.compare(space, Frontier()), reader)
        try await ask(.batches(space, beyond: VectorClock(), room: WireLimits.creditAtFirst), reader)
    }

    private mutating func write(_ author: StoreAuthor) async throws {
        let count = 1 + generator.below(4)
        let edits: [StoreEdit] = (0..<count).map { _ in
            let entry = generator.below(5)
            if generator.chance(percent: 4) { return .forget(entry) }
            if generator.chance(percent: 20), let name = try? generator.pick(authors).name(UInt8(entry)) {
                return generator.chance(percent: 30) ? .show(name.id, name.proof) : .begin(name)
            }
            return .set(entry, (1...3).filter { _ in generator.chance(percent: 60) }.nonEmpty)
        }
        let batch = try author.write(edits)
        written.append(batch)
        if generator.chance(percent: 75) { try await bring(batch, author) }
    }

    private mutating func bring(_ batch: Batch, _ author: StoreAuthor) async throws {
        var batch = batch
        for index in batch.edits.indices where generator.chance(percent: 10) { batch.edits[index].box = nil }
        try await ask(.take(space, batch), author)
    }

    private mutating func bringAnything(_ author: StoreAuthor) async throws {
        guard !written.isEmpty else { return }
        if generator.chance(percent: 50) {
            // All unsent batches in order, as in a refill.
            for batch in author.edits.batches { try await bring(batch, author) }
        } else {
            try await bring(generator.pick(written), author)
        }
    }

    private mutating func pull(_ author: StoreAuthor) async throws {
        let clock = author.edits.frontier.clock
        let answer = try await ask(.batches(space, beyond: clock, room: WireLimits.creditAtFirst), author)
        guard case .batches(let batches, _) = answer else { return }
        // Forks are not part of this script.
        try? author.take(batches)
    }

    private mutating func bringBoxes(_ author: StoreAuthor) async throws {
        guard case .missingBoxes(let dots) = try await ask(.missingBoxes(space, besides: []), author) else { return }
        if let skipped = dots.first { try await ask(.missingBoxes(space, besides: [skipped]), author) }
        for dot in dots where generator.chance(percent: 50) {
            let box = written.first {
                $0.header.firstDot.n <= dot.n && $0.header.lastDot.n >= dot.n
                    && $0.header.replica == dot.replica
            }.flatMap { $0.edits[dot.n - $0.header.first].box }
            if let box { try await ask(.supply(space, dot, generator.chance(percent: 90) ? box : [1]), author) }
        }
        let some = written.flatMap { $0.dotted.map(\.dot) }.filter { _ in generator.chance(percent: 20) }
        try await ask(.boxes(space, some, room: generator.below(4_000)), author)
    }

    private mutating func compare(_ author: StoreAuthor) async throws {
        try await ask(.compare(space, author.edits.frontier), author)
        guard let batch = written.isEmpty ? nil : generator.pick(written) else { return }
        try await ask(.tips(space, batch.header.replica, Array(0..<20)), author)
    }

    private mutating func clock(of author: StoreAuthor) -> VectorClock {
        generator.chance(percent: 50)
            ? author.edits.frontier.clock
            : VectorClock(written.filter { _ in generator.chance(percent: 30) }.map(\.header.lastDot))
    }

    // MARK: Records

    private mutating func add() async throws {
        guard members.count < 5, let index = members.first(where: { log.member(authors[$0].id)?.role == .owner })
        else { return }
        let author = authors[index]
        let other = try StoreAuthor(seed: Int(truncatingIfNeeded: generator.next()), of: log)
        author.follow(log)
        let record = try author.adding(other.keys.identity, role: generator.chance(percent: 70) ? .owner : .member)
        guard case .appended = try await ask(.append(space, record.brought, cut: nil), author) else { return }
        log = try log.with(record)
        other.follow(log)
        for fixture in [store, model] { try await fixture.enrol(other) }
        authors.append(other)
        members.append(authors.count - 1)
        if generator.chance(percent: 70) { for index in members { authors[index].follow(log) } }
    }

    /// Ends an epoch: properly, from a stale clock, or as history that is restored.
    private mutating func cut(_ author: StoreAuthor) async throws {
        guard members.count > 2, log.member(author.id)?.role == .owner,
            let gone = members.dropFirst().filter({ authors[$0].id != author.id }).last
        else { return }
        author.follow(log)
        let holds = generator.chance(percent: 60)
        if holds {
            guard case .holding = try await ask(.hold(space), author) else { return }
        }
        guard case .compared(let frontier, _, _) = try await ask(.compare(space, Frontier()), author) else { return }
        if generator.chance(percent: 30) { try await write(authors[gone]) }
        let cut = generator.chance(percent: 60) ? frontier : try await stale(author)
        let record = try author.removing(authors[gone].id, cut: cut)
        let answer = try await ask(.append(space, record.brought, cut: holds ? frontier : nil), author)
        guard case .appended = answer else { return }
        log = try log.with(record)
        members.removeAll { $0 == gone }
        try await ask(.compare(space, Frontier()), authors[gone])
        for index in members where generator.chance(percent: 80) { follow(authors[index]) }
    }

    private mutating func follow(_ author: StoreAuthor) {
        let before = author.edits.feed(author.replica).end
        author.follow(log)
        if author.edits.feed(author.replica).end != before { try? author.beginFeed() }
    }

    /// A clock of an earlier time: some of the batches that are here.
    private mutating func stale(_ author: StoreAuthor) async throws -> Frontier {
        let held = try await store.batches(author)
        var frontier = Frontier()
        for batch in held.prefix(generator.below(held.count + 1)) {
            frontier.advance(to: batch.tip(Hash256.sha256))
        }
        return frontier
    }
}

extension [UInt64] {
    fileprivate var nonEmpty: [UInt64] { isEmpty ? [1] : self }
}

extension MembershipLog {
    /// Its end, or an earlier one.
    fileprivate func end(within generator: inout SeededGenerator) -> LogEnd {
        let count = generator.below(records.count + 1)
        return LogEnd(count: count, head: count > 0 ? records[count - 1].hash : nil) ?? .empty
    }
}
