import Causality
import Membership
import TestSupport
import Testing

/// Batches of removed devices that do not count.
@Suite struct LateSuffixesTests {
    /// Held feeds of four devices, and a log that removed some of these, with cuts and raises that name held, unknown
    /// and nonexistent edits.
    struct Simulation {
        let founder: Founder
        let devices: [Founder]
        var generator: SeededGenerator
        var log: MembershipLog
        var history: [HeldBatch] = []
        /// Of each removed device, the rows for its feed: first the cut's, then later raises.
        var marks: [Int: [Tip?]] = [:]

        init(seed: Int) throws {
            generator = SeededGenerator(seed: seed)
            founder = try Founder(seed: 1)
            devices = try [founder] + (2...4).map { try Founder(seed: $0) }
            log = try founder.log()
            for device in devices.dropFirst() {
                try log.append(founder.add(device.member(of: .founder, .owner), to: log))
            }
            let head = log.epoch
            var ends: [Int: Tip] = [:]
            for _ in 0..<generator.below(16) {
                let feed = generator.below(4)
                let first = (ends[feed]?.dot.n ?? 0) + 1
                let count = 1 + generator.below(3)
                let seen = VectorClock(
                    ends.filter { $0.key != feed }.values.map(\.dot).sorted().filter { _ in
                        generator.chance(percent: 40)
                    })
                let end = Self.end(feed, first + count - 1)
                let edits = Array(repeating: BatchOutline.Edit(group: first, unread: []), count: count)
                let outline = BatchOutline(first: Dot(Self.replica(feed), first), seen: seen, edits: edits)
                history.append(
                    HeldBatch(
                        outline: outline, epoch: head, end: end, signingKey: devices[feed].identity.signingKey))
                ends[feed] = end
            }
            var gone: Set<Int> = []
            var unbound: Set<Int> = []
            for _ in 0..<generator.below(6) {
                let feed = 1 + generator.below(3)
                let rows = drawnRows()
                let cut = Frontier(rows)
                switch generator.below(4) {
                case 0 where gone.insert(feed).inserted:
                    try log.append(founder.remove([devices[feed]], from: log, cut: cut))
                    unbound.insert(feed)
                case 1 where gone.insert(feed).inserted:
                    try log.append(devices[feed].leave([devices[feed]], of: log))
                    unbound.insert(feed)
                    continue
                case 2 where !rows.isEmpty:
                    try log.append(founder.raise(cut, in: log))
                    for feed in gone.subtracting(unbound) { marks[feed, default: []].append(cut[Self.replica(feed)]) }
                    continue
                case _: try log.append(founder.rotate(log, cut: cut))
                }
                for feed in unbound { marks[feed] = [cut[Self.replica(feed)]] }
                unbound = []
            }
        }

        static func replica(_ feed: Int) -> ReplicaID { ReplicaID(bits: UInt64(feed + 1)) }
        static func end(_ feed: Int, _ n: Int) -> Tip {
            Tip(Dot(replica(feed), n), testHash([UInt8(feed), UInt8(n)]))
        }

        private mutating func drawnRows() -> [Tip] {
            var rows: [Tip] = []
            for feed in 0..<4 where generator.chance(percent: 80) {
                let known = history.map(\.end).filter { $0.dot.replica == Self.replica(feed) }
                switch generator.below(10) {
                case 0: rows.append(Tip(Dot(Self.replica(feed), 1 + generator.below(12)), testHash([0])))
                case 1: rows.append(Self.end(feed, 1 + generator.below(12)))
                case 2: if let end = known.last { rows.append(Tip(end.dot, testHash([0]))) }
                case _: if !known.isEmpty { rows.append(generator.pick(known)) }
                }
            }
            return rows
        }

