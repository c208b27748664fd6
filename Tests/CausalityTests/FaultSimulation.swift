import Causality
import TestSupport

/// The reference model's simulation of faulty devices and servers, played with the product's log and rebase. A box
/// contains its edit's facts in the clear.
struct FaultSimulation {
    struct Fact: Hashable {
        let entry: EntryID
        let field: FieldToken
        let value: Int
    }

    struct Server {
        var log = Author.log()
        var epoch = 0
        var cuts: [Int: Frontier] = [:]
    }

    struct Device {
        let name: Int
        var log = Author.log()
        var author: Author
        var own: Set<ReplicaID>
        var epoch = 0
        var cuts: [Int: Frontier] = [:]
        var quarantined: [(dot: Dot, edit: Edit, epoch: Int)] = []
        var read: Set<Fact> = []
    }

    struct Fault: Error {
        let why: String
    }

    var generator: SeededGenerator
    var servers: [Server]
    var devices: [Device] = []
    var incarnations = 0
    /// The content of each box, also after nobody holds it any more.
    var facts: [Hash256: [Fact]] = [:]
    /// Values that a server refuses for themselves.
    var bad: Set<Int> = []
    /// The facts that an author could have read when writing a value: the truth, clocks aside.
    var past: [Fact: Set<Fact>] = [:]
    /// The part of it that its edit claims: an unread mark also covers later boxes of the feed that did open.
    var claimed: [Fact: Set<Fact>] = [:]
    var everForgotten: Set<EntryID> = []
    var notes: Set<String> = []
    var misfortune = 0.0
    var batchesCut = 0.0

    init(seed: Int, servers: Int, devices: Int) {
        generator = SeededGenerator(seed: seed)
        self.servers = Array(repeating: Server(), count: servers)
        for name in 0..<devices {
            let author = newAuthor(name)
            self.devices.append(Device(name: name, author: author, own: [author.replica]))
        }
    }

    mutating func newAuthor(_ device: Int) -> Author {
        incarnations += 1
        return Author(device: device, incarnation: incarnations)
    }

    mutating func incarnate(_ device: Int) {
        devices[device].author = newAuthor(devices[device].name)
        devices[device].own.insert(devices[device].author.replica)
    }

    func facts(_ edit: Edit) -> [Fact] { edit.header.boxHash.flatMap { facts[$0] } ?? [] }

    /// The facts that this device has ever been able to read.
    mutating func known(_ device: Int) -> Set<Fact> {
        for (dot, edit) in devices[device].log.batches.flatMap(\.dotted)
        where !devices[device].log.unopened.contains(dot) {
            devices[device].read.formUnion(facts(edit))
        }
        return devices[device].read
    }

    // MARK: Writing

    /// Writes a batch of one to three edits.
    mutating func write(_ device: Int, refusable: Bool, forgetting: Bool, value: inout Int) throws {
        var read = known(device)
        let next = devices[device].log.feed(devices[device].author.replica).end.dot.n + 1
        var edits: [Edit] = []
        for n in next..<next + Int.random(in: 1...3, using: &generator) {
            let entry = generator.pick(Author.entries)
            guard !(forgetting && generator.chance(0.03)) else {
                everForgotten.insert(entry)
                edits.append(Author.forget(entry, group: n))
                continue
            }
            value += 1
            if refusable, generator.chance(0.05) { bad.insert(value) }
            let fields = Author.fields.shuffled(using: &generator).prefix(Int.random(in: 1...2, using: &generator))
                .sorted()
            let said = fields.map { Fact(entry: entry, field: $0, value: value) }
            var box = CanonicalBytes()
            box.append(value)
            let group = n > next && generator.chance(0.3) ? edits.last?.header.group ?? n : n
            let edit = Author.edit(entry, fields, box: box.bytes, group: group, unread: unread(entry, device))
            edit.header.boxHash.map { facts[$0] = said }
            edits.append(edit)
            let unclaimed = edit.header.unread.flatMap { factsNotClaimed($0, entry, device) }
            for fact in said {
                past[fact] = read
                claimed[fact] = read.subtracting(unclaimed)
            }
            read.formUnion(said)
        }
        try devices[device].log.take(
            devices[device].author.batch(edits, in: devices[device].log, epoch: devices[device].epoch))
    }

    func unread(_ entry: EntryID, _ device: Int) -> [Dot] {
        let log = devices[device].log
        var firsts: [ReplicaID: Int] = [:]
        for dot in log.unopened where log.edit(dot)?.header.entry == entry {
            firsts[dot.replica] = min(dot.n, firsts[dot.replica] ?? dot.n)
        }
        return firsts.map { Dot($0, $1) }.sorted()
    }

