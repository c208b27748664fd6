import SyncClient
import Causality
import Membership
import ServerModel
import Wire

extension ModelReplica {
    /// Whether others refuse an edit of this device for this, or a record removes it.
    func judges(_ dot: Dot?, _ code: ErrorCode) -> Bool {
        guard let dot else { return code == .removed && isRemoved }
        guard let log, let batch = edits.batches.first(where: { $0.dotted.contains { $0.dot == dot } }),
            let edit = edits.edit(dot)
        else { return false }
        switch code {
        case .tooLarge: return edit.box?.count ?? 0 > Simulation.boxLengthMax
        case .rights:
            guard edit.header.isForget, let key = signingKey(of: dot.replica),
                let signer = log.member(signingKey: key, at: batch.header.head)
            else { return false }
            return !log.mayForget(edit.header.entry, by: signer, proof: edit.header.proof, checks.hash)
        default: return false
        }
    }

    /// Whether a record says that it is no more of the space.
    var isRemoved: Bool { isShownRemoved || log.map { $0.member(identity.id) == nil } ?? false }

    func isRemoval(_ bytes: [UInt8]) -> Bool {
        guard let log, let record = try? MembershipRecord(parsing: bytes),
            case .remove(let devices, _) = record.content, devices.contains(identity.id),
            let author = log.member(record.author)
        else { return false }
        return (author.role == .owner || author.person == Roster.devices[device].person)
            && record.isSigned(by: author.device)
    }

    /// Whether this batch and what stands in its place are two, both by the feed's device.
    func isFork(_ batch: Batch) -> Bool {
        let header = batch.header
        guard batch.defect(checks.hash) == nil, let key = signingKey(of: header.replica),
            let signer = DeviceIdentity(signingKey: key, agreementKey: key)
        else { return false }
        let before = Dot(header.replica, header.first - 1)
        let start = FeedState.start(space: space.bytes, replica: header.replica, checks.hash)
        guard header.first == 1 ? header.previous == start : edits.holding(before) == .end(header.previous),
            edits.holding(header.firstDot) != .nothing
        else { return false }
        let end = batch.tip(checks.hash)
        return edits.holding(end.dot) != .end(end.hash) && checks.isSigned(batch, signer, end.hash)
    }

    mutating func rebase(
        _ roots: [Dot], shared: VectorClock, dropping: Set<Dot>, _ ground: inout Ground
    ) -> ReplicaAnswer {
        close()
        let firsts = edits.batches.filter { batch in
            roots.contains { $0.replica == batch.header.replica && $0.n <= batch.header.lastDot.n }
        }.map(\.header.firstDot)
        let suffixes = DivergentSuffixes(firsts).closed(over: edits.batches.map(edits.outline)) {
            shared.covers($0.last)
        }
        let person = Roster.devices[device].person
        let ours = Roster.devices.filter { $0.person == person && mayWrite }.map(\.identity.signingKey)
        let (rewritten, quarantined) = move(suffixes, dropping: dropping, code: nil, ourKeys: Set(ours), &ground)
        return .rebased(rewritten: rewritten, quarantined: quarantined)
    }

    /// Takes suffixes out; writes again what may be, and keeps the rest in quarantine. Returns how many edits went
    /// which way.
    ///
    /// - Parameter ourKeys: the signing keys whose feeds are this replica's to write again.
    mutating func move(
        _ suffixes: DivergentSuffixes, dropping: Set<Dot>, code: ErrorCode?, ourKeys: Set<[UInt8]>,
        _ ground: inout Ground
    ) -> (rewritten: Int, quarantined: Int) {
        let unopened = edits.unopened
        let outlines = edits.batches.map(edits.outline).filter { suffixes.contains($0.first) }
        let ours = Set(suffixes.firsts.map(\.replica).filter { signingKey(of: $0).map(ourKeys.contains) ?? false })
        let removed = edits.remove(suffixes)
        var originals: [Dot: (edit: Edit, epoch: Hash256)] = [:]
        for batch in removed {
            for (dot, edit) in batch.dotted { originals[dot] = (edit, batch.header.epoch) }
            ground.truth.moved.formUnion(ground.truth.said(in: [batch]))
        }
        var names: [ReplicaID: ReplicaOrigin] = [:]
        let plan = Rebase(
            of: suffixes, outlines, kept: edits.frontier.clock,
            isQuarantined: { dot in
                guard let edit = originals[dot]?.edit else { return true }
                return dropping.contains(dot) || unopened.contains(dot) || edit.box == nil && !edit.header.isForget
                    || !ours.contains(dot.replica)
            },
            newName: { _ in
                incarnate(&ground)
                names[replica] = origin
                return replica
            })
        for dot in plan.quarantined where ground.bug != .dropsQuarantined {
            guard let original = originals[dot] else { continue }
            quarantined.append(Quarantined(dot: dot, edit: original.edit, epoch: original.epoch, code: code))
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
            let seen = ground.bug == .rebaseForgetsSeen ? VectorClock() : rewrite.seen
            append(again, of: origin, rewrite.first.replica, seen: seen)
        }
        incarnate(&ground)
        return (plan.rewrites.reduce(0) { $0 + $1.edits.count }, plan.quarantined.count)
    }
}
