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
