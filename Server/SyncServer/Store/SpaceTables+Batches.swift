import Causality
import GRDB
import SQLiteFile
import Wire

/// Reading batches to send to a device.
extension SpaceTables {
    /// A feed with batches to send, and its next batch.
    private struct Next {
        let line: Int64
        let key: Int64
        let first: Int
    }

    /// The boxes that a batch is read with.
    enum Boxes {
        /// Boxes of edits that are live in a field; a new device requests others if it needs them.
        case live
        case all
    }

    /// Batches that a clock does not cover, in the order of their arrival, as many as fit.
    ///
    /// Costs a look at the tip of each feed, and then the batches sent.
    func batches(beyond clock: VectorClock, room: Int) throws -> (batches: [Batch], isLast: Bool) {
        var nexts = try news(beyond: clock)
        var left = min(room, WireLimits.creditAtFirst)
        var batches: [Batch] = []
        while let index = nexts.indices.min(by: { nexts[$0].key < nexts[$1].key }) {
            let batch = try batch(nexts[index].key, .live)
            left -= MessageWriter.length(of: .batch(id, batch))
            guard left >= 0 else { return (batches, false) }
            batches.append(batch)
            if let next = try next(ofLine: nexts[index].line, after: nexts[index].first) {
                nexts[index] = next
            } else {
                nexts.remove(at: index)
            }
        }
        return (batches, true)
    }

    /// The batch that begins at a dot, without its boxes.
    func bareBatch(at dot: Dot) throws -> Batch? {
        let row = try database.first(
            """
            SELECT batch.key FROM batch JOIN line ON line.key = batch.line
            WHERE line.space = ? AND line.replica = ? AND batch.first = ?
            """, key.value, dot.replica.column.value, dot.n.value)
        guard let row else { return nil }
        var batch = try batch(row[0], .live)
        for index in batch.edits.indices { batch.edits[index].box = nil }
        return batch
    }

    /// Of each feed that goes beyond a clock, the first batch that does.
    private func news(beyond clock: VectorClock) throws -> [Next] {
        let lines = try database.all(
            """
            SELECT line.key, line.replica, batch.first + batch.count - 1 FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key)
            WHERE line.space = ?
            """, key.value)
        return try lines.compactMap { line in
            let known = clock[try ReplicaID(stored: line.bytes(1))]
            guard known < line[2] else { return nil }
            let around = try database.first(
                "SELECT key, first, first + count - 1 FROM batch WHERE line = ? AND first <= ? ORDER BY first DESC LIMIT 1",
                (line[0] as Int64).value, known.value)
            // A clock that ends inside a batch does not cover it.
            if let around, known < around[2] { return Next(line: line[0], key: around[0], first: around[1]) }
            return try next(ofLine: line[0], after: known)
        }
    }

    private func next(ofLine line: Int64, after first: Int) throws -> Next? {
        try database.first(
            "SELECT key, first FROM batch WHERE line = ? AND first > ? ORDER BY first LIMIT 1", line.value, first.value
        ).map { Next(line: line, key: $0[0], first: $0[1]) }
    }

    func batch(_ key: Int64, _ boxes: Boxes) throws -> Batch {
        let row = try database.first(
            """
            SELECT batch.line, batch.first, batch.count, batch.previous, batch.head, batch.epoch, batch.signature,
                batch.seen, line.replica, line.origin
            FROM batch JOIN line ON line.key = batch.line WHERE batch.key = ?
            """, key.value)
        guard let row else { throw StoreDamage("a batch") }
        let first: Int = row[1]
        let header = BatchHeader(
            replica: try ReplicaID(stored: row.bytes(8)), first: first, count: row[2],
            previous: try Hash256(stored: row.bytes(3)), seen: ColumnList.ends(row.bytes(7)),
            head: try Hash256(stored: row.bytes(4)), epoch: try Hash256(stored: row.bytes(5)),
            origin: first == 1 ? try ReplicaOrigin(stored: row.bytes(9)) : nil)
        let edits = try edits(ofLine: row[0], first: first, count: header.count, boxes)
        guard edits.count == header.count else { throw StoreDamage("the edits of a batch") }
        return Batch(header, signature: row.bytes(6), edits: edits)
    }

    private func edits(ofLine line: Int64, first: Int, count: Int, _ boxes: Boxes) throws -> [Edit] {
        try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash,
                edit.proof,
                CASE WHEN edit.live >= ? THEN (SELECT bytes FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere)) END
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? ORDER BY edit.n
            """, (boxes == .live ? 1 : 0).value, line.value, first.value, (first + count - 1).value
        ).map { row in
            Edit(try header(row), box: row.values[7].isNull ? nil : row.bytes(7))
        }
    }

    /// The header of an edit; columns are the entry's id, tokens, is_forget, grp, unread, box_hash, proof.
    func header(_ row: ColumnRow) throws -> EditHeader {
        guard let entry = EntryID(row.bytes(0)) else { throw StoreDamage("an entry") }
        let isForget: Bool = row[2]
        return EditHeader(
            entry: entry, tokens: ColumnList.tokens(row.bytes(1)), isForget: isForget,
            proof: EntryProof(row.bytes(6)), group: row[3],
            unread: ColumnList.dots(row.bytes(4)), boxHash: isForget ? nil : try Hash256(stored: row.bytes(5)))
    }
}