        /// The rule, applied until nothing changes.
        func lateByTheRule() -> Set<Dot> {
            var late: Set<Dot> = []  // first dots
            for (feed, marks) in marks {
                let batches = history.filter { $0.end.dot.replica == Self.replica(feed) }
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

        func status(of batch: HeldBatch) -> BatchStatus {
            let header = BatchHeader(
                replica: batch.end.dot.replica, first: batch.outline.first.n, count: batch.outline.edits.count,
                previous: batch.epoch, seen: [], head: log.records[3].hash, epoch: batch.epoch, origin: nil)
            return log.status(of: header, end: batch.end, signingKey: batch.signingKey, previousHead: nil)
        }
    }

    @Test(arguments: 0..<20)
    func isWhatThePlainRuleSays(_ block: Int) throws {
        var lateSeen = 0
        for seed in block * 100..<(block + 1) * 100 {
            let simulation = try Simulation(seed: seed)
            let suffixes = simulation.log.lateSuffixes(in: simulation.history)
            let found = Set(simulation.history.map(\.outline.first).filter(suffixes.contains))
            #expect(found == simulation.lateByTheRule(), "SEED=\(seed)")
            // A suffix begins at the start of a batch.
            #expect(suffixes.firsts.allSatisfy { found.contains($0) }, "SEED=\(seed)")
            lateSeen += found.count

            // The rest would be accepted batch by batch, and has nothing more to quarantine.
            let kept = simulation.history.filter { !suffixes.contains($0.outline.first) }
            for batch in kept { #expect(simulation.status(of: batch) != .late, "SEED=\(seed)") }
            #expect(simulation.log.lateSuffixes(in: kept).isEmpty, "SEED=\(seed)")

            // Batches accepted one by one, without those whose predecessors are missing, are not late.
            var taken: [HeldBatch] = []
            var clock = VectorClock()
            for batch in simulation.history
            where clock[batch.end.dot.replica] == batch.outline.first.n - 1 && clock.covers(batch.outline.seen)
                && simulation.status(of: batch) != .late
            {
                taken.append(batch)
                clock.advance(to: batch.end.dot)
            }
            #expect(simulation.log.lateSuffixes(in: taken).isEmpty, "SEED=\(seed)")

            // No feed of a current device moves by itself.
            let own = simulation.history.filter { simulation.log.member(signingKey: $0.signingKey) != nil }
            #expect(
                simulation.log.lateSuffixes(in: own.filter { $0.outline.seen == VectorClock() }).isEmpty, "SEED=\(seed)"
            )
        }
        #expect(lateSeen > 0)
    }

    /// No record excludes edits that counted before it, except those of the devices that it removes.
    @Test(arguments: 0..<10)
    func anOwnersRaiseBringsAllBackThatItHeld(_ block: Int) throws {
        var raised = 0
        for seed in block * 100..<(block + 1) * 100 {
            var simulation = try Simulation(seed: seed)
            var tips: [ReplicaID: (end: Tip, signingKey: [UInt8])] = [:]
            for batch in simulation.history { tips[batch.end.dot.replica] = (batch.end, batch.signingKey) }
            let owed = simulation.log.owedRaise(of: tips.values)
            #expect(owed.ends.isEmpty == simulation.log.lateSuffixes(in: simulation.history).isEmpty, "SEED=\(seed)")
            guard !owed.ends.isEmpty else { continue }
            raised += 1
            try simulation.log.append(simulation.founder.raise(owed, in: simulation.log))
            #expect(simulation.log.lateSuffixes(in: simulation.history).isEmpty, "SEED=\(seed)")
            #expect(simulation.log.owedRaise(of: tips.values).ends.isEmpty, "SEED=\(seed)")
            for batch in simulation.history { #expect(simulation.status(of: batch) != .late, "SEED=\(seed)") }
            // Nor does anybody else's raise exclude them again, valid or not.
            let other = Frontier(owed.ends.map { Tip(Dot($0.dot.replica, $0.dot.n + seed % 3), testHash([9])) })
            try simulation.log.append(simulation.founder.raise(other, in: simulation.log))
            #expect(simulation.log.lateSuffixes(in: simulation.history).isEmpty, "SEED=\(seed)")
        }
        #expect(raised > 0)
    }

    @Test func nothingIsLateInTheFirstEpoch() throws {
        let founder = try Founder(seed: 1)
        let log = try founder.log()
        let dot = Dot(ReplicaID(bits: 1), 1)
        let outline = BatchOutline(first: dot, seen: VectorClock(), edits: [.init(group: 1, unread: [])])
        let key = founder.identity.signingKey
        let held = HeldBatch(
            outline: outline, epoch: log.epoch, end: Tip(dot, testHash([])), signingKey: key)
        #expect(log.lateSuffixes(in: [held]).isEmpty)
        // Batches of an epoch on a discarded branch do not count.
        let lost = HeldBatch(outline: outline, epoch: testHash([1]), end: held.end, signingKey: key)
        #expect(log.lateSuffixes(in: [lost]).firsts == [dot])
    }
}

extension Frontier {
    fileprivate init(_ ends: [Tip]) {
        self.init()
        for end in ends { advance(to: end) }
    }
}
