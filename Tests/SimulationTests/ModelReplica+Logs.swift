import SyncClient
import Causality
import Membership
import ServerModel
import Wire

extension ModelReplica {
    mutating func extendLog(_ previous: Hash256?, _ bytes: [UInt8], _ ground: inout Ground) -> ReplicaAnswer {
        if let log {
            if log.records.contains(where: { $0.bytes == bytes }) { return .logExtended(end, moved: false) }
            guard previous == log.head else {
                // Another record follows one that is here: the logs parted.
                let isHere = previous.map { log.position(of: $0) != nil } ?? true
                return .refused(isHere ? .logFork : .head)
            }
            close()  // under the head that its author knew
        } else if previous != nil {
            return .refused(.head)
        }
        switch checks.extend(log, bytes) {
        case .failure(let error): return .refused(error.needsUpdate ? .update : .record)
        case .success(let extended):
            guard extended.space == space else { return .refused(.record) }
            let before = keys.opened
            log = extended
            adoptKeys()
            if keys.opened != before { openAll(ground) }
        }
        guard let log, log.records.last?.beginning != nil else {
            return .logExtended(end, moved: false)
        }
        let isResealDue = !unsealed(beyond: serverHeld).isEmpty
        // An owner's device raises the bounds instead; who was removed keeps all as it was.
        guard log.isCurrentMember(identity.id) && !isOwner || !Defence.keepsStayersEdits.isUp else {
            return .logExtended(end, moved: isResealDue)
        }
        let late = log.lateSuffixes(in: edits.batches.map(edits.heldBatch))
        guard !late.isEmpty else { return .logExtended(end, moved: isResealDue) }
        let ours: Set = mayWrite ? [identity.signingKey] : []
        _ = move(late, dropping: [], code: .late, ourKeys: ours, &ground)
        return .logExtended(end, moved: true)
    }

    /// Makes what a person asked for, at the head.
    mutating func makeRecord(_ cut: Frontier?) -> ReplicaAnswer {
        close()
        let isOwed = cut != nil && owesEpoch && !isEpochAskedFor
        guard let log, let request = isOwed ? .rotate(from: log.epoch) : request else { return .done }
        if let cut, !cut.ends.allSatisfy({ edits.holding($0.dot) == .end($0.hash) }) { return .refused(.cut) }
        guard let member = log.member(identity.id) else { return .refused(.rights) }
        guard let whole = keys.followed else { return .refused(.record) }
        let before = Roster.before(whole)
        let signing = Roster.devices[device].sign
        let record: MembershipRecord
        switch request {
        case .add(let other):
            guard opensNewest || !Defence.repairsEpochs.isUp else { return .refused(.busy) }
            guard log.record(adding: Roster.devices[other].identity.id) == nil else { return isSo() }
            record = Roster.add(other, role: member.role, to: log, by: device)
        case .remove(let others):
            let here = others.map { Roster.devices[$0].identity.id }.filter(log.isCurrentMember)
            guard !here.isEmpty else { return isSo() }
            guard let cut else { return .refused(.cut) }
            record = MembershipRecord.remove(
                here, from: log, cut: cut, before: before, by: identity.id, wrapping: { _, _ in Roster.wrap },
                signing: signing)
        case .rotate(let epoch):
            guard log.epoch == epoch else { return isSo() }
            guard let cut else { return .refused(.cut) }
            record = MembershipRecord.rotate(
                log, cut: cut, before: before, by: identity.id, wrapping: { _, _ in Roster.wrap },
                signing: signing)
        }
        guard case .success = checks.extend(log, record.bytes) else { return .refused(.record) }
        return .record(record.linked)
    }

    /// Whether a person asked for a record that ends an epoch, and it is not so already.
    private var isEpochAskedFor: Bool {
        switch request {
        case .remove(let others):
            others.contains { log?.isCurrentMember(Roster.devices[$0].identity.id) ?? false }
        case .rotate(let epoch): log?.epoch == epoch
        case .add, nil: false
        }
    }

    private mutating func isSo() -> ReplicaAnswer {
        request = nil
        return .done
    }
}
