import Causality
import Membership
import TestSupport
import Testing

/// Batches of removed devices that do not count.
@Suite struct LateTailsTests {
    /// Held feeds of four devices, and a log that removed some of these, with cuts and raises that name held, unknown
    /// and nonexistent edits.
    struct World {
        let founder: Founder
        let devices: [Founder]
        var generator: SeededGenerator
        var log: MembershipLog
        var history: [HeldBatch] = []
        /// Of each removed device, the rows for its feed: first the cut's, then later raises.
        var marks: [Int: [LineEnd?]] = [:]

        init(seed: Int) throws {
            generator = SeededGenerator(seed: seed)
            founder = try Founder(seed: 1)
            devices = try [founder] + (2...4).map { try Founder(seed: $0) }
            log = try founder.log()
            for device in devices.dropFirst() {
                try log.append(founder.add(device.member(of: .founder, .owner), to: log))
            }
            let head = log.epoch
            var ends: [Int: LineEnd] = [:]
            for _ in 0..<generator.below(16) {
                let line = generator.below(4)
                let first = (ends[line]?.dot.n ?? 0) + 1
                let count = 1 + generator.below(3)
                let seen = VectorClock(
                    ends.filter { $0.key != line }.values.map(\.dot).sorted().filter { _ in
                        generator.chance(percent: 40)
                    })
                let end = Self.end(line, first + count - 1)
                let edits = Array(repeating: BatchOutline.Edit(group: first, unread: []), count: count)
                let outline = BatchOutline(first: Dot(Self.replica(line), first), seen: seen, edits: edits)
                history.append(
                    HeldBatch(
                        outline: outline, epoch: head, end: end, signingKey: devices[line].identity.signingKey))
                ends[line] = end
            }
            var gone: Set<Int> = []
            var unbound: Set<Int> = []
            for _ in 0..<generator.below(6) {
                let line = 1 + generator.below(3)
                let rows = drawnRows()
                let cut = Frontier(rows)
                switch generator.below(4) {
                case 0 where gone.insert(line).inserted:
                    try log.append(founder.remove([devices[line]], from: log, cut: cut))
                    unbound.insert(line)
                case 1 where gone.insert(line).inserted:
                    try log.append(devices[line].leave([devices[line]], of: log))
                    unbound.insert(line)
                    continue
                case 2 where !rows.isEmpty:
                    try log.append(founder.raise(cut, in: log))
                    for line in gone.subtracting(unbound) { marks[line, default: []].append(cut[Self.replica(line)]) }
                    continue
                case _: try log.append(founder.rotate(log, cut: cut))
                }
                for line in unbound { marks[line] = [cut[Self.replica(line)]] }
                unbound = []
            }
        }

        static func replica(_ line: Int) -> ReplicaID { ReplicaID(bits: UInt64(line + 1)) }
        static func end(_ line: Int, _ n: Int) -> LineEnd {
            LineEnd(Dot(replica(line), n), testHash([UInt8(line), UInt8(n)]))
        }

        private mutating func drawnRows() -> [LineEnd] {
            var rows: [LineEnd] = []
            for line in 0..<4 where generator.chance(percent: 80) {
                let known = history.map(\.end).filter { $0.dot.replica == Self.replica(line) }
                switch generator.below(10) {
                case 0: rows.append(LineEnd(Dot(Self.replica(line), 1 + generator.below(12)), testHash([0])))
                case 1: rows.append(Self.end(line, 1 + generator.below(12)))
                case 2: if let end = known.last { rows.append(LineEnd(end.dot, testHash([0]))) }
                case _: if !known.isEmpty { rows.append(generator.pick(known)) }
                }
            }
            return rows
        }

        /// The rule, applied until nothing changes.
        func lateByTheRule() -> Set<Dot> {
            var late: Set<Dot> = []  // first dots
            for (line, marks) in marks {
                let batches = history.filter { $0.end.dot.replica == Self.replica(line) }
                let length = marks.compactMap { $0?.dot.n }.max() ?? 0
                let good = marks.compactMap(\.self).filter { $0.dot.n == length }
                for batch in batches
                where batch.end.dot.n > length || batch.end.dot.n == length && !good.contains(batch.end) {
                    late.insert(batch.outline.first)
                }
                // It reaches the bound, and is another feed.
                if length > 0, !late.isDisjoint(with: batches.map(\.outline.first)),
                    !batches.contains(where: { good.contains($0.end) })
                {
                    late.formUnion(batches.map(\.outline.first))
                }
            }
            while true {
                let more = history.filter { batch in
                    !late.contains(batch.outline.first)
                        && late.contains { late in
                            late.replica == batch.outline.first.replica && late.n < batch.outline.first.n
                                || batch.outline.seen.covers(late)
                        }
                }
                guard !more.isEmpty else { return late }
                late.formUnion(more.map(\.outline.first))
            }
        }

