import Causality
import Wire

/// Finds where lines begin to differ: by ever narrower rows of numbers, at which both
/// sides tell their hashes.
///
/// A line's hash covers all of the line, so where two ends agree, everything before does.
package struct ForkSearch: Hashable, Sendable {
    /// Lines still to be searched; the last is under way.
    private(set) var lines: [ReplicaID]
    /// Of the lines that were searched, the last end that both sides share; 0 for none.
    private(set) var shared: [ReplicaID: Int] = [:]
    /// Lines that were searched, and of which the server did not show that they differ.
    private(set) var unproved: [ReplicaID] = []
    /// Where the server was asked to show its batch.
    private(set) var proving: Dot?
    /// Where both sides are known to agree, and the least number known to differ.
    private var agreed = 0
    private var differing: Int
    /// Our ends that the server was asked about.
    private var asked: [LineEnd] = []
    private let lengths: VectorClock

    /// - Parameters:
    ///   - lines: which lines differ; not empty.
    ///   - lengths: how far each goes here.
    init(_ lines: [ReplicaID], lengths: VectorClock) {
        self.lines = lines
        self.lengths = lengths
        differing = (lines.last.map { lengths[$0] } ?? 0) + 1
    }

    var isOver: Bool { lines.isEmpty }

    /// The line, and the numbers in which to look at our ends.
    var question: (ReplicaID, ClosedRange<Int>)? {
        guard proving == nil, let line = lines.last, agreed + 1 < differing else { return nil }
        return (line, agreed + 1...differing - 1)
    }

    /// Remembers the ends that are asked about. Returns whether there are any.
    mutating func ask(_ ends: [LineEnd]) -> Bool {
        asked = ends
        guard ends.isEmpty else { return true }
        // There is no end of ours in between: what differs begins right after what agrees.
        differing = agreed + 1
        return false
    }

    /// The line under way is searched: the server is to show the batch that begins where it differs. `nil` if it was
    /// asked to.
    mutating func prove() -> Dot? {
        guard proving == nil, let line = lines.last else { return nil }
        proving = Dot(line, agreed + 1)
        return proving
    }

    /// Takes what the server holds at those numbers. Returns whether it is an answer to what was asked.
    mutating func answer(_ replica: ReplicaID, _ ends: [LineEnd]) -> Bool {
        guard replica == lines.last, !asked.isEmpty, Set(asked.map(\.dot)).isSuperset(of: ends.map(\.dot))
        else { return false }
        let theirs = Dictionary(ends.map { ($0.dot, $0.hash) }, uniquingKeysWith: { first, _ in first })
        for end in asked {
            guard theirs[end.dot] == end.hash else {
                differing = min(differing, end.dot.n)
                break
            }
            agreed = end.dot.n
        }
        // Between the last that agrees and the first that does not there may be ends that were not asked about.
        asked = []
        return true
    }

    /// The line under way is done with: what agrees is shared, if it was shown that something differs.
    mutating func next(isProved: Bool) {
        guard let line = lines.popLast() else { return }
        if isProved { shared[line] = agreed } else { unproved.append(line) }
        proving = nil
        agreed = 0
        differing = (lines.last.map { lengths[$0] } ?? 0) + 1
        asked = []
    }
}
