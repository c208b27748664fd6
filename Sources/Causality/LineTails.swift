/// Divergent suffixes of feeds, whose edits get new dots: of each such feed, the first number that moves.
public struct LineTails: Hashable, Sendable {
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
    ///   - history: the batches that are held, in the order of their arrival.
    ///   - stays: whether a batch keeps its dots whatever its author had seen, because the server holds it.
    public func closed(over history: some Sequence<BatchOutline>, unless stays: (BatchOutline) -> Bool) -> LineTails {
        var tails = self
        for batch in history where !tails.contains(batch.first) && !stays(batch) && tails.meet(batch.seen) {
            tails.insert(batch.first)
        }
        return tails
    }
}

/// The part of a batch that a ``Transplant`` needs.
public struct BatchOutline: Hashable, Sendable {
    /// The part of an edit that a ``Transplant`` needs.
    public struct Edit: Hashable, Sendable {
        public let group: Int
        public let unread: [Dot]

        public init(group: Int, unread: [Dot]) {
            self.group = group
            self.unread = unread
        }
    }

    public let first: Dot
    /// The author's whole clock of other feeds, not only the rows that advanced.
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
