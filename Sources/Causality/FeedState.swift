/// The state of one feed: all that is needed to judge its next batch.
public struct FeedState: Hashable, Sendable {
    /// The tip of the feed; number 0 if nothing is held.
    public private(set) var end: Tip
    /// The author's clock of other feeds at the tip.
    public private(set) var seen: Frontier

    /// An empty feed. Its start hash binds it to its space.
    public init(start: Hash256, replica: ReplicaID) {
        end = Tip(Dot(replica, 0), start)
        seen = Frontier()
    }

    public init(end: Tip, seen: Frontier) {
        self.end = end
        self.seen = seen
    }

    /// The hash before the first batch of a feed.
    public static func start(space: [UInt8], replica: ReplicaID, _ hash: HashFunction) -> Hash256 {
        var bytes = CanonicalBytes(label: "between line 1")
        bytes.append(space)
        bytes.append(replica.bits)
        return hash(bytes.bytes)
    }

    public enum Holding: Hashable, Sendable {
        /// Nothing: the feed ends before it, or is not held.
        case nothing
        /// An edit inside a batch, where the feed has no hash.
        case within
        /// The last edit of a batch, with the feed's hash there.
        case end(Hash256)
    }

    /// The outcome of judging a batch that may be taken.
    public enum Verdict: Hashable, Sendable {
        /// The batch is held already, with equal headers.
        case held
        /// It extends the feed, whose new state this is.
        case extends(FeedState)
    }

    /// Checks a batch against this feed. Signature, rights and epoch are checked elsewhere.
    ///
    /// - Parameters:
    ///   - batch: a batch of this feed's replica.
    ///   - holding: what is held at a dot of any feed.
    ///   - hash: SHA-256.
    /// - Throws: ``Refusal`` if the batch may not be taken.
    public func judge(
        _ batch: Batch, holding: (Dot) -> Holding, _ hash: HashFunction
    ) throws(Refusal) -> Verdict {
        precondition(batch.header.replica == end.dot.replica, "a batch of \(batch.header.replica) for feed \(end.dot)")
        if let defect = batch.defect(hash) { throw .malformed(defect) }
        let header = batch.header
        let after = batch.tip(hash)
        if header.first <= end.dot.n {
            guard holding(after.dot) == .end(after.hash) else { throw .fork(header.firstDot) }
            return .held
        }
        guard header.first == end.dot.n + 1 else { throw .gap(held: end.dot.n) }
        guard header.previous == end.hash else { throw .fork(header.firstDot) }
        var seen = seen
        for row in header.seen {
            guard row.dot.n > seen[row.dot.replica]?.dot.n ?? 0 else { throw .malformed(.clock) }
            switch holding(row.dot) {
            case .nothing: throw .missing(row.dot)
            case .within: throw .fork(row.dot)
            case .end(let held): guard held == row.hash else { throw .fork(row.dot) }
            }
            seen.advance(to: row)
        }
        return .extends(FeedState(end: after, seen: seen))
    }
}

extension Batch {
    /// The first rule that this batch breaks by itself, whatever is held; `nil` if none.
    package func defect(_ hash: HashFunction) -> Malformation? {
        guard (1...CausalityLimits.editsPerBatchMax).contains(edits.count),
            (1...Dot.nMax - CausalityLimits.editsPerBatchMax).contains(header.first)
        else { return .tooMany }
        guard header.count == edits.count else { return .shape }
        guard Frontier(ascending: header.seen) != nil else { return .order }
        guard header.seen.allSatisfy({ $0.dot.replica != header.replica }) else { return .clock }
        guard (header.origin != nil) == (header.first == 1) else { return .shape }
        if let origin = header.origin, origin.replica(hash) != header.replica { return .origin }
        var before: Int?
        for (dot, edit) in dotted {
            if let defect = edit.header.defect(at: dot.n, first: header.first, before: before) { return defect }
            if let box = edit.box, edit.header.boxHash != hash(box) { return .box }
            before = edit.header.group
        }
        return nil
    }
}

/// Why a batch is refused. It then changes nothing, and both sides exchange their clocks again.
public enum Refusal: Error, Hashable, Sendable {
    /// The feed lacks the edits before it; `held` is the number of the feed's tip.
    case gap(held: Int)
    /// The batch contradicts what is held at this dot.
    case fork(Dot)
    /// Its author had seen this edit, which is not held.
    case missing(Dot)
    /// The batch breaks a rule that does not depend on what is held.
    case malformed(Malformation)
}

/// The rule that a malformed batch breaks.
public enum Malformation: Hashable, Sendable {
    /// A count is past its limit in ``CausalityLimits``, or a number past ``Dot/nMax``.
    case tooMany
    /// A part is missing that the batch must have, or present where it must not be.
    case shape
    /// A list that must ascend strictly does not.
    case order
    /// An edit names a group that does not begin in this batch.
    case group
    /// The author's clock went back, or has a row of its own feed.
    case clock
    /// The replica's id is not derived from the announced origin.
    case origin
    /// A box does not match the hash in its header.
    case box
}
