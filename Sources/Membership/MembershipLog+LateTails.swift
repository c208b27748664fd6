public import Causality

/// As much of a batch that is held as ``MembershipLog/lateTails(in:)`` needs.
public struct HeldBatch: Hashable, Sendable {
    public let outline: BatchOutline
    /// The epoch that its header names.
    public let epoch: Hash256
    /// Where its line stands after it.
    public let end: LineEnd

    public init(outline: BatchOutline, epoch: Hash256, end: LineEnd) {
        self.outline = outline
        self.epoch = epoch
        self.end = end
    }
}

extension MembershipLog {
    /// What everybody who holds these batches sets aside under this log (DESIGN.md section 7).
    ///
    /// Batches whose epoch has ended and that its cut does not cover, or whose epoch is not of this log; lines
    /// that do not run through a cut, from after the last place where a cut knows them; and all that was written
    /// after seeing one of these.
    ///
    /// - Parameter history: the batches that are held, in the order in which they arrived.
    /// - Returns: the tails, closed; none is past what is held.
    public func lateTails(in history: some Sequence<HeldBatch>) -> LineTails {
        var tails = LineTails()
        var outlines: [BatchOutline] = []
        var lengths: [ReplicaID: Int] = [:]
        var ends: [Dot: Hash256] = [:]  // where cuts name them
        for batch in history {
            outlines.append(batch.outline)
            let replica = batch.end.dot.replica
            lengths[replica] = batch.end.dot.n
            if reigns.marks[replica] != nil { ends[batch.end.dot] = batch.end.hash }
            guard let index = reigns.index(of: batch.epoch) else {
                tails.insert(batch.outline.first)
                continue
            }
            if let cut = reigns.epochs[index].cut, cut[replica].map({ $0.dot.n < batch.end.dot.n }) ?? true {
                tails.insert(batch.outline.first)
            }
        }
        for (replica, length) in lengths {
            // Ascending, so what was known is the greatest place below the first that is not; of two marks at
            // one place, one is not.
            var known = 0
            var place = 0
            for mark in reigns.marks[replica] ?? [] where mark.n <= length {
                if mark.n > place { known = place }
                guard ends[Dot(replica, mark.n)] == mark.hash else {
                    tails.insert(Dot(replica, known + 1))
                    break
                }
                place = mark.n
            }
        }
        return tails.closed(over: outlines, unless: { _ in false })
    }
}
