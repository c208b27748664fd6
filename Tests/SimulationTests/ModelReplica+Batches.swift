import SyncClient
import Causality
import Membership
import ServerModel
import TestSupport
import Wire

extension ModelReplica {
    /// Edits that are live and whose boxes are not here, in the order of their arrival.
    var missingBoxes: [Dot] {
        let live = edits.liveDots
        return edits.batches.flatMap(\.dotted).filter { dot, edit in
            edit.box == nil && live.contains(dot) && !edits.forgotten.contains(edit.header.entry)
        }.map(\.dot)
    }

    mutating func compare(_ theirs: Frontier, _ ground: Ground) -> ReplicaAnswer {
        let clock = theirs.clock
        let lost = serverHeld.dots.reduce(0) { $0 + max(0, $1.n - clock[$1.replica]) }
        let ours = edits.frontier.clock
        serverHeld = VectorClock(clock.dots.map { Dot($0.replica, min($0.n, ours[$0.replica])) }.filter { $0.n > 0 })
        believed = theirs
        return .compared(
            forked: ground.bug == .overlooksForks ? [] : edits.forked(theirs), lost: lost,
            resealDue: !unsealed(beyond: clock).isEmpty)
    }

    mutating func batches(
        beyond clock: VectorClock, _ without: Set<ReplicaID>, _ room: Int, _ ground: Ground
    ) -> ReplicaAnswer {
        close()
        var left = room
        var found: [Batch] = []
        for batch in edits.batches
        where !clock.covers(batch.header.lastDot) && !without.contains(batch.header.replica) {
            if ground.bug == .sendsOnlyItsOwn, signingKey(of: batch.header.replica) != identity.signingKey { continue }
            if ground.bug == .cursorOffByOne, clock[batch.header.replica] > 0,
                batch.header.first == clock[batch.header.replica] + 1
            {
                continue
            }
            let length = MessageWriter.length(of: .batch(space, batch))
            guard length <= left else { return .batches(found, isLast: false) }
            left -= length
            found.append(batch)
        }
        return .batches(found, isLast: true)
    }

    mutating func take(_ batch: Batch, _ ground: inout Ground) -> ReplicaAnswer {
        close()
        guard let log else { return .refused(.log) }
        switch BatchJudgement(log: log, edits: edits, checks: checks).judge(batch) {
        case .failure(let refusal): return .refused(refusal.code)
        case .success(let isNew):
            let end = batch.tip(checks.hash)
            guard isNew else {
                serverHeld.advance(to: end.dot)
                for (dot, edit) in batch.dotted { if let box = edit.box { supply(box, for: dot, &ground) } }
                return .took(end, isNew: false)
            }
            do {
                try edits.take(batch)
            } catch {
                return .refused(.failed)
            }
            serverHeld.advance(to: end.dot)
            let kept = quarantined.filter { $0.dot.replica != end.dot.replica || edits.edit($0.dot) != $0.edit }
            quarantined = kept
            for (dot, edit) in batch.dotted where edit.box != nil { learn(dot, &ground) }
            // Somebody writes under this name who is not this database.
            if batch.header.replica == replica { incarnate(&ground) }
            return .took(end, isNew: true)
        }
    }

    /// A box is here now: it is read, or it does not open.
    private mutating func learn(_ dot: Dot, _ ground: inout Ground) {
        guard let edit = edits.edit(dot), edit.box != nil else { return }
        if edit.header.entry.high == Self.description(of: 0).high {
            if isShut(dot) { return edits.setUnopened(edits.unopened.union([dot])) }
            let before = keys.opened
            adoptKeys()
            if keys.opened != before { openAll(ground) }
            return
        }
        let isStrange = signingKey(of: dot.replica) != identity.signingKey
        if isShut(dot) || isStrange && ground.misfortune > 0 && ground.generator.chance(ground.misfortune) {
            edits.setUnopened(edits.unopened.union([dot]))
        } else {
            read.formUnion(ground.truth.facts(edit))
        }
    }

    /// Brings the box of a stub. Returns whether it is its own, if it is needed.
    @discardableResult
    mutating func supply(_ box: [UInt8], for dot: Dot, _ ground: inout Ground) -> Bool {
        guard let edit = edits.edit(dot), edit.box == nil, !edits.forgotten.contains(edit.header.entry) else {
            return true
        }
        guard edit.header.boxHash == testHash(box) else { return false }
        edits.supply(box, for: dot)
        learn(dot, &ground)
        return true
    }

    /// A newer version came that opens everything.
    mutating func openAll(_ ground: Ground) {
        guard !edits.unopened.isEmpty else { return }
        let shut = edits.unopened.filter(isShut)
        for dot in edits.unopened.subtracting(shut) { edits.edit(dot).map { read.formUnion(ground.truth.facts($0)) } }
        edits.setUnopened(shut)
    }

    mutating func quarantine(_ batch: Batch, _ code: ErrorCode, _ ground: inout Ground) {
        for (dot, edit) in batch.dotted {
            ground.truth.moved.formUnion(ground.truth.said(by: edit))
            guard !quarantined.contains(where: { $0.dot == dot && $0.edit.header == edit.header }) else { continue }
            if ground.bug == .dropsQuarantined { continue }
            quarantined.append(Quarantined(dot: dot, edit: edit, epoch: batch.header.epoch, code: code))
        }
    }

    /// The key that a feed was announced with.
    func signingKey(of replica: ReplicaID) -> [UInt8]? {
        edits.batches.first { $0.header.replica == replica }?.header.origin?.deviceKey
    }

    /// All values that can be read on this disk.
    func facts(_ truth: Truth) -> Set<Fact> {
        truth.facts(of: edits.batches).union((open + quarantined.map(\.edit)).flatMap(truth.facts))
    }
}
