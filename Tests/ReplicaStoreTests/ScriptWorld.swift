import CanonicalJSON
import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

/// Devices and their models, with random writes and exchanges.
struct ScriptWorld {
    static let ids = (1...8).map { EntryID.number($0) }

    let seed: Int
    var random: SeededGenerator
    var desks: [(device: Device, model: ReplicaModel)]
    /// The content of every edit, and its box once it was sent.
    var written: [Dot: ReplicaModel.Written] = [:]
    var boxes: [Dot: [UInt8]] = [:]
    private var trace: [String] = []

    init(seed: Int) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        desks = []
        let count = 2 + random.below(2)
        for number in 1...count { desks.append((try Device(number), ReplicaModel())) }
    }

    /// Performs a random step, and compares the devices that took part with their models.
    mutating func step() throws {
        let index = random.below(desks.count)
        switch random.below(100) {
        case 0..<45: try write(index)
        case 45..<49: try forget(index)
        case 49..<56: try reopen(index)
        case 56..<61: try rebuild(index)
        case 61..<63: try write(index, asNewIncarnation: true)
        case 63..<65:
            note("rotate", index)
            desks[index].device.keys.rotate()
        case 65..<68: try check(index)
        case 68..<70: try lookAtACopy(index)
        case 70..<75: try supply(index)
        case 75..<79: try transplant(index)
        default:
            let other = (index + 1 + random.below(desks.count - 1)) % desks.count
            try exchange(from: other, to: index)
            try compare(other)
        }
        try compare(index)
    }

    /// Sends everything to all devices; then all print the same.
    mutating func converge() throws {
        for index in desks.indices {
            desks[index].device.keys.refused = []
            try desks[index].device.write { try $0.rebuild() }
            desks[index].model.rebuild(refusing: [])
            desks[index].model.commit()
        }
        for _ in 0..<2 {
            for from in desks.indices {
                for to in desks.indices where to != from { try exchange(from: from, to: to, isWhole: true) }
            }
        }
        for index in desks.indices {
            try supplyLacking(index)
            try supply(index, isWhole: true)
            try compare(index)
        }
        let exports = try desks.map { try Self.export($0.device) }
        for export in exports { #expect(export == exports[0], "seed \(seed)") }
        let forgotten = desks.map(\.model.forgotten)
        for set in forgotten { #expect(set == forgotten[0], "seed \(seed)") }
    }

    private static func export(_ device: Device) throws -> [String] {
        try device.store.read { reader in
            var lines: [String] = []
            try reader.entriesByID { lines.append($0.json(space: "journal").canonicalText) }
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
                guard !desks[index].model.forgotten.contains(id) else { continue }
                group.append((id, content(for: id, at: index)))
            }
            groups.append(group)
        }
        try append(groups, at: index, asNewIncarnation: asNewIncarnation)
    }

    private mutating func forget(_ index: Int) throws {
        // Some ids are never forgotten, so that something is left to compare.
        let id = random.pick(Self.ids.dropFirst(3))
        guard !desks[index].model.forgotten.contains(id) else { return }
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
        let device = desks[index].device
        let before = desks[index].model
        let isCopied = random.chance(percent: 3)
        var copy: (store: Replica, folder: TemporaryFolder)?
        if asNewIncarnation { desks[index].model.leaveLine() }
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
            let next = desks[index].model.held.count { $0.dot.replica == replica } + 1
            #expect(dots == (next..<next + group.count).map { Dot(replica, $0) }, "seed \(seed)")
            if desks[index].model.own != replica || keysMoved(index) { desks[index].model.closeBatch() }
            epochs[index] = device.keys.keyring.epoch
            for edit in desks[index].model.write(group, as: dots) { written[edit.dot] = edit }
        }
        desks[index].model.commit()
    }

    /// The epoch of each device's last edit: a new epoch closes the batch.
    private var epochs: [Int: Hash256] = [:]

    private func keysMoved(_ index: Int) -> Bool {
        epochs[index].map { $0 != desks[index].device.keys.keyring.epoch } ?? false
    }

    private mutating func reopen(_ index: Int) throws {
        note("reopen", index)
        try desks[index].device.reopen(isKilled: random.chance(percent: 50))
    }

    private mutating func rebuild(_ index: Int) throws {
        var refused = desks[index].device.keys.refused
        let dots = desks[index].model.held.map(\.dot)
        switch random.below(3) {
        case 0: refused = []
        case 1 where !dots.isEmpty: for _ in 0..<2 { refused.insert(random.pick(dots)) }
        default: break
        }
        note("rebuild", index, refused.sorted())
        desks[index].device.keys.refused = refused
        try desks[index].device.write { try $0.rebuild() }
        desks[index].model.rebuild(refusing: refused)
        desks[index].model.commit()
    }

    private mutating func check(_ index: Int) throws {
        note("check", index)
        let findings = try desks[index].device.write { try $0.check(isSigned: TestKeys.isSigned) }
        desks[index].model.closeBatch()
        #expect(findings.isSound, "seed \(seed)\n\(trace.joined(separator: "\n"))")
        let unopened = desks[index].model.held.filter { $0.state == .unopened }.map(\.dot)
        #expect(findings.unopened.sorted() == unopened.sorted(), "seed \(seed)")
        try compareLog(index)
    }

    private mutating func lookAtACopy(_ index: Int) throws {
        let copy = try desks[index].device.copy()
        try compare(copy.store, desks[index].device.keys.keyring, desks[index].model, "a copy")
    }

    private mutating func supply(_ index: Int, isWhole: Bool = false) throws {
        var dots = desks[index].model.held.filter { $0.state == .stub && boxes[$0.dot] != nil }.map(\.dot)
        if !isWhole { dots = dots.filter { _ in random.chance(percent: 60) } }
        note("supply", index, dots)
        try desks[index].device.write { [boxes] writer in
            for dot in dots { if let box = boxes[dot] { try writer.supply(box, for: dot) } }
        }
        for dot in dots { if let edit = written[dot] { desks[index].model.supply(edit) } }
        desks[index].model.commit()
    }

    private mutating func exchange(from: Int, to: Int, isWhole: Bool = false) throws {
        let (sender, receiver) = (desks[from].device, desks[to].device)
        try sender.closeBatch()
        desks[from].model.closeBatch()
        desks[from].model.commit()
        // Now and then everything is sent again.
        let isAgain = random.chance(percent: 10)
        let clock = isAgain ? VectorClock() : try receiver.frontier().clock
        var batches = try sender.batches(notCoveredBy: clock)
        let sent = batches.flatMap(\.dotted).map(\.dot).filter { !clock.covers($0) }
        #expect(sent == desks[from].model.held.map(\.dot).filter { !clock.covers($0) }, "seed \(seed)")
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
                    desks[to].model.take(try #require(written[dot]), hasBox: edit.box != nil)
                }
            }
            desks[to].model.commit()
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
                    !desks[from].model.live(name, of: edit.header.entry).contains { $0.dot == dot }
                }
                if isSuperseded || random.chance(percent: 20) { batches[index].edits[place].box = nil }
            }
        }
    }

    private mutating func refuseSome(of batches: [Batch], at index: Int) {
        guard random.chance(percent: 20) else { return }
        let held = Set(desks[index].model.held.map(\.dot))
        for (dot, _) in batches.flatMap(\.dotted) where !held.contains(dot) && random.chance(percent: 25) {
            desks[index].device.keys.refused.insert(dot)
        }
        desks[index].model.refuse(desks[index].device.keys.refused)
    }

    private mutating func content(for id: EntryID, at index: Int) -> EditContent {
        let model = desks[index].model
        return random.content(model.shown(id)?.entry, dots: model.held.map(\.dot).suffix(30))
    }

    // MARK: Comparing

    func compare(_ index: Int) throws {
        try compare(desks[index].device.store, desks[index].device.keys.keyring, desks[index].model, "device \(index)")
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
        let model = desks[index].model
        var log = EditLog(space: TestKeys.space, testHash)
        for batch in try desks[index].device.batches() { try log.take(batch) }
        log.setUnopened(Set(model.held.filter { $0.state == .unopened }.map(\.dot)))
        #expect(try desks[index].device.frontier() == log.frontier, "seed \(seed)")
        #expect(log.forgotten == model.forgotten, "seed \(seed)")
        for edit in model.held { #expect(log.context(of: edit.dot) == edit.written.context, "seed \(seed)") }
        let stubs = Set(model.held.filter { $0.content == nil }.map(\.dot))
        let live = model.met.flatMap { id in
            model.shown(id)?.versions.fields.values.flatMap { $0.map(\.dot) } ?? []
        }
        #expect(log.liveDots.subtracting(stubs) == Set(live), "seed \(seed)")
        try compareLacking(index, log)
    }
}
