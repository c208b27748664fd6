import Causality
import Records
import ReplicaStore
import TestSupport
import Testing

extension ScriptWorld {
    /// A batch cannot keep its dots, nor batches whose authors had seen it.
    mutating func transplant(_ index: Int) throws {
        let device = desks[index].device
        try device.closeBatch()
        desks[index].model.closeBatch()
        desks[index].model.commit()
        let batches = try device.batches()
        guard !batches.isEmpty else { return }
        let roots = (0..<1 + random.below(2)).map { _ in random.pick(batches) }
        let dots = roots.flatMap { $0.dotted.map(\.dot) }
        let dropping = Set(random.chance(percent: 30) ? [random.pick(dots)] : [])
        let isOnlyOwn = random.chance(percent: 25)
        note("transplant", index, roots.map(\.header.firstDot), "dropping", dropping, "only own", isOnlyOwn)
        let ownKey = device.keys.keyring.deviceKey
        var names = device.keys.nextNames
        let own = desks[index].model.ownLines
        let before = desks[index].model
        let plan = desks[index].model.transplant(
            Set(dots), dropping: dropping, isRewritten: { !isOnlyOwn || own.contains($0) },
            newName: { names.next() })
        for edit in plan.rewritten { written[edit.dot] = edit }
        let moved = try device.write { [random] writer in
            var random = random
            // Any edit of a batch stands for the whole batch.
            let tails = try writer.tails(of: roots.map { random.pick($0.dotted).dot }, staying: VectorClock())
            return try writer.transplant(
                StoreWriter.Move(
                    tails, dropping: dropping, reason: "test", at: .zero,
                    isRewritten: { !isOnlyOwn || $0 == ownKey }, encode: { _ in [1] }))
        }
        #expect(moved.rewritten == plan.rewritten.count, "seed \(seed)")
        #expect(moved.setAside == plan.setAside.count, "seed \(seed)")
        desks[index].model.commit()
        let asides = try device.store.read { try $0.aside(in: $0.journal()) }
        let boxes = Set(asides.flatMap { aside in aside.boxes.keys.map { Dot(aside.first.replica, $0) } })
        for edit in before.held where plan.setAside.contains(edit.dot) && edit.written.content != nil {
            guard edit.state != .stub, !desks[index].model.forgotten.contains(edit.written.entry) else { continue }
            #expect(boxes.contains(edit.dot), "seed \(seed)")
        }
        try compareLog(index)
    }

    func lacking(_ index: Int) throws -> Set<Dot> {
        let keyring = desks[index].device.keys.keyring
        return try desks[index].device.store.read { reader in
            Set(try reader.lackingBoxes(in: reader.journal(), limit: .max, keyring))
        }
    }

    /// Live edits without boxes are missing, and besides them only those that a merge needs.
    func compareLacking(_ index: Int, _ log: EditLog) throws {
        let model = desks[index].model
        let stubs = model.held.filter { edit in
            edit.state == .stub && edit.written.content != nil && !model.forgotten.contains(edit.written.entry)
        }
        let lacking = try lacking(index)
        #expect(lacking.isSuperset(of: log.liveDots.intersection(stubs.map(\.dot))), "seed \(seed)")
        #expect(lacking.isSubset(of: stubs.map(\.dot)), "seed \(seed)")
        let isPending = model.shown.contains { $0.conflicts.contains { $0.1.isPending } }
        // An edit that may be an entry's first is needed even if others set its fields later.
        let firsts = stubs.filter { model.mayBeFirst($0) }.map(\.dot)
        if !isPending {
            #expect(lacking == log.liveDots.union(firsts).intersection(stubs.map(\.dot)), "seed \(seed)")
        }
    }

    /// Supplies missing boxes until there are none: then no merge waits.
    mutating func supplyLacking(_ index: Int) throws {
        while true {
            let dots = try lacking(index)
            guard !dots.isEmpty, dots.allSatisfy({ boxes[$0] != nil }) else { break }
            note("supply what is lacking", index, dots.sorted())
            try desks[index].device.write { [boxes] writer in
                for dot in dots.sorted() { if let box = boxes[dot] { try writer.supply(box, for: dot) } }
            }
            for dot in dots { if let edit = written[dot] { desks[index].model.supply(edit) } }
            desks[index].model.commit()
        }
        guard try lacking(index).isEmpty else { return }
        #expect(!desks[index].model.shown.contains { $0.conflicts.contains { $0.1.isPending } }, "seed \(seed)")
        #expect(try desks[index].device.store.read { try $0.counts() }.missing == 0, "seed \(seed)")
        try compare(index)
    }
}
