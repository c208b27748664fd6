import Causality

/// The epochs of a log: the current one at each position, and the cut that ended each.
struct EpochTimeline: Sendable {
    private(set) var epochs: [MembershipLog.Epoch]
    /// The position of the record that began each.
    private(set) var starts: [Int]
    /// The index of the current epoch at each position.
    private var indexAt: [Int]
    private var indices: [Hash256: Int]

    init(first name: Hash256) {
        epochs = [MembershipLog.Epoch(name: name, cut: nil)]
        starts = [0]
        indexAt = [0]
        indices = [name: 0]
    }

    /// Appends a record that begins no epoch.
    mutating func pass() { indexAt.append(epochs.count - 1) }

    /// Appends a record that ends the current epoch with this cut.
    mutating func begin(_ name: Hash256, cut: Frontier) {
        epochs[epochs.count - 1].cut = cut
        indices[name] = epochs.count
        starts.append(indexAt.count)
        epochs.append(MembershipLog.Epoch(name: name, cut: nil))
        indexAt.append(epochs.count - 1)
    }

    /// The index of the epoch with this name; names are unique, since each body contains the previous head.
    func index(of name: Hash256) -> Int? { indices[name] }

    func epoch(at position: Int) -> MembershipLog.Epoch { epochs[indexAt[position]] }

    /// The first record at or after a position that began an epoch, and the cut of the epoch that it ended; `nil` if
    /// there is none.
    func ending(from position: Int) -> (position: Int, cut: Frontier)? {
        var low = 1
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < position { low = middle + 1 } else { high = middle }
        }
        guard low < starts.count, let cut = epochs[low - 1].cut else { return nil }
        return (starts[low], cut)
    }

    /// The position of the last record at which an epoch was current.
    func lastPosition(ofEpoch index: Int) -> Int {
        index + 1 < starts.count ? starts[index + 1] - 1 : indexAt.count - 1
    }
}
