/// The one way out when edits cannot keep their dots: their line forked, their
/// epoch ended, or the server refused one for itself.
///
/// Each line's tail is written again in its order under a new replica, having seen
/// what its originals had seen, as far as that is still there. What cannot be written
/// again is set aside, never dropped. This value is the plan; whoever holds the
/// edits takes them out, seals them anew and keeps what is set aside.
public struct Transplant: Hashable, Sendable {
    /// A batch to be written again.
    public struct Rewrite: Hashable, Sendable {
        /// An edit to be written again.
        public struct Edit: Hashable, Sendable {
            public let original: Dot
            public let group: Int
            public let unread: [Dot]
        }

        public let first: Dot
        /// The whole clock of other lines, to be written as the rows that moved.
        public let seen: VectorClock
        public let edits: [Edit]
    }

    /// In the order in which they are to be written.
    public let rewrites: [Rewrite]
    /// What cannot be written again, in the order of its arrival.
    public let setAside: [Dot]

    /// Plans it.
    ///
    /// - Parameters:
    ///   - tails: what moves, closed over what was written after seeing it.
    ///   - moved: the batches of the tails, in the order in which they arrived.
    ///   - kept: the clock of all that stays.
    ///   - isSetAside: whether an edit cannot be written again: it does not open, only its stub is
    ///     here, it was refused for itself, or it is another person's.
    ///   - newName: a new replica in the place of one whose tail moves; asked once a line.
    public init(
        of tails: LineTails, _ moved: [BatchOutline], kept: VectorClock, isSetAside: (Dot) -> Bool,
        newName: (ReplicaID) -> ReplicaID
    ) {
        var names: [ReplicaID: ReplicaID] = [:]
        var written: [ReplicaID: [Int]] = [:]  // of each old line the old numbers; the new ones are 1, 2, 3, ...
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

/// Where everything is that an author may have seen, once the tails moved.
private struct Places {
    let tails: LineTails
    let kept: VectorClock
    let names: [ReplicaID: ReplicaID]
    let written: [ReplicaID: [Int]]

    /// The author's clock, mapped to what is there now.
    func seen(of batch: BatchOutline) -> VectorClock {
        var clock = VectorClock()
        // An author has seen his own line, and the part of it that stays is another line now.
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

    /// "Nothing of that line from n on", said of the lines that are there now.
    func unread(_ dots: [Dot]) -> [Dot] {
        dots.flatMap { dot in
            let stays = dot.n <= kept[dot.replica] && !tails.contains(dot)
            let moved = rewritten(of: dot.replica, before: dot.n)
            let hasMoved = moved < written[dot.replica]?.count ?? 0
            let there = hasMoved ? names[dot.replica].map { [Dot($0, moved + 1)] } : nil
            return (stays ? [dot] : []) + (there ?? [])
        }.sorted()
    }

    /// How many edits before this number were written again; their new numbers are 1 to that.
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
