public import Causality
import GRDB
import Records
import SQLiteFile

/// Takes batches of other devices, and of this device's earlier feeds.
extension StoreWriter {
    /// A batch that extends its feed, before it is taken.
    public struct Extension: Hashable, Sendable {
        /// The tip of its feed after it.
        public let end: Tip
        /// The origin of its feed.
        public let origin: ReplicaOrigin
        /// The membership head of the feed's previous batch; `nil` for the first.
        public let previousHead: Hash256?
    }

    /// Takes a whole batch, or nothing of it.
    ///
    /// For a batch that is held already, only missing boxes are stored. A batch in quarantine is removed from there.
    /// A batch of this device's current feed that it did not write shows that a copy continues this feed: this device
    /// then starts a new one.
    ///
    /// - Parameters:
    ///   - batch: of any device.
    ///   - check: verifies signature, rights and epoch of a new batch, and throws if it is invalid.
    /// - Returns: the tip of its feed after it, and whether it was new.
    /// - Throws: ``StoreError/refused(_:)``, or the errors of `check`; then nothing of this batch was written.
    public func take(
        _ batch: Batch, checking check: (Extension) throws -> Void = { _ in }
    ) throws -> (end: Tip, isNew: Bool) {
        try closeBatch()
        let replica = batch.header.replica
        var failure: (any Error)?
        let holding: (Dot) -> FeedState.Holding = { dot in
            do { return try self.reader.holding(dot, in: self.space) } catch {
                failure = error
                return .nothing
            }
        }
        let feed = try feed(of: replica)
        let state =
            try feed.map { try reader.feedState($0, replica, in: space, keyring.hash) }
            ?? FeedState(start: FeedState.start(space: space.id, replica: replica, keyring.hash), replica: replica)
        let verdict: FeedState.Verdict
        do {
            verdict = try state.judge(batch, holding: holding, keyring.hash)
        } catch {
            throw failure ?? StoreError.refused(error)
        }
        if let failure { throw failure }
        switch verdict {
        case .held:
            for (dot, edit) in batch.dotted { if let box = edit.box { try supply(box, for: dot) } }
            return (batch.tip(keyring.hash), false)
        case .extends(let after):
            guard let origin = try feed.map(origin(ofFeed:)) ?? batch.header.origin else {
                throw StoreError.inconsistent("a first batch without origin")
            }
            try check(Extension(end: after.end, origin: origin, previousHead: try feed.flatMap(head(ofFeed:))))
            try insert(batch, feed: try feed ?? insertFeed(replica, origin), after: after)
            try takeFromQuarantine(after.end)
            if try isPresent(feed) { try endOwnFeed() }
            return (after.end, true)
        }
    }

    /// Whether it is this device's current feed.
    private func isPresent(_ feed: Int64?) throws -> Bool {
        guard let feed else { return false }
        return try database.first("SELECT 1 FROM space WHERE key = ? AND own_line = ?", space.key.value, feed.value)
            != nil
    }

    /// The origin of a feed that is held.
    public func origin(of replica: ReplicaID) throws -> ReplicaOrigin? { try feed(of: replica).map(origin(ofFeed:)) }

    func origin(ofFeed feed: Int64) throws -> ReplicaOrigin { try reader.origin(ofFeed: feed) }

    private func head(ofFeed feed: Int64) throws -> Hash256? {
        try database.first("SELECT head FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", feed.value)
            .flatMap { Hash256($0.bytes(0)) }
    }

