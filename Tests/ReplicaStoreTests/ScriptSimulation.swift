import CanonicalJSON
import Causality
import Records
import ReplicaStore
import Testing
import TestSupport

/// Devices and their models, with random writes and exchanges.
struct ScriptSimulation {
    static let ids = (1...8).map { EntryID.number($0) }

    let seed: Int
    var random: SeededGenerator
    var fixtures: [(device: Device, model: ReplicaModel)]
    /// The content of every edit, and its box once it was sent.
    var written: [Dot: ReplicaModel.Written] = [:]
    var boxes: [Dot: [UInt8]] = [:]
    private var trace: [String] = []

    init(seed: Int) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        fixtures = []
        let count = 2 + random.below(2)
        for number in 1...count { fixtures.append((try Device(number), ReplicaModel())) }
    }

    /// Performs a random step, and compares the devices that took part with their models.
    mutating func step() throws {
        let index = random.below(fixtures.count)
        switch random.below(100) {
        case 0..<45: try write(index)
        case 45..<49: try forget(index)
        case 49..<56: try reopen(index)
        case 56..<61: try rebuild(index)
        case 61..<63: try write(index, asNewIncarnation: true)
        case 63..<65:
            note("rotate", index)
            fixtures[index].device.keys.rotate()
        case 65..<68: try check(index)
        case 68..<70: try lookAtACopy(index)
        case 70..<75: try supply(index)
        case 75..<79: try rebase(index)
        default:
            let other = (index + 1 + random.below(fixtures.count - 1)) % fixtures.count
            try exchange(from: other, to: index)
            try compare(other)
        }
        try compare(index)
    }

    /// Sends everything to all devices; then all print the same.
    mutating func converge() throws {
        for index in fixtures.indices {
            fixtures[index].device.keys.refused = []
            try fixtures[index].device.write { try $0.rebuild() }
            fixtures[index].model.rebuild(refusing: [])
            fixtures[index].model.commit()
        }
        for _ in 0..<2 {
            for from in fixtures.indices {
                for to in fixtures.indices where to != from { try exchange(from: from, to: to, isWhole: true) }
            }
        }
        for index in fixtures.indices {
            try supplyMissing(index)
            try supply(index, isWhole: true)
            try compare(index)
        }
        let exports = try fixtures.map { try Self.export($0.device) }
        for export in exports { #expect(export == exports[0], "seed \(seed)") }
        let forgotten = fixtures.map(\.model.forgotten)
        for set in forgotten { #expect(set == forgotten[0], "seed \(seed)") }
    }

    private static func export(_ device: Device) throws -> [String] {
        try device.store.read { reader in
            var lines: [String] = []
            try reader.entriesByID(in: reader.journal()) { lines.append($0.json(space: "journal").canonicalText) }
            return lines
        }
    }

    mutating func note(_ parts: Any...) { trace.append(parts.map { "\($0)" }.joined(separator: " ")) }

    // MARK: Steps

    private mutating func write(_ index: Int, asNewIncarnation: Bool = false) throws {
        var groups: [[(entry: EntryID, content: EditContent?)]] = []
        for _ in 0..<(1 + random.below(2)) {
            var group: [(entry: EntryID, content: EditContent?)] = []
            for _ in 0..<(1 + random.below(3)) {
                let id = random.pick(Self.ids)
                guard !fixtures[index].model.forgotten.contains(id) else { continue }
                group.append((id, content(for: id, at: index)))
            }
            groups.append(group)
        }
        try append(groups, at: index, asNewIncarnation: asNewIncarnation)
    }

    private mutating func forget(_ index: Int) throws {
        // Some ids are never forgotten, so that something is left to compare.
        let id = random.pick(Self.ids.dropFirst(3))
        guard !fixtures[index].model.forgotten.contains(id) else { return }
        var group: [(entry: EntryID, content: EditContent?)] = []
        if random.chance(percent: 30) { group.append((id, content(for: id, at: index))) }
        group.append((id, nil))
        try append([group], at: index)
    }

    private mutating func append(
        _ groups: [[(entry: EntryID, content: EditContent?)]], at index: Int, asNewIncarnation: Bool = false
    ) throws {
        for (id, content) in groups.joined() {
            let text = content.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "forgotten"
            note("write", index, id.description.prefix(4), text, asNewIncarnation ? "anew" : "")
        }
        let device = fixtures[index].device
        let before = fixtures[index].model
        let isCopied = random.chance(percent: 3)
        var copy: (store: Replica, folder: TemporaryFolder)?
        if asNewIncarnation { fixtures[index].model.beginOwnFeed() }
        let dots = try device.write(asNewIncarnation: asNewIncarnation) { writer in
            let dots = try groups.map { group in
                try writer.append(
                    group.map { id, content in content.map { .init(id, $0) } ?? .init(forgetting: id) })
            }
            if isCopied { copy = try device.copy() }
            return dots
        }
        if isCopied, let copy { try compare(copy.store, device.keys.keyring, before, "a copy amid a transaction") }
        for (group, dots) in zip(groups, dots) where !group.isEmpty {
            let replica = dots[0].replica
            let next = fixtures[index].model.held.count { $0.dot.replica == replica } + 1
            #expect(dots == (next..<next + group.count).map { Dot(replica, $0) }, "seed \(seed)")
            if fixtures[index].model.own != replica || keysMoved(index) { fixtures[index].model.closeBatch() }
            epochs[index] = device.keys.keyring.epoch
            for edit in fixtures[index].model.write(group, as: dots) { written[edit.dot] = edit }
        }
        fixtures[index].model.commit()
    }

    /// The epoch of each device's last edit: a new epoch closes the batch.
    private var epochs: [Int: Hash256] = [:]

    private func keysMoved(_ index: Int) -> Bool {
        epochs[index].map { $0 != fixtures[index].device.keys.keyring.epoch } ?? false
    }

    private mutating func reopen(_ index: Int) throws {
        note("reopen", index)
        try fixtures[index].device.reopen(isKilled: random.chance(percent: 50))
    }

    private mutating func rebuild(_ index: Int) throws {
        var refused = fixtures[index].device.keys.refused
        let dots = fixtures[index].model.held.map(\.dot)
        switch random.below(3) {
        case 0: refused = []
        case 1 where !dots.isEmpty: for _ in 0..<2 { refused.insert(random.pick(dots)) }
        default: break
        }
        note("rebuild", index, refused.sorted())
        fixtures[index].device.keys.refused = refused
        try fixtures[index].device.write { try $0.rebuild() }
        fixtures[index].model.rebuild(refusing: refused)
        fixtures[index].model.commit()
    }

    private mutating func check(_ index: Int) throws {
        note("check", index)
        let findings = try fixtures[index].device.write { try $0.check(isSigned: TestKeys.isSigned) }
        fixtures[index].model.closeBatch()
        #expect(findings.isSound, "seed \(seed)\n\(trace.joined(separator: "\n"))")
        let unopened = fixtures[index].model.held.filter { $0.state == .unopened }.map(\.dot)
        #expect(findings.unopened.sorted() == unopened.sorted(), "seed \(seed)")
        try compareLog(index)
    }

    private mutating func lookAtACopy(_ index: Int) throws {
        let copy = try fixtures[index].device.copy()
        try compare(copy.store, fixtures[index].device.keys.keyring, fixtures[index].model, "a copy")
    }

    private mutating func supply(_ index: Int, isWhole: Bool = false) throws {
        var dots = fixtures[index].model.held.filter { $0.state == .stub && boxes[$0.dot] != nil }.map(\.dot)
        if !isWhole { dots = dots.filter { _ in random.chance(percent: 60) } }
        note("supply", index, dots)
        try fixtures[index].device.write { [boxes] writer in
            for dot in dots { if let box = boxes[dot] { try writer.supply(box, for: dot) } }
        }
        for dot in dots { if let edit = written[dot] { fixtures[index].model.supply(edit) } }
        fixtures[index].model.commit()
    }

    private mutating func exchange(from: Int, to: Int, isWhole: Bool = false) throws {
        let (sender, receiver) = (fixtures[from].device, fixtures[to].device)
        try sender.closeBatch()
        fixtures[from].model.closeBatch()
        fixtures[from].model.commit()
        // Now and then everything is sent again.
        let isAgain = random.chance(percent: 10)
        let clock = isAgain ? VectorClock() : try receiver.frontier().clock
        var batches = try sender.batches(notCoveredBy: clock)
        let sent = batches.flatMap(\.dotted).map(\.dot).filter { !clock.covers($0) }
        #expect(sent == fixtures[from].model.held.map(\.dot).filter { !clock.covers($0) }, "seed \(seed)")
        #expect(batches.allSatisfy { !clock.covers($0.header.lastDot) }, "seed \(seed)")
        for dotted in batches.flatMap(\.dotted) { if let box = dotted.edit.box { boxes[dotted.dot] = box } }
        if !isWhole, !isAgain {
            makeStubs(&batches, from)
            if random.chance(percent: 20) { batches = Array(batches.prefix(random.below(batches.count + 1))) }
            refuseSome(of: batches, at: to)
        }
        note("exchange", from, to, batches.map { "\($0.header.firstDot)+\($0.header.count)" })
        while !batches.isEmpty {
            let count = random.chance(percent: 50) ? batches.count : 1 + random.below(batches.count)
            let part = batches.prefix(count)
            batches.removeFirst(count)
            try receiver.write { writer in for batch in part { _ = try writer.take(batch) } }
            for batch in part {
                for (dot, edit) in batch.dotted {
                    fixtures[to].model.take(try #require(written[dot]), hasBox: edit.box != nil)
                }
            }
            fixtures[to].model.commit()
        }
        try compareLog(from)
    }

    /// Sends edits that are superseded here without their boxes, as to a new device; now and then others too.
    private mutating func makeStubs(_ batches: inout [Batch], _ from: Int) {
        guard random.chance(percent: 55) else { return }
        for index in batches.indices {
            for (place, (dot, edit)) in batches[index].dotted.enumerated() where edit.box != nil {
                guard let content = written[dot]?.content, random.chance(percent: 70) else { continue }
                let isSuperseded = content.fields.keys.allSatisfy { name in
                    !fixtures[from].model.live(name, of: edit.header.entry).contains { $0.dot == dot }
                }
                if isSuperseded || random.chance(percent: 20) { batches[index].edits[place].box = nil }
            }
        }
    }

    private mutating func refuseSome(of batches: [Batch], at index: Int) {
        guard random.chance(percent: 20) else { return }
        let held = Set(fixtures[index].model.held.map(\.dot))
        for (dot, _) in batches.flatMap(\.dotted) where !held.contains(dot) && random.chance(percent: 25) {
            fixtures[index].device.keys.refused.insert(dot)
        }
        fixtures[index].model.refuse(fixtures[index].device.keys.refused)
    }

    private mutating func content(for id: EntryID, at index: Int) -> EditContent {
        let model = fixtures[index].model
        return random.content(model.shown(id)?.entry, dots: model.held.map(\.dot).suffix(30))
    }

    // MARK: Comparing

    func compare(_ index: Int) throws {
        try compare(
            fixtures[index].device.store, fixtures[index].device.keys.keyring, fixtures[index].model, "device \(index)")
    }

    private func compare(
        _ store: Replica, _ keyring: Keyring, _ model: ReplicaModel, _ what: String
    ) throws {
        let (found, expected) = (try Observation(store, keyring, ids: Self.ids), Observation(model, ids: Self.ids))
        guard found != expected else { return }
        Issue.record(
            """
            SEED=\(seed), \(what) (- store, + model)
            \(found.difference(from: expected))
            \(trace.joined(separator: "\n"))
            """)
        throw Differs()
    }

    struct Differs: Error {}

    /// Feeds the batches that the store sends to the in-memory log: feeds, clocks and live edits must be equal.
    func compareLog(_ index: Int) throws {
        let model = fixtures[index].model
        var log = EditLog(space: TestKeys.space, testHash)
        for batch in try fixtures[index].device.batches() { try log.take(batch) }
        log.setUnopened(Set(model.held.filter { $0.state == .unopened }.map(\.dot)))
        #expect(try fixtures[index].device.frontier() == log.frontier, "seed \(seed)")
        #expect(log.forgotten == model.forgotten, "seed \(seed)")
        for edit in model.held { #expect(log.context(of: edit.dot) == edit.written.context, "seed \(seed)") }
        let stubs = Set(model.held.filter { $0.content == nil }.map(\.dot))
        let live = model.met.flatMap { id in
            model.shown(id)?.versions.fields.values.flatMap { $0.map(\.dot) } ?? []
        }
        #expect(log.liveDots.subtracting(stubs) == Set(live), "seed \(seed)")
        try compareMissing(index, log)
    }
}

// MARK: - Moving

extension ScriptSimulation {
    /// A batch cannot keep its dots, nor batches whose authors had seen it.
    mutating func rebase(_ index: Int) throws {
        let device = fixtures[index].device
        try device.closeBatch()
        fixtures[index].model.closeBatch()
        fixtures[index].model.commit()
        let batches = try device.batches()
        guard !batches.isEmpty else { return }
        let roots = (0..<1 + random.below(2)).map { _ in random.pick(batches) }
        let dots = roots.flatMap { $0.dotted.map(\.dot) }
        let dropping = Set(random.chance(percent: 30) ? [random.pick(dots)] : [])
        let isOnlyOwn = random.chance(percent: 25)
        note("rebase", index, roots.map(\.header.firstDot), "dropping", dropping, "only own", isOnlyOwn)
        let ownKey = device.keys.keyring.deviceKey
        var names = device.keys.nextNames
        let own = fixtures[index].model.ownFeeds
        let before = fixtures[index].model
        let plan = fixtures[index].model.rebase(
            Set(dots), dropping: dropping, isRewritten: { !isOnlyOwn || own.contains($0) },
            newName: { names.next() })
        for edit in plan.rewritten { written[edit.dot] = edit }
        let moved = try device.write { [random] writer in
            var random = random
            // Any edit of a batch stands for the whole batch.
            let suffixes = try writer.suffixes(of: roots.map { random.pick($0.dotted).dot }, staying: VectorClock())
            return try writer.rebase(
                StoreWriter.Move(
                    suffixes, dropping: dropping, reason: "test", at: .zero,
                    isRewritten: { !isOnlyOwn || $0 == ownKey }, encode: { _ in [1] }))
        }
        #expect(moved.rewritten == plan.rewritten.count, "seed \(seed)")
        #expect(moved.quarantined == plan.quarantined.count, "seed \(seed)")
        fixtures[index].model.commit()
        let quarantined = try device.store.read { try $0.quarantined(in: $0.journal()) }
        let boxes = Set(
            quarantined.flatMap { quarantined in quarantined.boxes.keys.map { Dot(quarantined.first.replica, $0) } })
        for edit in before.held where plan.quarantined.contains(edit.dot) && edit.written.content != nil {
            guard edit.state != .stub, !fixtures[index].model.forgotten.contains(edit.written.entry) else { continue }
            #expect(boxes.contains(edit.dot), "seed \(seed)")
        }
        try compareLog(index)
    }

    func missing(_ index: Int) throws -> Set<Dot> {
        let keyring = fixtures[index].device.keys.keyring
        return try fixtures[index].device.store.read { reader in
            Set(try reader.missingBoxes(in: reader.journal(), limit: .max, keyring))
        }
    }

    /// Live edits without boxes are missing, and besides them only those that a merge needs.
    func compareMissing(_ index: Int, _ log: EditLog) throws {
        let model = fixtures[index].model
        let stubs = model.held.filter { edit in
            edit.state == .stub && edit.written.content != nil && !model.forgotten.contains(edit.written.entry)
        }
        let missing = try missing(index)
        #expect(missing.isSuperset(of: log.liveDots.intersection(stubs.map(\.dot))), "seed \(seed)")
        #expect(missing.isSubset(of: stubs.map(\.dot)), "seed \(seed)")
        let isPending = model.shown.contains { $0.conflicts.contains { $0.1.isPending } }
        // An edit that may be an entry's first is needed even if others set its fields later.
        let firsts = stubs.filter { model.mayBeFirst($0) }.map(\.dot)
        if !isPending {
            #expect(missing == log.liveDots.union(firsts).intersection(stubs.map(\.dot)), "seed \(seed)")
        }
    }

    /// Supplies missing boxes until there are none: then no merge waits.
    mutating func supplyMissing(_ index: Int) throws {
        while true {
            let dots = try missing(index)
            guard !dots.isEmpty, dots.allSatisfy({ boxes[$0] != nil }) else { break }
            note("supply what is lacking", index, dots.sorted())
            try fixtures[index].device.write { [boxes] writer in
                for dot in dots.sorted() { if let box = boxes[dot] { try writer.supply(box, for: dot) } }
            }
            for dot in dots { if let edit = written[dot] { fixtures[index].model.supply(edit) } }
            fixtures[index].model.commit()
        }
        guard try missing(index).isEmpty else { return }
        #expect(!fixtures[index].model.shown.contains { $0.conflicts.contains { $0.1.isPending } }, "seed \(seed)")
        #expect(try fixtures[index].device.store.read { try $0.counts(in: $0.journal()) }.missing == 0, "seed \(seed)")
        try compare(index)
    }
}
