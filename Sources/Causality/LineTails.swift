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

    /// Whether any of these rows of a clock covers an edit that moves.
    public func meet(_ rows: some Sequence<Dot>) -> Bool { rows.contains(where: contains) }

    /// These suffixes, extended by every batch whose author had seen one of their edits, since such a batch cannot
    /// keep its dots either.
    ///
    /// - Parameters:
    ///   - history: the batches that are held, in the order of their arrival.
    ///   - stays: whether a batch keeps its dots whatever its author had seen, because the server holds it.
    public func closed(over history: some Sequence<BatchOutline>, unless stays: (BatchOutline) -> Bool) -> LineTails {
        var closing = TailClosing(self)
        for batch in history { closing.add(batch.first, seen: batch.seen.dots, stays: stays(batch)) }
        return closing.tails
    }
}

/// Closes suffixes over a history that is read batch by batch, without retaining any of it.
public struct TailClosing: Sendable {
    public private(set) var tails: LineTails
    /// Feeds that keep their dots although their authors had seen an edit that moves.
    private var met: Set<ReplicaID> = []

    public init(_ tails: LineTails) { self.tails = tails }

    /// Adds the next batch in the order of arrival.
    ///
    /// - Parameters:
    ///   - seen: the rows of its author's clock that advanced. They are enough: batches arrive after what their authors
    ///     had seen, so a feed is in the suffixes from the first batch on whose rows cover one.
    ///   - stays: whether it keeps its dots whatever its author had seen.
    public mutating func add(_ first: Dot, seen: some Sequence<Dot>, stays: Bool = false) {
        guard !tails.contains(first), met.contains(first.replica) || tails.meet(seen) else { return }
        if stays { met.insert(first.replica) } else { tails.insert(first) }
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
    /// The author's whole clock of other feeds; for ``LineTails`` the rows that advanced are enough.
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
