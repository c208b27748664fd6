import Causality
import Membership
import TestSupport
import Testing

/// What everybody sets aside when an epoch has ended.
@Suite struct LateTailsTests {
    /// Lines that are held, and a log with cuts of which some know these lines and others contradict them.
    struct World {
        let founder: Founder
        var generator: SeededGenerator
        var log: MembershipLog
        var history: [HeldBatch] = []
        var cuts: [[LineEnd]] = []

        init(seed: Int) throws {
            founder = try Founder(seed: 1)
            generator = SeededGenerator(seed: seed)
            log = try founder.log()
            let lines = (1...UInt64(3)).map(ReplicaID.init(bits:))
            var ends: [ReplicaID: LineEnd] = [:]
            var plan: [(batch: HeldBatch, epoch: Int)] = []
            var epochs: [ReplicaID: Int] = [:]
            let last = generator.below(4)
            for _ in 0..<generator.below(16) {
                let line = generator.pick(lines)
                let first = (ends[line]?.dot.n ?? 0) + 1
                let count = 1 + generator.below(3)
                let seen = VectorClock(
                    ends.values.filter { $0.dot.replica != line && generator.chance(percent: 40) }.map(\.dot).sorted())
                let end = LineEnd(Dot(line, first + count - 1), testHash([UInt8(line.bits), UInt8(first + count - 1)]))
                let epoch = min(last, (epochs[line] ?? 0) + (generator.chance(percent: 25) ? 1 : 0))
                let edits = Array(repeating: BatchOutline.Edit(group: first, unread: []), count: count)
                let outline = BatchOutline(first: Dot(line, first), seen: seen, edits: edits)
                plan.append((HeldBatch(outline: outline, epoch: testHash([]), end: end), epoch))
                ends[line] = end
                epochs[line] = epoch
            }
            for _ in 0..<last {
                var cut: [LineEnd] = []
                for line in lines where generator.chance(percent: 80) {
                    let known = plan.map(\.batch.end).filter { $0.dot.replica == line }
                    switch generator.below(10) {
                    case 0: cut.append(LineEnd(Dot(line, 1 + generator.below(12)), testHash([0])))
                    case 1:
                        let n = 1 + generator.below(12)
                        cut.append(LineEnd(Dot(line, n), testHash([UInt8(line.bits), UInt8(n)])))
                    case _: if !known.isEmpty { cut.append(generator.pick(known)) }
                    }
                }
                cuts.append(cut)
                var frontier = Frontier()
                for end in cut { frontier.advance(to: end) }
                try log.append(founder.rotate(log, cut: frontier))
            }
            history = plan.map { planned in
                HeldBatch(
                    outline: planned.batch.outline, epoch: log.epochs[planned.epoch].name, end: planned.batch.end)
            }
        }

        /// The rule, until nothing changes.
        func lateByTheRule() -> Set<Dot> {
            var late: Set<Dot> = []  // first dots
            for batch in history {
                guard let epoch = log.epochs.firstIndex(where: { $0.name == batch.epoch }), epoch < cuts.count else {
                    continue
                }
                let row = cuts[epoch].first { $0.dot.replica == batch.end.dot.replica }
                if row.map({ $0.dot.n < batch.end.dot.n }) ?? true { late.insert(batch.outline.first) }
            }
            for line in Set(history.map(\.end.dot.replica)) {
                let ends = history.map(\.end).filter { $0.dot.replica == line }
                let length = ends.map(\.dot.n).max() ?? 0
                let rows = cuts.flatMap { $0 }.filter { $0.dot.replica == line && $0.dot.n <= length }
                guard let broken = rows.filter({ !ends.contains($0) }).map(\.dot.n).min() else { continue }
                let known = rows.map(\.dot.n).filter { $0 < broken }.max() ?? 0
                for batch in history where batch.outline.first.replica == line && batch.outline.first.n > known {
                    late.insert(batch.outline.first)
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
                previous: batch.epoch, seen: [], head: log.record(beginning: batch.epoch)?.hash ?? batch.epoch,
                epoch: batch.epoch, origin: nil)
            return log.standing(
                of: header, end: batch.end, signingKey: founder.identity.signingKey, previousHead: nil)
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
            // A tail begins where a batch does.
            #expect(tails.firsts.allSatisfy { found.contains($0) }, "SEED=\(seed)")
            lateSeen += found.count

            // What is left would be taken one by one, and leaves nothing more to be set aside.
            let kept = world.history.filter { !tails.contains($0.outline.first) }
            for batch in kept { #expect(world.standing(of: batch) != .late, "SEED=\(seed)") }
            #expect(world.log.lateTails(in: kept).isEmpty, "SEED=\(seed)")

            // And what was taken one by one, without what lacks its ground, is nowhere late.
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
        }
        #expect(lateSeen > 0)
    }

    @Test func nothingIsLateWhileTheFirstEpochReigns() throws {
        let log = try Founder(seed: 1).log()
        let dot = Dot(ReplicaID(bits: 1), 1)
        let outline = BatchOutline(first: dot, seen: VectorClock(), edits: [.init(group: 1, unread: [])])
        let held = HeldBatch(outline: outline, epoch: log.epoch, end: LineEnd(dot, testHash([])))
        #expect(log.lateTails(in: [held]).isEmpty)
        // What was written in an epoch of a branch that lost has no place here.
        let lost = HeldBatch(outline: outline, epoch: testHash([1]), end: held.end)
        #expect(log.lateTails(in: [lost]).firsts == [dot])
    }

    /// Two cuts that contradict each other at one place: the line is known up to before it, whichever was first.
    @Test(arguments: [[1, 2], [2, 1]])
    func cutsMayContradictEachOther(_ order: [UInt8]) throws {
        let founder = try Founder(seed: 1)
        let dot = Dot(ReplicaID(bits: 1), 1)
        var log = try founder.log()
        let name = log.epoch
        for hash in order {
            try log.append(founder.rotate(log, cut: Frontier(LineEnd(dot, testHash([hash])))))
        }
        let outline = BatchOutline(first: dot, seen: VectorClock(), edits: [.init(group: 1, unread: [])])
        let held = HeldBatch(outline: outline, epoch: name, end: LineEnd(dot, testHash([1])))
        #expect(log.lateTails(in: [held]).firsts == [dot])
    }
}
