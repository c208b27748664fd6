import Between
import Causality
import Membership
import Wire

extension ModelReplica {
    mutating func transplant(
        _ roots: [Dot], shared: VectorClock, dropping: Set<Dot>, _ ground: inout Ground
    ) -> ReplicaAnswer {
        close()
        let firsts = edits.batches.filter { batch in
            roots.contains { $0.replica == batch.header.replica && $0.n <= batch.header.lastDot.n }
        }.map(\.header.firstDot)
        let tails = LineTails(firsts).closed(over: edits.batches.map(edits.outline)) { shared.covers($0.last) }
        let person = Roster.devices[device].person
        let ours = Roster.devices.filter { $0.person == person && mayWrite }.map(\.identity.signingKey)
        let (rewritten, setAside) = move(tails, dropping: dropping, code: nil, ourKeys: Set(ours), &ground)
        return .transplanted(rewritten: rewritten, setAside: setAside)
    }

    /// Takes tails out; writes again what may be, and keeps the rest aside. Returns how many edits went which way.
    ///
    /// - Parameter ourKeys: the signing keys whose lines are this replica's to write again.
    mutating func move(
        _ tails: LineTails, dropping: Set<Dot>, code: ErrorCode?, ourKeys: Set<[UInt8]>, _ ground: inout Ground
    ) -> (rewritten: Int, setAside: Int) {
        let unopened = edits.unopened
        let outlines = edits.batches.map(edits.outline).filter { tails.contains($0.first) }
        let ours = Set(tails.firsts.map(\.replica).filter { signingKey(of: $0).map(ourKeys.contains) ?? false })
        let removed = edits.remove(tails)
        var originals: [Dot: (edit: Edit, epoch: Hash256)] = [:]
        for batch in removed {
            for (dot, edit) in batch.dotted { originals[dot] = (edit, batch.header.epoch) }
            ground.truth.moved.formUnion(ground.truth.said(in: [batch]))
        }
        var names: [ReplicaID: ReplicaOrigin] = [:]
        let plan = Transplant(
            of: tails, outlines, kept: edits.frontier.clock,
            isSetAside: { dot in
                guard let edit = originals[dot]?.edit else { return true }
                return dropping.contains(dot) || unopened.contains(dot) || edit.box == nil && !edit.header.isForget
                    || !ours.contains(dot.replica)
            },
            newName: { _ in
                incarnate(&ground)
                names[replica] = origin
                return replica
            })
        for dot in plan.setAside where ground.bug != .dropsWhatIsSetAside {
            guard let original = originals[dot] else { continue }
            setAside.append(Aside(dot: dot, edit: original.edit, epoch: original.epoch, code: code))
        }
        for rewrite in plan.rewrites {
            guard let origin = names[rewrite.first.replica] else { preconditionFailure("no name") }
            let again = rewrite.edits.compactMap { edit in
                originals[edit.original].map { original in
                    let header = original.edit.header
                    let moved = EditHeader(
                        entry: header.entry, tokens: header.tokens, isForget: header.isForget,
                        proof: header.proof, group: edit.group, unread: edit.unread, boxHash: header.boxHash)
                    return Edit(moved, box: original.edit.box)
                }
            }
            let seen = ground.bug == .transplantForgetsSeen ? VectorClock() : rewrite.seen
            append(again, of: origin, rewrite.first.replica, seen: seen)
        }
        incarnate(&ground)
        return (plan.rewrites.reduce(0) { $0 + $1.edits.count }, plan.setAside.count)
    }
}
