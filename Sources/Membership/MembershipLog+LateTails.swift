public import Causality

/// As much of a batch that is held as ``MembershipLog/lateTails(in:)`` needs.
public struct HeldBatch: Hashable, Sendable {
    public let outline: BatchOutline
    /// The epoch that its header names.
    public let epoch: Hash256
    /// Where its line stands after it.
    public let end: LineEnd
    /// The key that its line's origin announced.
    public let signingKey: [UInt8]

    public init(outline: BatchOutline, epoch: Hash256, end: LineEnd, signingKey: [UInt8]) {
        self.outline = outline
        self.epoch = epoch
        self.end = end
        self.signingKey = signingKey
    }
}

extension MembershipLog {
    /// What of these batches does not count under this log.
    ///
    /// Batches of devices that went, beyond the bounds of their lines, and all of such a line if it is another than
    /// the one that was bounded; batches whose epoch is not of this log; and all that was written after seeing one
    /// of these. Nothing else by a device that is of the space.
    ///
    /// - Parameter history: the batches that are held, in the order in which they arrived.
    /// - Returns: the tails, closed; none is past what is held.
    public func lateTails(in history: some Sequence<HeldBatch>) -> LineTails {
        var tails = LineTails()
        var outlines: [BatchOutline] = []
        var bounds: [ReplicaID: FeedBound?] = [:]
        var doubted: Set<ReplicaID> = []  // as long as bounds, and not met where they are
        var met: Set<ReplicaID> = []
        for batch in history {
            outlines.append(batch.outline)
            let replica = batch.end.dot.replica
            guard let index = reigns.index(of: batch.epoch) else {
                tails.insert(batch.outline.first)
                continue
            }
            if !Defence.keepsStayersEdits.stands, let cut = reigns.epochs[index].cut,
                cut[replica].map({ $0.dot.n < batch.end.dot.n }) ?? true
            {
                tails.insert(batch.outline.first)
            }
            let known = bounds[replica]
            let bound = known ?? self.bound(of: replica, signingKey: batch.signingKey)
            if known == nil { bounds[replica] = .some(bound) }
            guard let bound, bound.isReached(by: batch.end) else { continue }
            if bound.allows(batch.end) {
                met.insert(replica)
            } else {
                tails.insert(batch.outline.first)
                doubted.insert(replica)
            }
        }
        for replica in doubted.subtracting(met) { tails.insert(Dot(replica, 1)) }
        return tails.closed(over: outlines, unless: { _ in false })
    }
}
