import Causality
import Membership
import Wire

/// Quarantining batches, because their epoch ended without them or the log was cut back.
extension SpaceLedger {
    /// A held batch, with what is needed to judge whether it stays.
    struct Held {
        let row: StoredOutline
        /// Its outline has only the rows of its author's clock that advanced, since whole clocks of a long history with
        /// many feeds take gigabytes.
        let batch: HeldBatch

        var feed: StoreKey { row.feed.key }
        var outline: BatchOutline { batch.outline }
    }

    /// All batches in the order of their arrival, without their edits.
    func history() throws -> [Held] {
        try transaction.history(of: key).map { row in
            return Held(
                row: row,
                batch: HeldBatch(
                    outline: BatchOutline(
                        first: Dot(row.feed.replica, row.batch.first), seen: VectorClock(row.seen.map(\.dot)), edits: []
                    ),
                    epoch: row.epoch,
                    end: Tip(Dot(row.feed.replica, row.batch.last), row.batch.hash),
                    signingKey: row.feed.origin.deviceKey))
        }
    }

    /// Quarantines batches of removed devices beyond their bounds.
    func quarantineLate(_ log: MembershipLog, at millis: Int) throws {
        let history = try history()
        try quarantine(log.lateSuffixes(in: history.map(\.batch)), of: history, .late, at: millis)
    }

    /// Quarantines batches that name records no longer in the log, and all batches whose authors had seen them.
    func quarantineUnknown(_ log: MembershipLog, at millis: Int) throws {
        let history = try history()
        var suffixes = log.lateSuffixes(in: history.map(\.batch))
        for held in history where log.position(of: held.row.batch.head) == nil { suffixes.insert(held.outline.first) }
        try quarantine(
            suffixes.closed(over: history.map(\.outline), unless: { _ in false }), of: history, .logFork, at: millis)
    }

    /// Removes divergent suffixes of feeds, keeps their batches, and recomputes what is live in the entries that they
    /// touch.
    private func quarantine(
        _ suffixes: DivergentSuffixes, of history: [Held], _ reason: ErrorCode, at millis: Int
    ) throws {
        let removed = history.filter { suffixes.contains($0.outline.first) }
        guard !removed.isEmpty else { return }
        var entries: Set<StoreKey> = []
        for held in removed {
            let batch = try transaction.batch(held.row.batch.key, .all)
            if try transaction.quarantine(
                batch, hash: held.row.batch.hash, reason: reason, of: id, key, at: millis)
            {
                try count(kept: MessageWriter.length(of: .batch(id, batch)))
            }
            entries.formUnion(try remove(held, batch))
        }
        let feeds = Set(removed.map(\.feed))
        for feed in feeds { try transaction.removeClock(ofFeed: feed) }
        let kept = history.filter { !suffixes.contains($0.outline.first) }
        var known: KnownFeeds = [:]
        for held in kept where feeds.contains(held.feed) { try advanceClock(of: held.feed, held.row.seen, &known) }
        for feed in feeds where try transaction.lastBatch(ofFeed: feed, to: .max) == nil {
            try transaction.removeFeed(feed)
        }
        try remerge(entries, kept)
    }

    /// Removes a batch. Returns the entries that it touches.
    private func remove(_ held: Held, _ batch: Batch) throws -> [StoreKey] {
        let (entries, erasedByteCount) = try transaction.removeBatch(held.row.batch.key)
        let bytes = batch.edits.reduce(0) { $0 + $1.header.byteCount + ($1.box?.count ?? 0) }
        try count(
            edits: -batch.edits.count, bytes: -bytes, kept: -batch.header.seenByteCount - erasedByteCount)
        return entries
    }

    // MARK: Live values

    /// How many entries are merged again in one pass over the history, with a clock in memory for each of their batches.
    private static let remergedMax = 1_000

    private func remerge(_ entries: Set<StoreKey>, _ kept: [Held]) throws {
        let entries = entries.sorted()
        for start in stride(from: 0, to: entries.count, by: Self.remergedMax) {
            let part = try entries[start..<min(start + Self.remergedMax, entries.count)].map { entry in
                (entry: entry, edits: try transaction.edits(of: entry))
            }
            let contexts = contexts(of: part.flatMap(\.edits), kept)
            for (entry, edits) in part { try remerge(entry, edits, contexts) }
        }
    }

    /// The whole clocks of the batches with these edits, by their first dots.
    private func contexts(of edits: [StoredEdit], _ kept: [Held]) -> [Dot: VectorClock] {
        let wanted = Set(edits.map(\.batch))
        var clocks: [StoreKey: VectorClock] = [:]
        var contexts: [Dot: VectorClock] = [:]
        // Batches of one feed arrive in order, so each author's clock only grows.
        for held in kept {
            for tip in held.row.seen { clocks[held.feed, default: .init()].advance(to: tip.dot) }
            if wanted.contains(held.outline.first) { contexts[held.outline.first] = clocks[held.feed] ?? .init() }
        }
        return contexts
    }

    /// - Parameter contexts: the author's clock, by the first dot of a batch.
    private func remerge(_ entry: StoreKey, _ edits: [StoredEdit], _ contexts: [Dot: VectorClock]) throws {
        guard !edits.isEmpty else { return try transaction.removeEntry(entry) }
        guard !edits.contains(where: \.isForget) else { return }  // forgotten it stays
        var registers: [FieldToken: MultiValueRegister<StoreKey>] = [:]
        for edit in edits {
            guard let seen = contexts[edit.batch] else {
                throw StoreDamage("the batch of an edit")
            }
            let context = CausalContext(dot: edit.dot, seen: seen, unread: edit.unread)
            for token in edit.tokens { registers[token, default: .init()].merge(Version(edit.feed, context)) }
        }
        let live = registers.mapValues { $0.live.map { StoredLive(feed: $0.value, n: $0.dot.n) } }
        try transaction.setLive(live, in: entry)
    }
}
