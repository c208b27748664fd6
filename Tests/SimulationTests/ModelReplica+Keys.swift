import Causality
import Membership
import ServerModel
import Wire

extension ModelReplica {
    /// Which epochs' keys open at a device, as `Sealing` finds out with real ones.
    struct Keys {
        private(set) var opened: Set<Hash256> = []
        /// The newest epoch that opens and leads to all before it that are good.
        private(set) var whole: Hash256?

        init() {}

        init(_ log: MembershipLog, _ device: DeviceID) {
            let epochs = log.epochs.map(\.name)
            let arrival = log.record(adding: device).flatMap { log.epoch(at: $0.hash) }
            var targets: [Hash256: Hash256] = [:]
            for (index, epoch) in epochs.enumerated().reversed() {
                let beginning = log.record(beginning: epoch)?.beginning
                let wrap = beginning?.wraps.first { $0.device == device }
                if epoch == arrival || wrap?.sealed == Roster.wrap { opened.insert(epoch) }
                guard opened.contains(epoch), let before = beginning?.before,
                    let target = epochs[..<index].first(where: { before == Roster.before($0) })
                else { continue }
                targets[epoch] = target
                opened.insert(target)
            }
            for epoch in epochs where opened.contains(epoch) && (whole == nil || targets[epoch] == whole) {
                whole = epoch
            }
        }
    }

    /// The last record at which the epoch reigned under whose key is written here.
    var writingHead: Hash256? { keys.whole.flatMap { log?.lastHead(of: $0) } }

    var opensNewest: Bool { keys.whole == log?.epoch }

    var mayWrite: Bool {
        guard let log, log.isCurrentMember(identity.id), let head = writingHead else { return false }
        return log.member(identity.id, at: head) != nil && (opensNewest || Defence.repairsEpochs.stands)
    }

    var isOwner: Bool { log?.member(identity.id)?.role == .owner }

    var owesEpoch: Bool {
        guard let log, isOwner else { return false }
        return log.isEpochOwed || !opensNewest && Defence.repairsEpochs.stands
    }

    /// Feeds of devices that went and are held beyond their bounds.
    var owedRaise: MembershipRecord? {
        guard let log, isOwner, Defence.keepsStayersEdits.stands else { return nil }
        let ends = log.owedRaise(of: edits.tips)
        guard !ends.ends.isEmpty else { return nil }
        return MembershipRecord.raise(ends, in: log, by: identity.id, signing: Roster.devices[device].sign)
    }

    /// What this device wrote under the key of an ended epoch, and neither this clock nor a cut covers.
    func unsealed(beyond clock: VectorClock) -> [Dot] {
        guard let log, mayWrite, opensNewest else { return [] }
        return edits.batches.filter { batch in
            let last = batch.header.lastDot
            let cut = log.cut(of: batch.header.epoch)?[last.replica]?.dot.n ?? 0
            return signingKey(of: last.replica) == identity.signingKey && batch.header.epoch != log.epoch
                && !clock.covers(last) && last.n > cut
        }.map(\.header.firstDot)
    }

    mutating func reseal(_ shared: VectorClock, _ ground: inout Ground) -> (rewritten: Int, setAside: Int)? {
        close()
        let roots = unsealed(beyond: shared)
        let tails = LineTails(roots).closed(over: edits.batches.map(edits.outline)) { _ in false }
        let moved = edits.batches.filter { tails.contains($0.header.firstDot) }
        guard !roots.isEmpty,
            moved.allSatisfy({ signingKey(of: $0.header.replica) == identity.signingKey }),
            moved.flatMap(\.dotted).allSatisfy({ dot, edit in
                !edits.unopened.contains(dot) && (edit.box != nil || edit.header.isForget)
            })
        else { return nil }
        return move(tails, dropping: [], code: .late, ourKeys: [identity.signingKey], &ground)
    }

    /// Whether a batch of an epoch whose key does not open here holds this.
    func isShut(_ dot: Dot) -> Bool {
        guard let log, log.epochs.contains(where: { !keys.opened.contains($0.name) }) else { return false }
        return edits.batches.contains { batch in
            batch.header.replica == dot.replica && (batch.header.first...batch.header.lastDot.n).contains(dot.n)
                && !keys.opened.contains(batch.header.epoch)
        }
    }
}
