import Causality

/// The epochs of a log: which reigned where, and the cuts with which they ended.
struct EpochRegister: Sendable {
    private(set) var epochs: [MembershipLog.Epoch]
    /// The position of the record that began each.
    private(set) var starts: [Int]
    /// The index of the epoch that reigns at each position.
    private var reigns: [Int]
    private var indices: [Hash256: Int]

    init(first name: Hash256) {
        epochs = [MembershipLog.Epoch(name: name, cut: nil)]
        starts = [0]
        reigns = [0]
        indices = [name: 0]
    }

    /// Takes the next record: one that begins no epoch.
    mutating func pass() { reigns.append(epochs.count - 1) }

    /// Takes the next record: one that ends the epoch that reigns with this cut.
    mutating func begin(_ name: Hash256, cut: Frontier) {
        epochs[epochs.count - 1].cut = cut
        indices[name] = epochs.count
        starts.append(reigns.count)
        epochs.append(MembershipLog.Epoch(name: name, cut: nil))
        reigns.append(epochs.count - 1)
    }

    /// The epoch of this name; the log has an index a name, since bodies differ in what they follow.
    func index(of name: Hash256) -> Int? { indices[name] }

    func epoch(at position: Int) -> MembershipLog.Epoch { epochs[reigns[position]] }

    /// The first record at or after a position that began an epoch, and the cut with which it ended the one before;
    /// `nil` if there is none yet.
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

    /// The position of the last record at which an epoch reigned.
    func lastPosition(ofEpoch index: Int) -> Int {
        index + 1 < starts.count ? starts[index + 1] - 1 : reigns.count - 1
    }
}
