/// The plan of a rebase: edits that cannot keep their dots, because their feed forked, their epoch ended or the
/// server refused one of them, get new dots.
///
/// Each feed's divergent suffix is written again in order under a new replica, with the causal context of the
/// originals mapped to the dots that remain. Edits that cannot be rewritten go to quarantine and are never dropped.
/// The caller removes the originals, seals the rewrites and stores the quarantined edits.
public struct Rebase: Hashable, Sendable {
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
    public let quarantined: [Dot]

    /// Plans the rebase.
    ///
    /// - Parameters:
    ///   - suffixes: the suffixes that move, closed over the batches that had seen them.
    ///   - moved: the batches of the suffixes, in the order of their arrival.
    ///   - kept: the clock of all edits that stay.
    ///   - isQuarantined: whether an edit cannot be rewritten: it cannot be opened, is held as a stub only, was refused
    ///     itself, or is another person's.
    ///   - newName: draws the new replica for a feed whose suffix moves; called once a feed.
    public init(
        of suffixes: DivergentSuffixes, _ moved: [BatchOutline], kept: VectorClock, isQuarantined: (Dot) -> Bool,
        newName: (ReplicaID) -> ReplicaID
    ) {
        var names: [ReplicaID: ReplicaID] = [:]
        var written: [ReplicaID: [Int]] = [:]  // original numbers by feed; the new ones are 1, 2, 3, ...
        var rewrites: [Rewrite] = []
        var quarantined: [Dot] = []
        for batch in moved {
            let feed = batch.first.replica
            let surviving = zip(batch.dots, batch.edits).filter { !isQuarantined($0.0) }
            quarantined += batch.dots.filter(isQuarantined)
            guard !surviving.isEmpty else { continue }
            let name = names[feed] ?? newName(feed)
            names[feed] = name
            let places = Places(suffixes: suffixes, kept: kept, names: names, written: written)
            let first = (written[feed]?.count ?? 0) + 1
            var groups: [Int: Int] = [:]
            var edits: [Rewrite.Edit] = []
            for (number, (dot, edit)) in zip(first..., surviving) {
                let group = groups[edit.group, default: number]
                groups[edit.group] = group
                edits.append(.init(original: dot, group: group, unread: places.unread(edit.unread)))
            }
            written[feed, default: []] += surviving.map(\.0.n)
            rewrites.append(Rewrite(first: Dot(name, first), seen: places.seen(of: batch), edits: edits))
        }
        self.rewrites = rewrites
        self.quarantined = quarantined
    }
}

/// Maps dots from before the rebase to dots after it.
private struct Places {
    let suffixes: DivergentSuffixes
    let kept: VectorClock
    let names: [ReplicaID: ReplicaID]
    let written: [ReplicaID: [Int]]

    /// The author's clock, in the dots after the rebase.
    func seen(of batch: BatchOutline) -> VectorClock {
        var clock = VectorClock()
        // An author has seen its own feed, whose kept part is another feed than the rewrites.
        let own = batch.first.n > 1 ? [Dot(batch.first.replica, batch.first.n - 1)] : []
        for dot in batch.seen.dots + own {
            let stays = min(dot.n, suffixes[dot.replica].map { $0 - 1 } ?? dot.n, kept[dot.replica])
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
            let stays = dot.n <= kept[dot.replica] && !suffixes.contains(dot)
            let moved = rewritten(of: dot.replica, before: dot.n)
            let hasMoved = moved < written[dot.replica]?.count ?? 0
            let there = hasMoved ? names[dot.replica].map { [Dot($0, moved + 1)] } : nil
            return (stays ? [dot] : []) + (there ?? [])
        }.sorted()
    }

    /// The number of edits before `n` that were rewritten; their new numbers are 1 to that.
    private func rewritten(of feed: ReplicaID, before n: Int) -> Int {
        let numbers = written[feed] ?? []
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < n { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Divergent suffixes of feeds, whose edits get new dots: of each such feed, the first number that moves.
public struct DivergentSuffixes: Hashable, Sendable {
    private var starts = ReplicaMap<Int>()

    public init(_ firsts: some Sequence<Dot> = []) {
        for dot in firsts { insert(dot) }
    }

    public var isEmpty: Bool { starts.entries.isEmpty }

    /// The first dot of each suffix, sorted by replica.
    public var firsts: [Dot] { starts.entries.map { Dot($0.replica, $0.value) } }

    public subscript(replica: ReplicaID) -> Int? { starts[replica] }

    /// Adds this edit and all of its feed after it.
    public mutating func insert(_ dot: Dot) {
        starts[dot.replica] = min(dot.n, starts[dot.replica] ?? dot.n)
    }

    public func contains(_ dot: Dot) -> Bool { (starts[dot.replica]).map { dot.n >= $0 } ?? false }

    /// Whether this clock covers any edit that moves.
    public func meet(_ clock: VectorClock) -> Bool { firsts.contains(where: clock.covers) }

    /// These suffixes, extended by every batch whose author had seen one of their edits, since such a batch cannot
    /// keep its dots either.
    ///
    /// - Parameters:
    ///   - history: the batches that are held, in the order of their arrival; ``BatchOutline/seen`` may leave out rows
    ///     that did not advance.
    ///   - stays: whether a batch keeps its dots whatever its author had seen, because the server holds it.
    public func closed(over history: some Sequence<BatchOutline>, unless stays: (BatchOutline) -> Bool)
        -> DivergentSuffixes
    {
        var suffixes = self
        // Feeds of which a batch stays that had seen one of the edits, as their later batches have too.
        var met: Set<ReplicaID> = []
        for batch in history where !suffixes.contains(batch.first) {
            guard met.contains(batch.first.replica) || suffixes.meet(batch.seen) else { continue }
            if stays(batch) { met.insert(batch.first.replica) } else { suffixes.insert(batch.first) }
        }
        return suffixes
    }
}

/// The part of a batch that a ``Rebase`` needs.
public struct BatchOutline: Hashable, Sendable {
    /// The part of an edit that a ``Rebase`` needs.
    public struct Edit: Hashable, Sendable {
        public let group: Int
        public let unread: [Dot]

        public init(group: Int, unread: [Dot]) {
            self.group = group
            self.unread = unread
        }
    }

    public let first: Dot
    /// The author's whole clock of other feeds; for ``DivergentSuffixes/closed(over:unless:)`` alone, the rows that
    /// advanced are enough.
    public let seen: VectorClock
    public let edits: [Edit]

    public init(first: Dot, seen: VectorClock, edits: [Edit]) {
        self.first = first
        self.seen = seen
        self.edits = edits
    }

    public var dots: [Dot] { edits.indices.map { Dot(first.replica, first.n + $0) } }
    public var last: Dot { Dot(first.replica, first.n + edits.count - 1) }
}
