import Causality

/// Stores the edits of a batch, and updates which are live in each field: an edit supersedes those that its author had
/// seen.
struct LiveMerging {
    private let ledger: SpaceLedger
    private let author: StoreKey
    private let first: Int
    private var replicas: [StoreKey: ReplicaID]
    /// In how many fields each edit was superseded; ``finish()`` writes the counts.
    private var lost: [StoredLive: Int] = [:]

    /// - Parameters:
    ///   - author: the feed of the batch.
    ///   - first: the first number of the batch.
    ///   - feeds: feeds that are known already.
    init(_ ledger: SpaceLedger, author: StoreKey, first: Int, _ feeds: SpaceLedger.KnownFeeds) {
        self.ledger = ledger
        self.author = author
        self.first = first
        replicas = Dictionary(uniqueKeysWithValues: feeds.map { ($1, $0) })
    }

    private var transaction: any StoreTransaction { ledger.transaction }

    /// Stores an edit. Returns how many bytes it counts for.
    mutating func insert(_ edit: Edit, _ context: CausalContext) throws -> Int {
        let header = edit.header
        let (entry, isNew) = try transaction.entry(header.entry, in: ledger.key)
        let isErased = entry.isForgotten || header.isForget
        if !isErased, !isNew {
            for token in header.tokens { try supersede(in: entry.key, token, context) }
        }
        try transaction.add(
            edit, at: context.dot.n, ofBatch: first,
            StoredPlace(space: ledger.key, feed: author, entry: entry.key), isErased: isErased)
        guard isErased else { return header.byteCount + (edit.box?.count ?? 0) }
        try finish()
        if !entry.isForgotten { try ledger.forget(entry) }
        return header.byteCount
    }

    /// Removes the live edits of a field that this one's author had seen.
    ///
    /// It looks at those of its own feed and at most `liveRowsReadMax` others, so that an edit's cost does not depend
    /// on how many versions others made. Superseded edits beyond that stay live, and are sent with boxes that nobody
    /// needs.
    private mutating func supersede(in entry: StoreKey, _ token: FieldToken, _ context: CausalContext) throws {
        let live = try transaction.live(
            in: entry, token, ofFeed: author, othersMax: ledger.limits.liveRowsReadMax)
        for edit in live {
            guard context.saw(Dot(try replica(of: edit.feed), edit.n)) else { continue }
            try transaction.removeLive(edit, in: entry, token)
            lost[edit, default: 0] += 1
        }
    }

    /// Writes the counts; call it after the last edit of a batch.
    mutating func finish() throws {
        for (edit, count) in lost { try transaction.lowerLiveCount(of: edit, by: count) }
        lost = [:]
    }

    private mutating func replica(of feed: StoreKey) throws -> ReplicaID {
        if let known = replicas[feed] { return known }
        let replica = try transaction.replica(ofFeed: feed)
        replicas[feed] = replica
        return replica
    }
}
