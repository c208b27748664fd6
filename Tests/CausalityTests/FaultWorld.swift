import Causality
import TestSupport

/// The reference model's world of faulty devices and servers, played with the product's log and rebase. A box
/// contains its edit's facts in the clear.
struct FaultWorld {
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
        var setAside: [(dot: Dot, edit: Edit, epoch: Int)] = []
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
        let next = devices[device].log.line(devices[device].author.replica).end.dot.n + 1
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
        let reign = Self.epoch(batch)
        return reign < epoch && !(cuts[reign]?.clock.covers(batch.header.lastDot) ?? false)
    }

    /// Batches of an ended epoch that its cut does not cover, and all that were written after seeing them.
    static func late(_ log: EditLog, epoch: Int, cuts: [Int: Frontier]) -> LineTails {
        LineTails(log.batches.filter { isLate($0, epoch: epoch, cuts: cuts) }.map(\.header.firstDot))
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
        try transplant(device, late, adopt: false)
        notes.insert("late")
    }

    // MARK: Transplant

    mutating func transplant(_ device: Int, _ tails: LineTails, dropping: Set<Dot> = [], adopt: Bool) throws {
        let own = devices[device].own
        let unopened = devices[device].log.unopened
        let outlines = devices[device].log.batches.map(devices[device].log.outline)
        let removed = devices[device].log.remove(tails)
        let originals = Dictionary(
            uniqueKeysWithValues: removed.flatMap { batch in batch.dotted.map { ($0, (batch, $1)) } })
        let isSetAside: (Dot) -> Bool = { dot in
            guard let (_, edit) = originals[dot] else { return true }
            return dropping.contains(dot) || unopened.contains(dot) || edit.box == nil && !edit.header.isForget
                || !adopt && !own.contains(dot.replica)
        }
        var authors: [ReplicaID: Author] = [:]
        let plan = Transplant(
            of: tails, outlines.filter { tails.contains($0.first) }, kept: devices[device].log.frontier.clock,
            isSetAside: isSetAside,
            newName: { _ in
                let author = newAuthor(devices[device].name)
                authors[author.replica] = author
                return author.replica
            })
        for dot in plan.setAside {
            guard let (batch, edit) = originals[dot] else { continue }
            devices[device].setAside.append((dot, edit, Self.epoch(batch)))
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
