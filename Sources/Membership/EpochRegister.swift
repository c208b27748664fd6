import Causality

/// The epochs of a log: which reigned where, and the cuts with which they ended.
struct EpochRegister: Sendable {
    /// What a cut says of one line: it stood so when an epoch ended.
    struct Mark: Hashable {
        let n: Int
        let hash: Hash256
    }

    private(set) var epochs: [MembershipLog.Epoch]
    /// The position of the record that began each.
    private(set) var starts: [Int]
    /// The index of the epoch that reigns at each position.
    private var reigns: [Int]
    private var indices: [Hash256: Int]
    /// Of each line all that cuts say, ascending; two cuts may contradict each other.
    private(set) var marks: [ReplicaID: [Mark]] = [:]

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
        for end in cut.ends { insert(Mark(n: end.dot.n, hash: end.hash), of: end.dot.replica) }
        indices[name] = epochs.count
        starts.append(reigns.count)
        epochs.append(MembershipLog.Epoch(name: name, cut: nil))
        reigns.append(epochs.count - 1)
    }

    /// The epoch of this name; the log has an index a name, since bodies differ in what they follow.
    func index(of name: Hash256) -> Int? { indices[name] }

    func epoch(at position: Int) -> MembershipLog.Epoch { epochs[reigns[position]] }

    /// Whether a batch of these numbers, at whose end the line stands so, passes over where a cut says that the
    /// line stood, without standing there.
    func contradict(_ end: LineEnd, from first: Int) -> Bool {
        guard let marks = marks[end.dot.replica] else { return false }
        return marks[lowerBound(first, in: marks)...].prefix { $0.n <= end.dot.n }
            .contains { $0 != Mark(n: end.dot.n, hash: end.hash) }
    }

    private mutating func insert(_ mark: Mark, of replica: ReplicaID) {
        var line = marks[replica, default: []]
        var index = lowerBound(mark.n, in: line)
        while index < line.count, line[index].n == mark.n {
            guard line[index] != mark else { return }
            index += 1
        }
        line.insert(mark, at: index)
        marks[replica] = line
    }

    private func lowerBound(_ n: Int, in marks: [Mark]) -> Int {
        var low = 0
        var high = marks.count
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].n < n { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
