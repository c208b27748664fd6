/// The plan of a rebase: edits that cannot keep their dots, because their feed forked, their epoch ended or the
/// server refused one of them, get new dots.
///
/// Each feed's divergent suffix is written again in order under a new replica, with the causal context of the
/// originals mapped to the dots that remain. Edits that cannot be rewritten go to quarantine and are never dropped.
/// The caller removes the originals, seals the rewrites and stores the quarantined edits.
public struct Transplant: Hashable, Sendable {
    /// A batch to be written under new dots.
    public struct Rewrite: Hashable, Sendable {
        /// An edit to be written under a new dot.
        public struct Edit: Hashable, Sendable {
            public let original: Dot
            public let group: Int
            public let unread: [Dot]
        }

        public let first: Dot
        /// The whole clock of other feeds; the rows that advanced are written.
        public let seen: VectorClock
        public let edits: [Edit]
    }

    /// In the order in which they must be written.
    public let rewrites: [Rewrite]
    /// Edits to quarantine, in the order of their arrival.
    public let setAside: [Dot]

    /// Plans the rebase.
    ///
    /// - Parameters:
    ///   - tails: the suffixes that move, closed over the batches that had seen them.
    ///   - moved: the batches of the suffixes, in the order of their arrival.
    ///   - kept: the clock of all edits that stay.
    ///   - isSetAside: whether an edit cannot be rewritten: it cannot be opened, is held as a stub only, was refused
    ///     itself, or is another person's.
    ///   - newName: draws the new replica for a feed whose suffix moves; called once a feed.
    public init(
        of tails: LineTails, _ moved: [BatchOutline], kept: VectorClock, isSetAside: (Dot) -> Bool,
        newName: (ReplicaID) -> ReplicaID
    ) {
        var names: [ReplicaID: ReplicaID] = [:]
        var written: [ReplicaID: [Int]] = [:]  // original numbers by feed; the new ones are 1, 2, 3, ...
        var rewrites: [Rewrite] = []
        var setAside: [Dot] = []
        for batch in moved {
            let line = batch.first.replica
            let surviving = zip(batch.dots, batch.edits).filter { !isSetAside($0.0) }
            setAside += batch.dots.filter(isSetAside)
            guard !surviving.isEmpty else { continue }
            let name = names[line] ?? newName(line)
            names[line] = name
            let places = Places(tails: tails, kept: kept, names: names, written: written)
            let first = (written[line]?.count ?? 0) + 1
            var groups: [Int: Int] = [:]
            var edits: [Rewrite.Edit] = []
            for (number, (dot, edit)) in zip(first..., surviving) {
                let group = groups[edit.group, default: number]
                groups[edit.group] = group
                edits.append(.init(original: dot, group: group, unread: places.unread(edit.unread)))
            }
            written[line, default: []] += surviving.map(\.0.n)
            rewrites.append(Rewrite(first: Dot(name, first), seen: places.seen(of: batch), edits: edits))
        }
        self.rewrites = rewrites
        self.setAside = setAside
    }
}

/// Maps dots from before the rebase to dots after it.
private struct Places {
    let tails: LineTails
    let kept: VectorClock
    let names: [ReplicaID: ReplicaID]
    let written: [ReplicaID: [Int]]

    /// The author's clock, in the dots after the rebase.
    func seen(of batch: BatchOutline) -> VectorClock {
        var clock = VectorClock()
        // An author has seen its own feed, whose kept part is another feed than the rewrites.
        let own = batch.first.n > 1 ? [Dot(batch.first.replica, batch.first.n - 1)] : []
        for dot in batch.seen.dots + own {
            let stays = min(dot.n, tails[dot.replica].map { $0 - 1 } ?? dot.n, kept[dot.replica])
            if stays > 0 { clock.advance(to: Dot(dot.replica, stays)) }
            let moved = rewritten(of: dot.replica, before: dot.n + 1)
            if moved > 0, let name = names[dot.replica] { clock.advance(to: Dot(name, moved)) }
        }
        if let name = names[batch.first.replica] { clock.remove(name) }
        return clock
    }

    /// The unread marks ("nothing of that feed from n on"), in the dots after the rebase.
    func unread(_ dots: [Dot]) -> [Dot] {
        dots.flatMap { dot in
            let stays = dot.n <= kept[dot.replica] && !tails.contains(dot)
            let moved = rewritten(of: dot.replica, before: dot.n)
            let hasMoved = moved < written[dot.replica]?.count ?? 0
            let there = hasMoved ? names[dot.replica].map { [Dot($0, moved + 1)] } : nil
            return (stays ? [dot] : []) + (there ?? [])
        }.sorted()
    }

    /// The number of edits before `n` that were rewritten; their new numbers are 1 to that.
    private func rewritten(of line: ReplicaID, before n: Int) -> Int {
        let numbers = written[line] ?? []
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < n { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
