/// What the author of an edit had seen when writing it.
public struct CausalContext: Hashable, Sendable {
    public let dot: Dot
    /// The author's clock of all other lines. Of its own line an author has seen what came before.
    public let seen: VectorClock
    /// Where the author could not read this entry: of the dot's line nothing from this number on. One a line at most.
    public let unread: [Dot]

    public init(dot: Dot, seen: VectorClock, unread: [Dot] = []) {
        self.dot = dot
        self.seen = seen
        self.unread = unread
    }

    /// Whether the author had read this edit of the same entry: then a value of his replaces its value.
    public func saw(_ other: Dot) -> Bool {
        let isBefore = other.replica == dot.replica ? other.n < dot.n : seen.covers(other)
        return isBefore && !unread.contains { $0.replica == other.replica && $0.n <= other.n }
    }

    public var precedence: Precedence {
        let (count, overflow) = seen.editCount.addingReportingOverflow(dot.n - 1)
        return Precedence(seenCount: overflow ? Int.max : count, dot: dot)
    }
}

/// The one order of edits that needs no clock on the wall: the edit whose author
/// had seen more is greater, then the one with the greater number, then the
/// greater replica. An edit is greater than every edit that its author had seen.
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
