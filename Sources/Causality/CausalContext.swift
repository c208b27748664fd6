/// The causal context of an edit: its dot, and the edits that its author had seen when writing it.
public struct CausalContext: Hashable, Sendable {
    public let dot: Dot
    /// The author's clock of all other feeds. Of its own feed the author has seen every earlier edit.
    public let seen: VectorClock
    /// Edits of this entry that the author could not read: each dot excludes its feed from that number on. At most
    /// one a feed.
    public let unread: [Dot]

    public init(dot: Dot, seen: VectorClock, unread: [Dot] = []) {
        self.dot = dot
        self.seen = seen
        self.unread = unread
    }

    /// Whether the author had read this edit of the same entry, so that the author's value replaces its value.
    public func saw(_ other: Dot) -> Bool {
        let isBefore = other.replica == dot.replica ? other.n < dot.n : seen.covers(other)
        return isBefore && !unread.contains { $0.replica == other.replica && $0.n <= other.n }
    }

    public var precedence: Precedence {
        let (count, overflow) = seen.editCount.addingReportingOverflow(dot.n - 1)
        return Precedence(seenCount: overflow ? Int.max : count, dot: dot)
    }
}

/// A total order of edits that needs no wall clock: by the number of edits that the author had seen, then by the
/// edit's number, then by replica. An edit is greater than every edit that its author had seen.
public struct Precedence: Hashable, Comparable, Sendable {
    public let seenCount: Int
    public let dot: Dot

    public init(seenCount: Int, dot: Dot) {
        self.seenCount = seenCount
        self.dot = dot
    }

    public static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.seenCount, lhs.dot.n, lhs.dot.replica) < (rhs.seenCount, rhs.dot.n, rhs.dot.replica)
    }
}
