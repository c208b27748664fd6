import Causality
import Records

/// Rebase of edits that cannot keep their dots, by the definition.
extension ReplicaModel {
    struct Plan {
        /// The rebased edits, under their new dots.
        var rewritten: [Written] = []
        var quarantined: [Dot] = []
    }

    /// - Parameters:
    ///   - roots: the batches that must move.
    ///   - dropping: edits that were refused themselves.
    ///   - isRewritten: whether a feed is this person's.
    ///   - newName: the next replica of this device.
    mutating func rebase(
        _ roots: Set<Dot>, dropping: Set<Dot>, isRewritten: (ReplicaID) -> Bool, newName: () -> ReplicaID
    ) -> Plan {
        closeBatch()
        var moved = roots
        for edit in held where !moved.contains(edit.dot) {
            let context = edit.written.context
            let follows = edit.dot.n > 1 && moved.contains(Dot(edit.dot.replica, edit.dot.n - 1))
            if follows || moved.contains(where: context.seen.covers) { moved.insert(edit.dot) }
        }
        guard !moved.isEmpty else { return Plan() }
        let leaving = held.filter { moved.contains($0.dot) }
        held.removeAll { moved.contains($0.dot) }
        let kept = clock
        var plan = Plan()
        var names: [ReplicaID: ReplicaID] = [:]
        var numbers: [ReplicaID: [Int]] = [:]
        var renamed: [Dot: Dot] = [:]
        // Edits of one batch had seen the same, and keep a common context.
        var batches: [[Held]] = []
        for edit in leaving {
            if let last = batches.last?.last, last.dot.replica == edit.dot.replica,
                last.written.context.seen == edit.written.context.seen
            {
                batches[batches.count - 1].append(edit)
            } else {
                batches.append([edit])
            }
        }
        var drafts: [Written] = []
        for batch in batches {
            let stays = batch.filter { edit in
                let isReadable = edit.state == .opened || edit.written.content == nil
                let isAway = !isReadable || dropping.contains(edit.dot) || !isRewritten(edit.dot.replica)
                if isAway { plan.quarantined.append(edit.dot) }
                return !isAway
            }
            guard let feed = stays.first?.dot.replica else { continue }
            let name = names[feed] ?? newName()
            names[feed] = name
            var seen = VectorClock()
            for dot in batch[0].written.context.seen.dots + [Dot(feed, batch[0].dot.n - 1)] {
                let there = min(dot.n, kept[dot.replica])
                if there > 0 { seen.advance(to: Dot(dot.replica, there)) }
                let again = numbers[dot.replica, default: []].count { $0 <= dot.n }
                if again > 0, let other = names[dot.replica], other != name { seen.advance(to: Dot(other, again)) }
            }
            let before = numbers
            for edit in stays {
                let n = (numbers[feed]?.count ?? 0) + 1
                numbers[feed, default: []].append(edit.dot.n)
                renamed[edit.dot] = Dot(name, n)
                let unread = edit.written.context.unread.flatMap { dot -> [Dot] in
                    let again = before[dot.replica, default: []].count { $0 < dot.n }
                    let isMoved = again < before[dot.replica, default: []].count
                    return (dot.n <= kept[dot.replica] ? [dot] : [])
                        + (isMoved ? names[dot.replica].map { [Dot($0, again + 1)] } ?? [] : [])
                }
                drafts.append(
                    Written(
                        context: CausalContext(dot: Dot(name, n), seen: seen, unread: unread.sorted()),
                        entry: edit.written.entry, content: edit.written.content))
            }
        }
        plan.rewritten = drafts.map { draft in
            var content = draft.content
            content?.undoes = draft.content?.undoes.map { renamed[$0] ?? $0 } ?? []
            return Written(context: draft.context, entry: draft.entry, content: content)
        }
        ownFeeds.formUnion(names.values)
        own = nil
        forgotten = Set(held.filter { $0.written.content == nil }.map(\.written.entry))
        for edit in plan.rewritten { hold(edit, .opened) }
        closeBatch()
        return plan
    }
}