    private func factsNotClaimed(_ unread: Dot, _ entry: EntryID, _ device: Int) -> [Fact] {
        devices[device].log.batches.flatMap(\.dotted)
            .filter { $0.dot.replica == unread.replica && $0.dot.n >= unread.n && $0.edit.header.entry == entry }
            .flatMap { facts($0.edit) }
    }

    // MARK: Epochs

    static func epoch(_ batch: Batch) -> Int { Author.epochs.firstIndex(of: batch.header.epoch) ?? 0 }

    static func isLate(_ batch: Batch, epoch: Int, cuts: [Int: Frontier]) -> Bool {
        let current = Self.epoch(batch)
        return current < epoch && !(cuts[current]?.clock.covers(batch.header.lastDot) ?? false)
    }

    /// Batches of an ended epoch that its cut does not cover, and all that were written after seeing them.
    static func late(_ log: EditLog, epoch: Int, cuts: [Int: Frontier]) -> DivergentSuffixes {
        DivergentSuffixes(log.batches.filter { isLate($0, epoch: epoch, cuts: cuts) }.map(\.header.firstDot))
            .closed(over: log.batches.map(log.outline), unless: { _ in false })
    }

    mutating func serverLearns(_ server: Int, _ epoch: Int, _ cuts: [Int: Frontier]) {
        servers[server].epoch = epoch
        servers[server].cuts = cuts
        _ = servers[server].log.remove(Self.late(servers[server].log, epoch: epoch, cuts: cuts))
    }

    mutating func deviceLearns(_ device: Int, _ epoch: Int, _ cuts: [Int: Frontier]) throws {
        devices[device].epoch = epoch
        devices[device].cuts = cuts
        let late = Self.late(devices[device].log, epoch: epoch, cuts: cuts)
        guard !late.isEmpty else { return }
        try rebase(device, late, adopt: false)
        notes.insert("late")
    }

    // MARK: Rebase

    mutating func rebase(_ device: Int, _ suffixes: DivergentSuffixes, dropping: Set<Dot> = [], adopt: Bool) throws {
        let own = devices[device].own
        let unopened = devices[device].log.unopened
        let outlines = devices[device].log.batches.map(devices[device].log.outline)
        let removed = devices[device].log.remove(suffixes)
        let originals = Dictionary(
            uniqueKeysWithValues: removed.flatMap { batch in batch.dotted.map { ($0, (batch, $1)) } })
        let isQuarantined: (Dot) -> Bool = { dot in
            guard let (_, edit) = originals[dot] else { return true }
            return dropping.contains(dot) || unopened.contains(dot) || edit.box == nil && !edit.header.isForget
                || !adopt && !own.contains(dot.replica)
        }
        var authors: [ReplicaID: Author] = [:]
        let plan = Rebase(
            of: suffixes, outlines.filter { suffixes.contains($0.first) }, kept: devices[device].log.frontier.clock,
            isQuarantined: isQuarantined,
            newName: { _ in
                let author = newAuthor(devices[device].name)
                authors[author.replica] = author
                return author.replica
            })
        for dot in plan.quarantined {
            guard let (batch, edit) = originals[dot] else { continue }
            devices[device].quarantined.append((dot, edit, Self.epoch(batch)))
        }
        for rewrite in plan.rewrites {
            guard let author = authors[rewrite.first.replica] else { throw Fault(why: "no such name") }
            let edits = try rewrite.edits.map { again -> Edit in
                guard let (_, edit) = originals[again.original] else { throw Fault(why: "no such original") }
                let header = EditHeader(
                    entry: edit.header.entry, tokens: edit.header.tokens, isForget: edit.header.isForget,
                    group: again.group, unread: again.unread, boxHash: edit.header.boxHash)
                return Edit(header, box: edit.box)
            }
            let batch = author.batch(edits, in: devices[device].log, seen: rewrite.seen, epoch: devices[device].epoch)
            guard batch.header.firstDot == rewrite.first else { throw Fault(why: "written elsewhere than planned") }
            try devices[device].log.take(batch)
        }
        devices[device].own.formUnion(authors.keys)
        incarnate(device)
    }
}

// MARK: - Exchange

extension FaultSimulation {
    enum Refused: Error {
        case epoch(Batch)
        case content(Dot)
    }

