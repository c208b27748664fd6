import Causality
import Membership
import ServerModel
import TestSupport
import Wire

extension ModelReplica {
    /// Which epochs' keys open at a device, as `Sealing` finds out with real ones.
    ///
    /// A key is the epoch's own, or a false one that somebody sealed in its place.
    struct Keys {
        private struct Epoch {
            let name: Hash256
            let before: [UInt8]?
            /// Whether the key that is here is the epoch's own; `nil` if none is here.
            var isOwn: Bool?
            var target: Int?
            var leads = false
        }

        private var epochs: [Epoch] = []
        /// The newest epoch that opens and leads to the oldest that does.
        private(set) var followed: Hash256?

        init() {}

        init(_ log: MembershipLog, _ device: DeviceID) {
            let arrival = log.record(adding: device).flatMap { log.epoch(at: $0.hash) }
            for (index, epoch) in log.epochs.map(\.name).enumerated() {
                let beginning = log.record(beginning: epoch)?.beginning
                epochs.append(Epoch(name: epoch, before: beginning?.before))
                let wrap = beginning?.wraps.first { $0.device == device }
                guard epoch == arrival || wrap?.sealed == Roster.wrap else { continue }
                settle(index, isOwn: true, isFirst: !epochs.contains(where: \.leads))
                if epochs[index].leads { followed = epoch }
            }
        }

        /// The epochs of which boxes open.
        var opened: Set<Hash256> { Set(epochs.filter { $0.isOwn == true }.map(\.name)) }

        func leads(_ epoch: Hash256) -> Bool { epochs.first { $0.name == epoch }?.leads ?? false }

        /// The epochs that lead and to which the followed one does not.
        var strays: [Hash256] {
            guard let followed = epochs.lastIndex(where: { $0.name == followed }) else { return [] }
            let path = Set(sequence(first: followed) { [epochs] in epochs[$0].target })
            return epochs[..<followed].indices.filter { epochs[$0].leads && !path.contains($0) }.map { epochs[$0].name }
        }

        /// Takes the key of an epoch that a device handed on. Answers whether anything opens by it.
        mutating func adopt(_ epoch: Hash256) -> Bool {
            guard let index = epochs.firstIndex(where: { $0.name == epoch }), !epochs[index].leads else { return false }
            let before = opened
            settle(index, isOwn: true, isFirst: false, onlyIfItLeads: true)
            return opened != before
        }

        private mutating func settle(_ index: Int, isOwn: Bool, isFirst: Bool, onlyIfItLeads: Bool = false) {
            var path: [(index: Int, isOwn: Bool, target: Int?)] = [(index, isOwn, nil)]
            var leads = isFirst
            while let last = path.last {
                guard let (target, isOwn) = lead(from: last.index, isOwn: last.isOwn) else {
                    if last.index == 0, !leads, !onlyIfItLeads {
                        for index in epochs.indices { epochs[index].leads = false }
                        leads = true
                    }
                    break
                }
                if epochs[target].leads {
                    leads = epochs[target].isOwn == isOwn
                    path[path.count - 1].target = target
                    break
                }
                path[path.count - 1].target = target
                if epochs[target].isOwn == isOwn { break }
                path.append((target, isOwn, nil))
            }
            guard leads || !onlyIfItLeads else { return }
            for step in path where epochs[step.index].isOwn == nil || leads {
                epochs[step.index].isOwn = step.isOwn
                epochs[step.index].target = step.target
                epochs[step.index].leads = leads
            }
        }

        /// Under a false key nothing opens.
        private func lead(from index: Int, isOwn: Bool) -> (Int, isOwn: Bool)? {
            guard isOwn, let before = epochs[index].before else { return nil }
            let targets = (0..<index).reversed()
            if let target = targets.first(where: { before == Roster.before(epochs[$0].name) }) { return (target, true) }
            return targets.first { before == Roster.falseBefore(epochs[$0].name) }.map { ($0, false) }
        }
    }

    // MARK: Keys that devices hand on

