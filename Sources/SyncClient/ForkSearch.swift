import Causality
import Wire

/// Finds where forked feeds diverge, by comparing hashes at successively narrower sets of positions.
///
/// A feed's hash covers its whole prefix, so if two tips agree, everything before does.
package struct ForkSearch: Hashable, Sendable {
    /// Feeds still to be searched; the last one is in progress.
    private(set) var feeds: [ReplicaID]
    /// For each feed that was searched, the last position that both sides share; 0 if none.
    private(set) var shared: [ReplicaID: Int] = [:]
    /// Feeds for which the server did not prove that they differ.
    private(set) var unproved: [ReplicaID] = []
    /// The position at which the server was asked for its batch.
    private(set) var proving: Dot?
    /// The last position known to agree, and below, the first known to differ.
    private var agreed = 0
    private var differing: Int
    /// The positions and hashes of ours that the server was asked about.
    private var asked: [Tip] = []
    private let lengths: VectorClock

    /// - Parameters:
    ///   - feeds: the feeds that differ; not empty.
    ///   - lengths: the length of each feed here.
    init(_ feeds: [ReplicaID], lengths: VectorClock) {
        self.feeds = feeds
        self.lengths = lengths
        differing = (feeds.last.map { lengths[$0] } ?? 0) + 1
    }

    var isOver: Bool { feeds.isEmpty }

    /// The feed, and the range of positions whose hashes to ask about.
    var question: (ReplicaID, ClosedRange<Int>)? {
        guard proving == nil, let feed = feeds.last, agreed + 1 < differing else { return nil }
        return (feed, agreed + 1...differing - 1)
    }

    /// Stores the positions that are asked about. Returns whether there are any.
    mutating func ask(_ ends: [Tip]) -> Bool {
        asked = ends
        guard ends.isEmpty else { return true }
        // No batch of ours ends in the range: the feeds diverge right after the last agreement.
        differing = agreed + 1
        return false
    }

    /// Ends the search of the feed in progress: the server is asked for the batch at which it diverges. `nil` if it
    /// was asked before.
    mutating func prove() -> Dot? {
        guard proving == nil, let feed = feeds.last else { return nil }
        proving = Dot(feed, agreed + 1)
        return proving
    }

    /// Takes the server's hashes at those positions. Returns whether they answer the question.
    mutating func answer(_ replica: ReplicaID, _ ends: [Tip]) -> Bool {
        guard replica == feeds.last, !asked.isEmpty, Set(asked.map(\.dot)).isSuperset(of: ends.map(\.dot))
        else { return false }
        let theirs = Dictionary(ends.map { ($0.dot, $0.hash) }, uniquingKeysWith: { first, _ in first })
        for end in asked {
            guard theirs[end.dot] == end.hash else {
                differing = min(differing, end.dot.n)
                break
            }
            agreed = end.dot.n
        }
        // Between the last agreement and the first difference there may be positions that were not asked about.
        asked = []
        return true
    }

    /// Finishes the feed in progress: the shared prefix is recorded if the server proved the difference.
    mutating func next(isProved: Bool) {
        guard let feed = feeds.popLast() else { return }
        if isProved { shared[feed] = agreed } else { unproved.append(feed) }
        proving = nil
        agreed = 0
        differing = (feeds.last.map { lengths[$0] } ?? 0) + 1
        asked = []
    }
}
