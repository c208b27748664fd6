public import Causality

/// How far the feed of a device that went counts: to the cut of the epoch that ended when it went or next after that,
/// and on to wherever an owner's device raised it.
///
/// Bounds only ever rise: no later record takes from view what an earlier one let stand. So where two records name
/// one place with different hashes, both are good; which version of the feed stands is for clocks to settle, as ever.
struct FeedBound: Hashable, Sendable {
    private var n: Int
    private var hashes: Set<Hash256>

    init(_ row: LineEnd?) {
        n = row?.dot.n ?? 0
        hashes = row.map { [$0.hash] } ?? []
    }

    mutating func raise(to end: LineEnd) {
        if end.dot.n > n { (n, hashes) = (end.dot.n, []) }
        if end.dot.n == n { hashes.insert(end.hash) }
    }

    /// Whether a feed goes as far as the bound; then it is known whether it is the one that is meant.
    func isReached(by end: LineEnd) -> Bool { end.dot.n >= n }

    /// Whether a feed that stands so after a batch may keep that batch.
    func allows(_ end: LineEnd) -> Bool { end.dot.n < n || end.dot.n == n && hashes.contains(end.hash) }
}

/// What a record says of one feed.
struct Raise: Hashable, Sendable {
    let position: Int
    let end: LineEnd
}

extension MembershipLog {
    /// The bound of a feed; `nil` while its device is of the space, or has left and no epoch began since.
    ///
    /// - Parameter signingKey: the key that the feed's ``ReplicaOrigin`` announced.
    func bound(of replica: ReplicaID, signingKey: [UInt8]) -> FeedBound? {
        guard let departure = devices.departure(signingKey: signingKey), let ending = reigns.ending(from: departure)
        else { return nil }
        var bound = FeedBound(ending.cut[replica])
        for raise in raises[replica] ?? [] where raise.position > ending.position { bound.raise(to: raise.end) }
        return bound
    }

    /// Which feeds of devices that went are held beyond their bounds: what a ``MembershipRecord/Content/raise(_:)``
    /// says of a device that held them before it knew. Empty if none are.
    ///
    /// - Parameter feeds: where each feed that is held ends, and the key that its origin announced.
    public func owedRaise(of feeds: some Sequence<(end: LineEnd, signingKey: [UInt8])>) -> Frontier {
        var owed = Frontier()
        var room = MembershipLimits.cutRowsMax
        for (end, signingKey) in feeds where room > 0 {
            guard let bound = bound(of: end.dot.replica, signingKey: signingKey), !bound.allows(end) else { continue }
            owed.advance(to: end)
            room -= 1
        }
        return owed
    }
}
