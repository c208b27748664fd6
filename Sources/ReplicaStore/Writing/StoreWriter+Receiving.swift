public import Causality
import GRDB
import SQLiteFile
import Records

/// Takes batches of other devices, and of this device's earlier feeds.
extension StoreWriter {
    /// A batch that extends its feed, before it is taken.
    public struct Extension: Hashable, Sendable {
        /// The tip of its feed after it.
        public let end: LineEnd
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
    ) throws -> (end: LineEnd, isNew: Bool) {
        try closeBatch()
        let replica = batch.header.replica
        var failure: (any Error)?
        let holding: (Dot) -> LineState.Holding = { dot in
            do { return try self.reader.holding(dot, in: self.space) } catch {
                failure = error
                return .nothing
            }
        }
        let line = try line(of: replica)
        let state =
            try line.map { try reader.lineState($0, replica, in: space, keyring.hash) }
            ?? LineState(start: LineState.start(space: space.id, replica: replica, keyring.hash), replica: replica)
        let verdict: LineState.Verdict
        do {
            verdict = try state.judge(batch, holding: holding, keyring.hash)
        } catch {
            throw failure ?? StoreError.refused(error)
        }
        if let failure { throw failure }
        switch verdict {
        case .held:
            for (dot, edit) in batch.dotted { if let box = edit.box { try supply(box, for: dot) } }
            return (batch.lineEnd(keyring.hash), false)
        case .extends(let after):
            guard let origin = try line.map(origin(ofLine:)) ?? batch.header.origin else {
                throw StoreError.inconsistent("a first batch without origin")
            }
            try check(Extension(end: after.end, origin: origin, previousHead: try line.flatMap(head(ofLine:))))
            try insert(batch, line: try line ?? insertLine(replica, origin), after: after)
            try takeFromAside(after.end)
            if try isPresent(line) { try abandonLine() }
            return (after.end, true)
        }
    }

    /// Whether it is this device's current feed.
    private func isPresent(_ line: Int64?) throws -> Bool {
        guard let line else { return false }
        return try database.first("SELECT 1 FROM space WHERE key = ? AND own_line = ?", space.key.value, line.value)
            != nil
    }

    /// The origin of a feed that is held.
    public func origin(of replica: ReplicaID) throws -> ReplicaOrigin? { try line(of: replica).map(origin(ofLine:)) }

    func origin(ofLine line: Int64) throws -> ReplicaOrigin { try reader.origin(ofLine: line) }

    private func head(ofLine line: Int64) throws -> Hash256? {
        try database.first("SELECT head FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", line.value)
            .flatMap { Hash256($0.bytes(0)) }
    }

    /// Inserts a feed. It is this device's own if it announces this device's key.
    func insertLine(_ replica: ReplicaID, _ origin: ReplicaOrigin) throws -> Int64 {
        try database.run(
            "INSERT INTO line (space, replica, origin, is_own) VALUES (?, ?, ?, ?)", space.key.value,
            replica.column.value, origin.column.value, (origin.deviceKey == keyring.deviceKey).value)
        lines[replica] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    /// Inserts a closed batch's row, and its author's clock.
    func insert(_ header: BatchHeader, signature: [UInt8], hash: Hash256, line: Int64) throws {
        try database.run(
            """
            INSERT INTO batch (line, first, count, bytes, previous, head, epoch, signature, hash)
            VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)
            """, line.value, header.first.value, header.count.value, header.previous.bytes.value,
            header.head.bytes.value, header.epoch.bytes.value, signature.value, hash.bytes.value)
        for end in header.seen {
            guard let seen = try self.line(of: end.dot.replica) else { throw StoreError.inconsistent("a seen line") }
            try database.run(
                "INSERT INTO seen (author, line, first, n, hash) VALUES (?, ?, ?, ?, ?)", line.value, seen.value,
                header.first.value, end.dot.n.value, end.hash.bytes.value)
        }
    }

    private func insert(_ batch: Batch, line: Int64, after: LineState) throws {
        let header = batch.header
        try insert(header, signature: batch.signature, hash: after.end.hash, line: line)
        let seen = after.seen.clock
        for (dot, edit) in batch.dotted {
            try insertReceived(edit, at: dot, seen, line: line, first: header.first, epoch: header.epoch)
        }
    }

    private func insertReceived(
        _ edit: Edit, at dot: Dot, _ seen: VectorClock, line: Int64, first: Int, epoch: Hash256
    ) throws {
        let entry = try entryRow(edit.header.entry)
        if edit.header.isForget {
            try insert(edit, nil, at: dot, line: line, first: first, entry: entry.key)
            return try forget(entry.key)
        }
        if entry.isForgotten {
            return try insert(
                Edit(edit.header, box: nil), nil, at: dot, line: line, first: first, entry: entry.key, state: 1)
        }
        let content = keyring.content(of: edit, at: dot, epoch: epoch)
        let state = edit.box == nil ? 1 : content == nil ? 2 : 0
        try insert(edit, content, at: dot, line: line, first: first, entry: entry.key, state: state)
        let context = CausalContext(dot: dot, seen: seen, unread: edit.header.unread)
        if let content {
            try merge(content, edit.header.tokens, context, line: line, entry: entry)
        } else if edit.box == nil {
            try mergeStub(edit.header, context, line: line, entry: entry)
        }
    }

    /// Stores the missing box of an edit, and merges its entry again.
    ///
    /// - Returns: whether it is that edit's box; true for a box that is not needed.
    @discardableResult
    public func supply(_ box: [UInt8], for dot: Dot) throws -> Bool {
        guard let line = try line(of: dot.replica),
            let row = try database.first(
                "SELECT entry, box_hash, first FROM edit WHERE line = ? AND n = ? AND state = 1", line.value,
                dot.n.value),
            let boxHash = Hash256(row.bytes(1))
        else { return true }
        let entry: Int64 = row[0]
        let isForgotten: Bool =
            try database.first("SELECT is_forgotten FROM entry WHERE key = ?", entry.value)?[0] ?? true
        guard !isForgotten else { return true }
        guard keyring.hash(box) == boxHash else { return false }
        try database.run("UPDATE edit SET box = ? WHERE line = ? AND n = ?", box.value, line.value, dot.n.value)
        try remerge(entry)
        return true
    }
}
