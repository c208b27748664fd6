public import Causality
import GRDB
import Records

/// Batches of others, and of this device's earlier lines.
extension StoreWriter {
    /// Takes a batch whole, or not at all.
    ///
    /// Signature, rights and epoch are checked before. A batch that is held already
    /// only brings boxes that were missing.
    ///
    /// - Returns: whether it was new.
    /// - Throws: ``StoreError/refused(_:)``; then nothing of this batch was written.
    public func take(_ batch: Batch) throws -> Bool {
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
            return false
        case .extends(let after):
            try insert(batch, line: try line ?? newLine(batch), after: after)
            return true
        }
    }

    private func newLine(_ batch: Batch) throws -> Int64 {
        guard let origin = batch.header.origin else { throw StoreError.inconsistent("a first batch without origin") }
        try database.run(
            "INSERT INTO line (space, replica, origin, is_own) VALUES (?, ?, ?, 0)", space.key.value,
            batch.header.replica.column.value, origin.column.value)
        lines[batch.header.replica] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    private func insert(_ batch: Batch, line: Int64, after: LineState) throws {
        let header = batch.header
        try database.run(
            """
            INSERT INTO batch (line, first, count, bytes, previous, head, epoch, signature, hash)
            VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)
            """, line.value, header.first.value, header.count.value, header.previous.bytes.value,
            header.head.bytes.value, header.epoch.bytes.value, batch.signature.value, after.end.hash.bytes.value)
        for end in header.seen {
            guard let seen = try self.line(of: end.dot.replica) else { throw StoreError.inconsistent("a seen line") }
            try database.run(
                "INSERT INTO seen (author, line, first, n, hash) VALUES (?, ?, ?, ?, ?)", line.value, seen.value,
                header.first.value, end.dot.n.value, end.hash.bytes.value)
        }
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
            try merge(content, context, line: line, entry: entry)
        } else if edit.box == nil {
            try mergeStub(edit.header, context, entry: entry)
        }
    }

    /// Brings the box of an edit that is held as a stub, and works the entry out anew.
    public func supply(_ box: [UInt8], for dot: Dot) throws {
        guard let line = try line(of: dot.replica),
            let row = try database.first(
                "SELECT entry, box_hash, first FROM edit WHERE line = ? AND n = ? AND state = 1", line.value,
                dot.n.value),
            let boxHash = Hash256(row.bytes(1)), keyring.hash(box) == boxHash
        else { return }
        let entry: Int64 = row[0]
        let isForgotten: Bool =
            try database.first("SELECT is_forgotten FROM entry WHERE key = ?", entry.value)?[0] ?? true
        guard !isForgotten else { return }
        try database.run("UPDATE edit SET box = ? WHERE line = ? AND n = ?", box.value, line.value, dot.n.value)
        try remerge(entry)
    }
}