    /// The entry in which a device hands on keys, and how it says so in a box.
    static func description(of device: Int) -> EntryID { EntryID(high: 0xDE5C, low: UInt64(device)) }

    private static let handedOnLabel = testHash(Array("keys that are handed on".utf8)).bytes

    private func keysHandedOn(by edit: Edit) -> [Hash256] {
        guard edit.header.entry.high == Self.description(of: 0).high, let box = edit.box,
            box.starts(with: Self.handedOnLabel)
        else { return [] }
        let names = box.dropFirst(Hash256.byteCount)
        return stride(from: names.startIndex, to: names.endIndex, by: Hash256.byteCount).compactMap {
            Hash256(names[$0..<min($0 + Hash256.byteCount, names.endIndex)])
        }
    }

    /// Takes the keys that can be read here, and what they open may hand on in turn.
    mutating func adoptKeys() {
        guard Defence.handsKeysOn.isUp else { return }
        var isMoved = true
        while isMoved {
            isMoved = false
            for (dot, edit) in edits.batches.flatMap(\.dotted) where !isShut(dot) {
                for epoch in keysHandedOn(by: edit) where keys.adopt(epoch) { isMoved = true }
            }
        }
    }

    /// Hands on the keys of what is here, to which the followed epoch does not lead.
    mutating func handOn() {
        guard mayWrite, Defence.handsKeysOn.isUp else { return }
        let strays = keys.strays
        guard !strays.isEmpty else { return }
        close()
        let known = Set(
            edits.batches.filter { keys.leads($0.header.epoch) && keys.opened.contains($0.header.epoch) }
                .flatMap(\.edits).flatMap(keysHandedOn))
        let due = strays.filter { epoch in
            !known.contains(epoch) && edits.batches.contains { $0.header.epoch == epoch }
        }
        guard !due.isEmpty else { return }
        let entry = Self.description(of: device)
        let tokens = due.map { FieldToken(bits: $0.prefix64) }
        if unread(entry, tokens).contains(where: { $0.replica == replica }) { return }
        let box = Self.handedOnLabel + due.flatMap(\.bytes)
        let header = EditHeader(
            entry: entry, tokens: tokens.sorted(), group: nextGroup(false), unread: unread(entry, tokens),
            boxHash: checks.hash(box))
        append(Edit(header, box: box))
        hasHandedOn = true
    }

    /// The last record at which the epoch was current under whose key is written here.
    var writingHead: Hash256? { keys.followed.flatMap { log?.lastHead(of: $0) } }

    var opensNewest: Bool { keys.followed == log?.epoch }

    var mayWrite: Bool {
        guard let log, log.isCurrentMember(identity.id), let head = writingHead else { return false }
        return log.member(identity.id, at: head) != nil && (opensNewest || Defence.repairsEpochs.isUp)
    }

    var isOwner: Bool { log?.member(identity.id)?.role == .owner }

    var owesEpoch: Bool {
        guard let log, isOwner else { return false }
        return log.isEpochOwed || !opensNewest && Defence.repairsEpochs.isUp
    }

    /// Feeds of devices that went and are held beyond their bounds.
    var owedRaise: MembershipRecord? {
        guard let log, isOwner, Defence.keepsStayersEdits.isUp else { return nil }
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

    mutating func reseal(_ shared: VectorClock, _ ground: inout Ground) -> (rewritten: Int, quarantined: Int)? {
        close()
        let roots = unsealed(beyond: shared)
        let suffixes = DivergentSuffixes(roots).closed(over: edits.batches.map(edits.outline)) { _ in false }
        let moved = edits.batches.filter { suffixes.contains($0.header.firstDot) }
        guard !roots.isEmpty,
            moved.allSatisfy({ signingKey(of: $0.header.replica) == identity.signingKey }),
            moved.flatMap(\.dotted).allSatisfy({ dot, edit in
                !edits.unopened.contains(dot) && (edit.box != nil || edit.header.isForget)
            })
        else { return nil }
        return move(suffixes, dropping: [], code: .late, ourKeys: [identity.signingKey], &ground)
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
