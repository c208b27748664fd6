/// The tip of a feed: its last edit, and the feed's hash there.
public struct Tip: Hashable, Sendable {
    public let dot: Dot
    public let hash: Hash256

    public init(_ dot: Dot, _ hash: Hash256) {
        self.dot = dot
        self.hash = hash
    }
}

/// A vector clock with the hash of each feed at its tip, which detects forks. Names ends of batches only.
public struct Frontier: Hashable, Sendable {
    private struct Mark: Hashable {
        let n: Int
        let hash: Hash256
    }

    private var rows = ReplicaMap<Mark>()

    public init() {}

    /// Takes tips as a peer sent them; `nil` unless their replicas ascend strictly and each number is in
    /// 1...``Dot/nMax``.
    public init?(ascending ends: [Tip]) {
        let entries = ends.map {
            ReplicaMap<Mark>.Entry(replica: $0.dot.replica, value: Mark(n: $0.dot.n, hash: $0.hash))
        }
        guard ends.allSatisfy({ (1...Dot.nMax).contains($0.dot.n) }), let rows = ReplicaMap(ascending: entries)
        else { return nil }
        self.rows = rows
    }

    /// The tips, sorted by replica.
    public var ends: [Tip] { rows.entries.map { Tip(Dot($0.replica, $0.value.n), $0.value.hash) } }

    public var clock: VectorClock { VectorClock(rows.entries.lazy.map { Dot($0.replica, $0.value.n) }) }

    /// The tip of this replica's feed; `nil` if nothing of it is held.
    public subscript(replica: ReplicaID) -> Tip? {
        rows[replica].map { Tip(Dot(replica, $0.n), $0.hash) }
    }

    /// Sets the tip of a feed. The caller has checked that it extends the feed.
    public mutating func advance(to end: Tip) {
        rows[end.dot.replica] = Mark(n: end.dot.n, hash: end.hash)
    }
}
