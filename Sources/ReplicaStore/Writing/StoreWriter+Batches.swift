import Causality
import GRDB
import SQLiteFile
import Records

/// Batches of this device: opened by an edit, and closed at their limits, before anything is received, and before
/// they are first sent.
extension StoreWriter {
    /// The open batch, or a new one if there is none or the group does not fit.
    func openBatch(roomFor count: Int, bytes: Int) throws -> OpenBatch {
        guard bytes <= OpenBatch.groupBytesMax else { throw StoreError.groupTooLarge }
        if let batch = try open ?? storedOpenBatch() {
            let hasRoom =
                batch.count + count <= CausalityLimits.editsPerBatchMax
                && batch.headerBytes + batch.bytes + bytes <= OpenBatch.bytesMax
            if hasRoom, batch.head == keyring.head, batch.epoch == keyring.epoch { return batch }
            open = batch
            try closeBatch()
        }
        let batch = try beginBatch()
        // A clock of thousands of rows leaves less room; the transaction fails then.
        guard batch.headerBytes + bytes <= OpenBatch.bytesMax else { throw StoreError.groupTooLarge }
        return batch
    }

    /// Signs the open batch, if there is one; it cannot grow any more.
    public func closeBatch() throws {
        guard let batch = try open ?? storedOpenBatch() else { return }
        open = nil
        try store(batch)
        let row = try database.first(
            "SELECT previous, origin FROM batch JOIN line ON line.key = line WHERE line = ? AND first = ?",
            batch.line.value, batch.first.value)
        guard let row, let previous = Hash256(row.bytes(0)) else { throw StoreError.inconsistent("the open batch") }
        let edits = try reader.headers(ofLine: batch.line, first: batch.first)
        let seen = try reader.seenRows(by: batch.line, at: batch.first)
        let header = BatchHeader(
            replica: batch.replica, first: batch.first, count: batch.count, previous: previous, seen: seen,
            head: batch.head, epoch: batch.epoch,
            origin: batch.first == 1 ? ReplicaOrigin(column: row.bytes(1)) : nil)
        let hash = header.lineHash(of: edits, keyring.hash)
        try database.run(
            "UPDATE batch SET signature = ?, hash = ? WHERE line = ? AND first = ?", keyring.sign(hash).value,
            hash.bytes.value, batch.line.value, batch.first.value)
    }

    /// Signs the open batch if the server holds all earlier edits. Otherwise a transfer is in progress, and edits
    /// written meanwhile are batched.
    public func closeBatchIfNothingElseWaits() throws {
        guard let batch = open, try reader.waitingCount(in: space) == batch.count else { return }
        try closeBatch()
    }

    /// Stores the size of the open batch.
    func store(_ batch: OpenBatch) throws {
        try database.run(
            "UPDATE batch SET count = ?, bytes = ? WHERE line = ? AND first = ?", batch.count.value,
            batch.bytes.value, batch.line.value, batch.first.value)
    }

    /// Starts a new feed for this device: the old one may be continued by a copy.
    ///
    /// - Throws: ``StoreError/tooManyLines`` beyond the limit of feeds per device.
    func leaveLine() throws {
        try closeBatch()
        guard try reader.ownLineCount(in: space) < CausalityLimits.linesPerDeviceMax else {
            throw StoreError.tooManyLines
        }
        let origin = keyring.newOrigin()
        let line = try insertLine(origin.replica(keyring.hash), origin)
        try database.run("UPDATE space SET own_line = ? WHERE key = ?", line.value, space.key.value)
    }

    private func storedOpenBatch() throws -> OpenBatch? {
        guard let (line, replica) = try ownLine() else { return nil }
        let row = try database.first(
            "SELECT first, count, bytes, head, epoch, hash IS NULL FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1",
            line.value)
        guard let row, row[5] else { return nil }
        guard let head = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
            throw StoreError.inconsistent("the open batch")
        }
        let seen = try reader.seen(by: line, at: row[0]).clock
        let rows = try reader.seenRows(by: line, at: row[0]).count
        return OpenBatch(
            line: line, replica: replica, first: row[0], seen: seen, head: head, epoch: epoch, count: row[1],
            bytes: row[2], headerBytes: OpenBatch.headerLength(rows: rows))
    }

    func ownLine() throws -> (key: Int64, replica: ReplicaID)? {
        let row = try database.first(
            "SELECT line.key, line.replica FROM space JOIN line ON line.key = space.own_line WHERE space.key = ?",
            space.key.value)
        guard let row, let replica = ReplicaID(column: row.bytes(1)) else { return nil }
        return (row[0], replica)
    }

    private func beginBatch() throws -> OpenBatch {
        if let (line, _) = try ownLine() {
            let last = try database.first(
                "SELECT head FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", line.value)
            if let last, let head = Hash256(last.bytes(0)), head != keyring.head, !keyring.mayFollow(head) {
                try leaveLine()
            }
        } else {
            try leaveLine()
        }
        guard let (line, replica) = try ownLine() else { throw StoreError.inconsistent("no line of this device") }
        let state = try reader.lineState(line, replica, in: space, keyring.hash)
        let held = try reader.frontier(of: space)
        let first = state.end.dot.n + 1
        try database.run(
            "INSERT INTO batch (line, first, count, bytes, previous, head, epoch) VALUES (?, ?, 1, 0, ?, ?, ?)",
            line.value, first.value, state.end.hash.bytes.value, keyring.head.bytes.value,
            keyring.epoch.bytes.value)
        var seen = VectorClock()
        var rows = 0
        for end in held.ends where end.dot.replica != replica {
            seen.advance(to: end.dot)
            guard end.dot.n > state.seen[end.dot.replica]?.dot.n ?? 0, let key = try self.line(of: end.dot.replica)
            else { continue }
            try database.run(
                "INSERT INTO seen (author, line, first, n, hash) VALUES (?, ?, ?, ?, ?)", line.value, key.value,
                first.value, end.dot.n.value, end.hash.bytes.value)
            rows += 1
        }
        return OpenBatch(
            line: line, replica: replica, first: first, seen: seen, head: keyring.head, epoch: keyring.epoch, count: 0,
            bytes: 0, headerBytes: OpenBatch.headerLength(rows: rows))
    }
}