        func standing(of batch: HeldBatch) -> BatchStanding {
            let header = BatchHeader(
                replica: batch.end.dot.replica, first: batch.outline.first.n, count: batch.outline.edits.count,
                previous: batch.epoch, seen: [], head: log.records[3].hash, epoch: batch.epoch, origin: nil)
            return log.standing(of: header, end: batch.end, signingKey: batch.signingKey, previousHead: nil)
        }
    }

    @Test(arguments: 0..<20)
    func isWhatThePlainRuleSays(_ block: Int) throws {
        var lateSeen = 0
        for seed in block * 100..<(block + 1) * 100 {
            let world = try World(seed: seed)
            let tails = world.log.lateTails(in: world.history)
            let found = Set(world.history.map(\.outline.first).filter(tails.contains))
            #expect(found == world.lateByTheRule(), "SEED=\(seed)")
            // A suffix begins at the start of a batch.
            #expect(tails.firsts.allSatisfy { found.contains($0) }, "SEED=\(seed)")
            lateSeen += found.count

            // The rest would be accepted batch by batch, and has nothing more to quarantine.
            let kept = world.history.filter { !tails.contains($0.outline.first) }
            for batch in kept { #expect(world.standing(of: batch) != .late, "SEED=\(seed)") }
            #expect(world.log.lateTails(in: kept).isEmpty, "SEED=\(seed)")

            // Batches accepted one by one, without those whose predecessors are missing, are not late.
            var taken: [HeldBatch] = []
            var clock = VectorClock()
            for batch in world.history
            where clock[batch.end.dot.replica] == batch.outline.first.n - 1 && clock.covers(batch.outline.seen)
                && world.standing(of: batch) != .late
            {
                taken.append(batch)
                clock.advance(to: batch.end.dot)
            }
            #expect(world.log.lateTails(in: taken).isEmpty, "SEED=\(seed)")

            // No feed of a current device moves by itself.
            let own = world.history.filter { world.log.member(signingKey: $0.signingKey) != nil }
            #expect(world.log.lateTails(in: own.filter { $0.outline.seen == VectorClock() }).isEmpty, "SEED=\(seed)")
        }
        #expect(lateSeen > 0)
    }

    /// No record excludes edits that counted before it, except those of the devices that it removes.
    @Test(arguments: 0..<10)
    func anOwnersRaiseBringsAllBackThatItHeld(_ block: Int) throws {
        var raised = 0
        for seed in block * 100..<(block + 1) * 100 {
            var world = try World(seed: seed)
            var tips: [ReplicaID: (end: LineEnd, signingKey: [UInt8])] = [:]
            for batch in world.history { tips[batch.end.dot.replica] = (batch.end, batch.signingKey) }
            let owed = world.log.owedRaise(of: tips.values)
            #expect(owed.ends.isEmpty == world.log.lateTails(in: world.history).isEmpty, "SEED=\(seed)")
            guard !owed.ends.isEmpty else { continue }
            raised += 1
            try world.log.append(world.founder.raise(owed, in: world.log))
            #expect(world.log.lateTails(in: world.history).isEmpty, "SEED=\(seed)")
            #expect(world.log.owedRaise(of: tips.values).ends.isEmpty, "SEED=\(seed)")
            for batch in world.history { #expect(world.standing(of: batch) != .late, "SEED=\(seed)") }
            // Nor does anybody else's raise exclude them again, valid or not.
            let other = Frontier(owed.ends.map { LineEnd(Dot($0.dot.replica, $0.dot.n + seed % 3), testHash([9])) })
            try world.log.append(world.founder.raise(other, in: world.log))
            #expect(world.log.lateTails(in: world.history).isEmpty, "SEED=\(seed)")
        }
        #expect(raised > 0)
    }

    @Test func nothingIsLateWhileTheFirstEpochReigns() throws {
        let founder = try Founder(seed: 1)
        let log = try founder.log()
        let dot = Dot(ReplicaID(bits: 1), 1)
        let outline = BatchOutline(first: dot, seen: VectorClock(), edits: [.init(group: 1, unread: [])])
        let key = founder.identity.signingKey
        let held = HeldBatch(
            outline: outline, epoch: log.epoch, end: LineEnd(dot, testHash([])), signingKey: key)
        #expect(log.lateTails(in: [held]).isEmpty)
        // Batches of an epoch on a discarded branch do not count.
        let lost = HeldBatch(outline: outline, epoch: testHash([1]), end: held.end, signingKey: key)
        #expect(log.lateTails(in: [lost]).firsts == [dot])
    }
}

extension Frontier {
    fileprivate init(_ ends: [LineEnd]) {
        self.init()
        for end in ends { advance(to: end) }
    }
}
