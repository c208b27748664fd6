public import Causality

/// The part of a held batch that ``MembershipLog/lateSuffixes(in:)`` needs.
public struct HeldBatch: Hashable, Sendable {
    public let outline: BatchOutline
    /// The epoch that its header names.
    public let epoch: Hash256
    /// The tip of its feed after it.
    public let end: Tip
    /// The key that its feed's origin announced.
    public let signingKey: [UInt8]

    public init(outline: BatchOutline, epoch: Hash256, end: Tip, signingKey: [UInt8]) {
        self.outline = outline
        self.epoch = epoch
        self.end = end
        self.signingKey = signingKey
    }
}

extension MembershipLog {
    /// The suffixes of feeds that do not count under this log.
    ///
    /// These are batches of removed devices beyond their feeds' bounds, the whole feed if it forked from the bounded
    /// one, batches whose epoch is not in this log, and all batches whose authors had seen one of these. Other
    /// batches of current members always count.
    ///
    /// - Parameter history: the batches that are held, in the order of their arrival.
    /// - Returns: the suffixes, closed over later batches; none begins past what is held.
    public func lateSuffixes(in history: some Sequence<HeldBatch>) -> DivergentSuffixes {
        var suffixes = DivergentSuffixes()
        var outlines: [BatchOutline] = []
        var bounds: [ReplicaID: FeedBound?] = [:]
        var doubted: Set<ReplicaID> = []  // reach their bounds; forked unless they are in `met`
        var met: Set<ReplicaID> = []
        for batch in history {
            outlines.append(batch.outline)
            let replica = batch.end.dot.replica
            guard let index = timeline.index(of: batch.epoch) else {
                suffixes.insert(batch.outline.first)
                continue
            }
            if !Defence.keepsStayersEdits.isUp, let cut = timeline.epochs[index].cut,
                cut[replica].map({ $0.dot.n < batch.end.dot.n }) ?? true
            {
                suffixes.insert(batch.outline.first)
            }
            let known = bounds[replica]
            let bound = known ?? self.bound(of: replica, signingKey: batch.signingKey)
            if known == nil { bounds[replica] = .some(bound) }
            guard let bound, bound.isReached(by: batch.end) else { continue }
            if bound.allows(batch.end) {
                met.insert(replica)
            } else {
                suffixes.insert(batch.outline.first)
                doubted.insert(replica)
            }
        }
        for replica in doubted.subtracting(met) { suffixes.insert(Dot(replica, 1)) }
        return suffixes.closed(over: outlines, unless: { _ in false })
    }
}