    /// One conversation, which ends early with probability `cut` at each batch.
    mutating func exchange(_ device: Int, _ server: Int, cut: Double) throws {
        try exchangeLogs(device, server)
        try settleForks(device, server)
        guard try upload(device, server, cut: cut) else { return }
        guard try download(device, server, cut: cut) else { return }
        fetchBoxes(device, server)
    }

    /// The membership logs first: each side takes what extends its own.
    private mutating func exchangeLogs(_ device: Int, _ server: Int) throws {
        if servers[server].epoch > devices[device].epoch {
            try deviceLearns(device, servers[server].epoch, servers[server].cuts)
        } else if devices[device].epoch > servers[server].epoch {
            serverLearns(server, devices[device].epoch, devices[device].cuts)
        }
    }

    /// Feeds that both hold must agree; if they do not, the server's version stays.
    private mutating func settleForks(_ device: Int, _ server: Int) throws {
        let theirs = servers[server].log
        let split = devices[device].log.batches.filter { batch in
            batch.header.first <= theirs.feed(batch.header.replica).end.dot.n
                && theirs.holding(batch.header.lastDot) != .end(batch.tip(testHash).hash)
        }
        guard !split.isEmpty else { return }
        try rebase(device, moving(DivergentSuffixes(split.map(\.header.firstDot)), device, server), adopt: true)
        notes.insert("fork")
    }

    /// The edits that move, except those that this server holds unchanged.
    private func moving(_ roots: DivergentSuffixes, _ device: Int, _ server: Int) -> DivergentSuffixes {
        let log = devices[device].log
        let theirs = servers[server].log
        return roots.closed(over: log.batches.map(log.outline)) { batch in
            guard case .end(let hash) = log.holding(batch.last) else { return false }
            return theirs.holding(batch.last) == .end(hash)
        }
    }

    private mutating func upload(_ device: Int, _ server: Int, cut: Double) throws -> Bool {
        // Each refusal is settled by one rebase; the bound shows that it terminates.
        for _ in 0..<200 {
            do {
                for batch in devices[device].log.batches
                where !servers[server].log.frontier.clock.covers(batch.header.lastDot) {
                    if generator.chance(cut) { return false }
                    try accept(batch, server)
                }
                return true
            } catch Refused.epoch(let batch) {
                notes.insert("epoch")
                try rebase(device, moving(DivergentSuffixes([batch.header.firstDot]), device, server), adopt: false)
            } catch Refused.content(let dot) {
                notes.insert("content")
                let batch = devices[device].log.batches.first { $0.dotted.contains { $0.dot == dot } }
                let root = batch?.header.firstDot ?? dot
                try rebase(device, moving(DivergentSuffixes([root]), device, server), dropping: [dot], adopt: true)
            }
        }
        throw Fault(why: "never ends")
    }

    private mutating func accept(_ batch: Batch, _ server: Int) throws {
        if Self.isLate(batch, epoch: servers[server].epoch, cuts: servers[server].cuts) { throw Refused.epoch(batch) }
        for (dot, edit) in batch.dotted where facts(edit).contains(where: { bad.contains($0.value) }) {
            throw Refused.content(dot)
        }
        try servers[server].log.take(batch)
    }

    private mutating func download(_ device: Int, _ server: Int, cut: Double) throws -> Bool {
        let live = servers[server].log.liveDots
        var unopened = devices[device].log.unopened
        for var batch in servers[server].log.batches
        where !devices[device].log.frontier.clock.covers(batch.header.lastDot) {
            if generator.chance(cut) { return false }
            for (index, (dot, edit)) in batch.dotted.enumerated() {
                if !live.contains(dot) { batch.edits[index].box = nil }
                let isStrange = !devices[device].own.contains(dot.replica) && !edit.header.isForget
                if isStrange, misfortune > 0, generator.chance(misfortune) { unopened.insert(dot) }
            }
            try devices[device].log.take(batch)
            if unopened != devices[device].log.unopened { devices[device].log.setUnopened(unopened) }
        }
        return true
    }

    /// Boxes that turned out to be needed, and those that the server lost.
    private mutating func fetchBoxes(_ device: Int, _ server: Int) {
        for dot in devices[device].log.liveDots where devices[device].log.edit(dot)?.box == nil {
            servers[server].log.edit(dot)?.box.map { devices[device].log.supply($0, for: dot) }
        }
        for (dot, edit) in servers[server].log.batches.flatMap(\.dotted) where edit.box == nil {
            devices[device].log.edit(dot)?.box.map { servers[server].log.supply($0, for: dot) }
        }
    }
}
