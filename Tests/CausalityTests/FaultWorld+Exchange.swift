import Causality
import TestSupport

extension FaultWorld {
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
            batch.header.first <= theirs.line(batch.header.replica).end.dot.n
                && theirs.holding(batch.header.lastDot) != .end(batch.lineEnd(testHash).hash)
        }
        guard !split.isEmpty else { return }
        try transplant(device, moving(LineTails(split.map(\.header.firstDot)), device, server), adopt: true)
        notes.insert("fork")
    }

    /// The edits that move, except those that this server holds unchanged.
    private func moving(_ roots: LineTails, _ device: Int, _ server: Int) -> LineTails {
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
                try transplant(device, moving(LineTails([batch.header.firstDot]), device, server), adopt: false)
            } catch Refused.content(let dot) {
                notes.insert("content")
                let batch = devices[device].log.batches.first { $0.dotted.contains { $0.dot == dot } }
                let root = batch?.header.firstDot ?? dot
                try transplant(device, moving(LineTails([root]), device, server), dropping: [dot], adopt: true)
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