    /// Inserts a feed. It is this device's own if it announces this device's key.
    func insertFeed(_ replica: ReplicaID, _ origin: ReplicaOrigin) throws -> Int64 {
        try database.run(
            "INSERT INTO line (space, replica, origin, is_own) VALUES (?, ?, ?, ?)", space.key.value,
            replica.column.value, origin.column.value, (origin.deviceKey == keyring.deviceKey).value)
        feeds[replica] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    /// Inserts a closed batch's row, and its author's clock.
    func insert(_ header: BatchHeader, signature: [UInt8], hash: Hash256, feed: Int64) throws {
        try database.run(
            """
            INSERT INTO batch (line, first, count, bytes, previous, head, epoch, signature, hash)
            VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)
            """, feed.value, header.first.value, header.count.value, header.previous.bytes.value,
            header.head.bytes.value, header.epoch.bytes.value, signature.value, hash.bytes.value)
        for end in header.seen {
            guard let seen = try self.feed(of: end.dot.replica) else { throw StoreError.inconsistent("a seen feed") }
            try database.run(
                "INSERT INTO seen (author, line, first, n, hash) VALUES (?, ?, ?, ?, ?)", feed.value, seen.value,
                header.first.value, end.dot.n.value, end.hash.bytes.value)
        }
    }

    private func insert(_ batch: Batch, feed: Int64, after: FeedState) throws {
        let header = batch.header
        try insert(header, signature: batch.signature, hash: after.end.hash, feed: feed)
        let seen = after.seen.clock
        for (dot, edit) in batch.dotted {
            try insertReceived(edit, at: dot, seen, feed: feed, first: header.first, epoch: header.epoch)
        }
    }

    private func insertReceived(
        _ edit: Edit, at dot: Dot, _ seen: VectorClock, feed: Int64, first: Int, epoch: Hash256
    ) throws {
        let entry = try entryRow(edit.header.entry)
        if edit.header.isForget {
            try insert(edit, nil, at: dot, feed: feed, first: first, entry: entry.key)
            return try forget(entry.key)
        }
        if entry.isForgotten {
            return try insert(
                Edit(edit.header, box: nil), nil, at: dot, feed: feed, first: first, entry: entry.key, state: 1)
        }
        let content = keyring.content(of: edit, at: dot, epoch: epoch)
        let state = edit.box == nil ? 1 : content == nil ? 2 : 0
        try insert(edit, content, at: dot, feed: feed, first: first, entry: entry.key, state: state)
        let context = CausalContext(dot: dot, seen: seen, unread: edit.header.unread)
        if let content {
            try merge(content, edit.header.tokens, context, feed: feed, entry: entry)
        } else if edit.box == nil {
            try mergeStub(edit.header, context, feed: feed, entry: entry)
        }
    }

    /// Stores the missing box of an edit, and merges its entry again.
    ///
    /// - Returns: whether it is that edit's box; true for a box that is not needed.
    @discardableResult
    public func supply(_ box: [UInt8], for dot: Dot) throws -> Bool {
        guard let feed = try feed(of: dot.replica),
            let row = try database.first(
                "SELECT entry, box_hash, first FROM edit WHERE line = ? AND n = ? AND state = 1", feed.value,
                dot.n.value),
            let boxHash = Hash256(row.bytes(1))
        else { return true }
        let entry: Int64 = row[0]
        let isForgotten: Bool =
            try database.first("SELECT is_forgotten FROM entry WHERE key = ?", entry.value)?[0] ?? true
        guard !isForgotten else { return true }
        guard keyring.hash(box) == boxHash else { return false }
        try database.run("UPDATE edit SET box = ? WHERE line = ? AND n = ?", box.value, feed.value, dot.n.value)
        supplied.insert(entry)
        return true
    }
}

// MARK: - Server

/// What the server claims to hold of this replica, so that waiting edits can be counted offline.
extension StoreWriter {
    /// Records that the server holds a feed up to this tip. Never lowers what is recorded.
    public func serverHolds(_ end: Tip) throws {
        guard try reader.holding(end.dot, in: space) == .end(end.hash), let feed = try feed(of: end.dot.replica) else {
            return
        }
        try database.run(
            "INSERT INTO server VALUES (?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)", feed.value,
            end.dot.n.value)
    }

    /// Records that the server holds exactly this part of the replica.
    public func serverHolds(only clock: VectorClock) throws {
        try database.run("DELETE FROM server WHERE line IN (SELECT key FROM line WHERE space = ?)", space.key.value)
        for dot in clock.dots {
            guard let feed = try feed(of: dot.replica) else { continue }
            try database.run("INSERT INTO server VALUES (?, ?)", feed.value, dot.n.value)
        }
    }
}

extension StoreReader {
    /// What the server is known to hold of this replica.
    public func serverClock(of space: Space) throws -> VectorClock {
        let rows = try database.all(
            "SELECT line.replica, server.n FROM server JOIN line ON line.key = server.line WHERE line.space = ?",
            space.key.value)
        return VectorClock(
            try rows.map { row in
                guard let replica = ReplicaID(column: row.bytes(0)) else { throw StoreError.inconsistent("a feed") }
                return Dot(replica, row[1])
            })
    }

    /// The number of edits that the server is not known to hold, including those of the open batch.
    public func waitingCount(in space: Space) throws -> Int {
        try database.first(
            """
            SELECT coalesce(sum(max(0, (SELECT coalesce(max(n), 0) FROM edit WHERE edit.line = line.key)
                - coalesce(server.n, 0))), 0)
            FROM line LEFT JOIN server ON server.line = line.key WHERE line.space = ?
            """, space.key.value)?[0] ?? 0
    }

    /// The difference between another clock and this replica.
    public struct Comparison: Hashable, Sendable {
        /// Their feeds that are not longer than here, with another hash.
        public var forked: [ReplicaID] = []
        /// What they hold of this replica.
        public var theirs = VectorClock()
        /// Edits that they once held and have lost.
        public var lost = 0
    }

    /// Compares with the server's current clock.
    public func comparison(with frontier: Frontier, in space: Space) throws -> Comparison {
        let ours = try self.frontier(of: space)
        var comparison = Comparison()
        for end in frontier.ends {
            let length = ours[end.dot.replica]?.dot.n ?? 0
            if length >= end.dot.n, try holding(end.dot, in: space) != .end(end.hash) {
                comparison.forked.append(end.dot.replica)
            } else if length > 0 {
                comparison.theirs.advance(to: Dot(end.dot.replica, min(length, end.dot.n)))
            }
        }
        for dot in try serverClock(of: space).dots {
            comparison.lost += max(0, dot.n - (frontier[dot.replica]?.dot.n ?? 0))
        }
        return comparison
    }
}
