public import Causality

/// The part of a removed device's feed that counts: up to the cut of the first epoch that ended when or after the
/// device was removed, and further if an owner's device raised it.
///
/// Bounds only rise: no later record excludes what an earlier one included. If two records name the same number with
/// different hashes, both are valid; the exchange of clocks then resolves the fork as usual.
struct FeedBound: Hashable, Sendable {
    private var n: Int
    private var hashes: Set<Hash256>

    init(_ row: Tip?) {
        n = row?.dot.n ?? 0
        hashes = row.map { [$0.hash] } ?? []
    }

    mutating func raise(to end: Tip) {
        if end.dot.n > n { (n, hashes) = (end.dot.n, []) }
        if end.dot.n == n { hashes.insert(end.hash) }
    }

    /// Whether a feed reaches the bound, so that its hash can be compared.
    func isReached(by end: Tip) -> Bool { end.dot.n >= n }

    /// Whether a batch counts that ends at this tip.
    func allows(_ end: Tip) -> Bool { end.dot.n < n || end.dot.n == n && hashes.contains(end.hash) }
}

/// The raise of one feed by a record.
struct Raise: Hashable, Sendable {
    let position: Int
    let end: Tip
}

extension MembershipLog {
    /// The bound of a feed; `nil` while its device is a member, or if no epoch began since it left.
    ///
    /// - Parameter signingKey: the key that the feed's ``ReplicaOrigin`` announced.
    func bound(of replica: ReplicaID, signingKey: [UInt8]) -> FeedBound? {
        guard let departure = devices.departure(signingKey: signingKey), let ending = timeline.ending(from: departure)
        else { return nil }
        var bound = FeedBound(ending.cut[replica])
        for raise in raises[replica] ?? [] where raise.position > ending.position { bound.raise(to: raise.end) }
        return bound
    }

    /// The feeds of removed devices that are held beyond their bounds: the content of the
    /// ``MembershipRecord/Content/raise(_:)`` that this device must write. Empty if there are none.
    ///
    /// - Parameter feeds: the tip of each held feed, and the key that its origin announced.
    public func owedRaise(of feeds: some Sequence<(end: Tip, signingKey: [UInt8])>) -> Frontier {
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
