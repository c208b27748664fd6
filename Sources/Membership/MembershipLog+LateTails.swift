public import Causality

/// The part of a held batch that ``MembershipLog/lateTails(in:)`` needs.
public struct HeldBatch: Hashable, Sendable {
    public let outline: BatchOutline
    /// The epoch that its header names.
    public let epoch: Hash256
    /// The tip of its feed after it.
    public let end: LineEnd
    /// The key that its feed's origin announced.
    public let signingKey: [UInt8]

    public init(outline: BatchOutline, epoch: Hash256, end: LineEnd, signingKey: [UInt8]) {
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
    public func lateTails(in history: some Collection<HeldBatch>) -> LineTails {
        var search = LateSearch(self)
        for batch in history {
            search.add(first: batch.outline.first, end: batch.end, epoch: batch.epoch, signingKey: batch.signingKey)
        }
        return search.roots.closed(over: history.lazy.map(\.outline), unless: { _ in false })
    }
}

/// Finds the batches that are late by themselves in a history that is read batch by batch, retaining only the bound of
/// each feed. A second reading with ``TailClosing`` adds those whose authors had seen one of these.
public struct LateSearch: Sendable {
    private let log: MembershipLog
    private var tails = LineTails()
    private var bounds: [ReplicaID: FeedBound?] = [:]
    private var doubted: Set<ReplicaID> = []  // reach their bounds; forked unless they are in `met`
    private var met: Set<ReplicaID> = []

    public init(_ log: MembershipLog) { self.log = log }

    /// Adds the next batch in the order of arrival; see ``HeldBatch``.
    public mutating func add(first: Dot, end: LineEnd, epoch: Hash256, signingKey: [UInt8]) {
        let replica = end.dot.replica
        guard let index = log.reigns.index(of: epoch) else { return tails.insert(first) }
        if !Defence.keepsStayersEdits.stands, let cut = log.reigns.epochs[index].cut,
            cut[replica].map({ $0.dot.n < end.dot.n }) ?? true
        {
            tails.insert(first)
        }
        let known = bounds[replica]
        let bound = known ?? log.bound(of: replica, signingKey: signingKey)
        if known == nil { bounds[replica] = .some(bound) }
        guard let bound, bound.isReached(by: end) else { return }
        if bound.allows(end) {
            met.insert(replica)
        } else {
            tails.insert(first)
            doubted.insert(replica)
        }
    }

    /// What is late by itself, after the last batch was added; not closed.
    public var roots: LineTails {
        var tails = tails
        for replica in doubted.subtracting(met) { tails.insert(Dot(replica, 1)) }
        return tails
    }
}
