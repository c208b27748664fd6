/// A vector clock: of each replica, how many of its edits are known.
///
/// It represents a set of edits: (replica, n) stands for the edits 1 to n of that replica. Sets are only partially
/// ordered, so it is not `Comparable`; see ``relation(to:)``.
/// Source: Fidge and Mattern, 1988.
public struct VectorClock: Hashable, Sendable {
    private var counts = ReplicaMap<Int>()

    public init() {}

    public init(_ dots: some Sequence<Dot>) {
        for dot in dots { advance(to: dot) }
    }

    /// The greatest dot of each replica, sorted by replica.
    public var dots: [Dot] { counts.entries.map { Dot($0.replica, $0.value) } }

    public var isEmpty: Bool { counts.entries.isEmpty }

    /// How many edits of this replica are known; 0 if none.
    public subscript(replica: ReplicaID) -> Int { counts[replica] ?? 0 }

    public func covers(_ dot: Dot) -> Bool { dot.n <= self[dot.replica] }

    public func covers(_ other: VectorClock) -> Bool { other.dots.allSatisfy(covers) }

    /// Adds this dot and all before it of its feed; never decreases a row.
    public mutating func advance(to dot: Dot) {
        if dot.n > self[dot.replica] { counts[dot.replica] = dot.n }
    }

    public mutating func remove(_ replica: ReplicaID) { counts[replica] = nil }

    /// How many edits are known. Saturates, since a peer's numbers may be of any size.
    public var editCount: Int {
        counts.entries.reduce(0) { sum, entry in
            let (total, overflow) = sum.addingReportingOverflow(entry.value)
            return overflow ? Int.max : total
        }
    }

    /// The relation of two clocks in the partial order.
    public enum Relation: Hashable, Sendable {
        case equal, before, after, concurrent
    }

    public func relation(to other: VectorClock) -> Relation {
        switch (covers(other), other.covers(self)) {
        case (true, true): .equal
        case (false, true): .before
        case (true, false): .after
        case (false, false): .concurrent
        }
    }
}

/// A map keyed by replica, kept as a sorted array: equal maps have equal bytes, whatever the order of insertion.
///
/// A clock has one row a replica, and at most 64 replicas a device and space, so a sorted array is smaller and faster
/// than a dictionary.
struct ReplicaMap<Value: Hashable & Sendable>: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let replica: ReplicaID
        var value: Value
    }

    private(set) var entries: [Entry] = []

    init() {}

    /// Takes entries from outside; `nil` unless they ascend strictly.
    init?(ascending entries: [Entry]) {
        guard zip(entries, entries.dropFirst()).allSatisfy({ $0.replica < $1.replica }) else { return nil }
        self.entries = entries
    }

    subscript(replica: ReplicaID) -> Value? {
        get {
            let index = firstIndex(notBefore: replica)
            guard index < entries.count, entries[index].replica == replica else { return nil }
            return entries[index].value
        }
        set {
            let index = firstIndex(notBefore: replica)
            let isHere = index < entries.count && entries[index].replica == replica
            switch (isHere, newValue) {
            case (true, let value?): entries[index].value = value
            case (true, nil): entries.remove(at: index)
            case (false, let value?): entries.insert(Entry(replica: replica, value: value), at: index)
            case (false, nil): break
            }
        }
    }

    private func firstIndex(notBefore replica: ReplicaID) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].replica < replica { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
