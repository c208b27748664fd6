public import Causality
import GRDB
import SQLiteFile

/// Feeds, batches and clocks, as they are exchanged.
extension StoreReader {
    /// The replica id of a feed's row.
    func replica(ofLine key: Int64) throws -> ReplicaID {
        guard let row = try database.first("SELECT replica FROM line WHERE key = ?", key.value),
            let replica = ReplicaID(column: row.bytes(0))
        else { throw StoreError.inconsistent("no line \(key)") }
        return replica
    }

    func line(of replica: ReplicaID, in space: Space) throws -> Int64? {
        try database.first(
            "SELECT key FROM line WHERE space = ? AND replica = ?", space.key.value, replica.column.value)?[0]
    }

    /// The tips of all feeds, as far as their batches are closed.
    public func frontier(of space: Space) throws -> Frontier {
        var frontier = Frontier()
        let rows = try database.all(
            """
            SELECT line.replica, batch.first + batch.count - 1, batch.hash FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key AND hash IS NOT NULL)
            WHERE line.space = ?
            """, space.key.value)
        for row in rows {
            guard let replica = ReplicaID(column: row.bytes(0)), let hash = Hash256(row.bytes(2)) else {
                throw StoreError.inconsistent("a line's end")
            }
            frontier.advance(to: LineEnd(Dot(replica, row[1]), hash))
        }
        return frontier
    }

    /// All that an author had seen of other feeds in the batch that begins at `first`.
    func seen(by author: Int64, at first: Int) throws -> Frontier {
        var frontier = Frontier()
        let rows = try database.all(
            """
            SELECT line.replica, seen.n, seen.hash FROM line JOIN seen ON seen.author = ? AND seen.line = line.key
                AND seen.first = (
                    SELECT max(row.first) FROM seen AS row
                    WHERE row.author = ? AND row.line = line.key AND row.first <= ?)
            WHERE line.space = (SELECT own.space FROM line AS own WHERE own.key = ?)
            """, author.value, author.value, first.value, author.value)
        for row in rows {
            guard let replica = ReplicaID(column: row.bytes(0)), let hash = Hash256(row.bytes(2)) else {
                throw StoreError.inconsistent("a clock")
            }
            frontier.advance(to: LineEnd(Dot(replica, row[1]), hash))
        }
        return frontier
    }

    /// The state of a feed, as far as its batches are closed.
    func lineState(_ key: Int64, _ replica: ReplicaID, in space: Space, _ hash: HashFunction) throws -> LineState {
        let row = try database.first(
            "SELECT first, count, hash FROM batch WHERE line = ? AND hash IS NOT NULL ORDER BY first DESC LIMIT 1",
            key.value)
        guard let row else {
            return LineState(start: LineState.start(space: space.id, replica: replica, hash), replica: replica)
        }
        guard let end = Hash256(row.bytes(2)) else { throw StoreError.inconsistent("a line's hash") }
        let first: Int = row[0]
        let count: Int = row[1]
        return LineState(end: LineEnd(Dot(replica, first + count - 1), end), seen: try seen(by: key, at: first))
    }

    /// What is held at a dot.
    public func holding(_ dot: Dot, in space: Space) throws -> LineState.Holding {
        guard let line = try line(of: dot.replica, in: space) else { return .nothing }
        let row = try database.first(
            "SELECT first, count, hash FROM batch WHERE line = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            line.value, dot.n.value)
        guard let row, let hash = Hash256(row.bytes(2)) else { return .nothing }
        let last: Int = row[0] + row[1] - 1
        return last < dot.n ? .nothing : last == dot.n ? .end(hash) : .within
    }

    /// The origin of a feed that is held.
    public func origin(of replica: ReplicaID, in space: Space) throws -> ReplicaOrigin? {
        try line(of: replica, in: space).map(origin(ofLine:))
    }

    func origin(ofLine line: Int64) throws -> ReplicaOrigin {
        guard let row = try database.first("SELECT origin FROM line WHERE key = ?", line.value),
            let origin = ReplicaOrigin(column: row.bytes(0))
        else { throw StoreError.inconsistent("a line's origin") }
        return origin
    }

    /// The closed batch that contains an edit.
    public func batch(with dot: Dot, in space: Space) throws -> Batch? {
        guard let line = try line(of: dot.replica, in: space) else { return nil }
        let row = try database.first(
            """
            SELECT batch.key FROM batch JOIN edit ON edit.line = batch.line AND edit.first = batch.first
            WHERE edit.line = ? AND edit.n = ? AND batch.hash IS NOT NULL
            """, line.value, dot.n.value)
        return try row.map { try batch($0[0]) }
    }

    /// The closed batches beyond a clock, in order of arrival.
    public func batches(of space: Space, notCoveredBy clock: VectorClock, visit: (Batch) throws -> Void) throws {
        for key in try keys(of: space, notCoveredBy: clock) { try visit(try batch(key)) }
    }

    /// Looks only at the ends of feeds, so that the cost is proportional to what is new.
    private func keys(of space: Space, notCoveredBy clock: VectorClock) throws -> [Int64] {
        var keys: [Int64] = []
        for line in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: line.bytes(1)) else { throw StoreError.inconsistent("a line") }
            let known = min(clock[replica], Dot.nMax)
            keys += try database.all(
                "SELECT key FROM batch WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL",
                line.values[0], (known - CausalityLimits.editsPerBatchMax).value, known.value
            ).map { $0[0] }
        }
        return keys.sorted()
    }

    func batch(_ key: Int64) throws -> Batch {
        let row = try database.first(
            """
            SELECT batch.line, batch.first, batch.count, batch.previous, batch.head, batch.epoch, batch.signature,
                line.replica, line.origin
            FROM batch JOIN line ON line.key = batch.line WHERE batch.key = ?
            """, key.value)
        guard let row, let replica = ReplicaID(column: row.bytes(7)), let previous = Hash256(row.bytes(3)),
            let head = Hash256(row.bytes(4)), let epoch = Hash256(row.bytes(5))
        else { throw StoreError.inconsistent("a batch") }
        let first: Int = row[1]
        let header = BatchHeader(
            replica: replica, first: first, count: row[2], previous: previous,
            seen: try seenRows(by: row[0], at: first), head: head, epoch: epoch,
            origin: first == 1 ? ReplicaOrigin(column: row.bytes(8)) : nil)
        return Batch(header, signature: row.bytes(6), edits: try edits(ofLine: row[0], first: first))
    }

    func seenRows(by author: Int64, at first: Int) throws -> [LineEnd] {
        let rows = try database.all(
            """
            SELECT line.replica, seen.n, seen.hash FROM seen JOIN line ON line.key = seen.line
            WHERE seen.author = ? AND seen.first = ? ORDER BY line.replica
            """, author.value, first.value)
        return try rows.map { row in
            guard let replica = ReplicaID(column: row.bytes(0)), let hash = Hash256(row.bytes(2)) else {
                throw StoreError.inconsistent("a clock")
            }
            return LineEnd(Dot(replica, row[1]), hash)
        }
    }

    func edits(ofLine line: Int64, first: Int) throws -> [Edit] {
        let rows = try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash, edit.proof, edit.box
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? AND edit.first = ? ORDER BY edit.n
            """, line.value, first.value, (first + CausalityLimits.editsPerBatchMax - 1).value, first.value)
        return try rows.map { row in
            Edit(try header(row), box: row.values[7].isNull ? nil : row.bytes(7))
        }
    }

    func headers(ofLine line: Int64, first: Int) throws -> [EditHeader] {
        try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash, edit.proof
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? AND edit.first = ? ORDER BY edit.n
            """, line.value, first.value, (first + CausalityLimits.editsPerBatchMax - 1).value, first.value
        ).map(header)
    }

    /// The header of a row; columns are the entry's id, tokens, is_forget, grp, unread, box_hash, proof.
    private func header(_ row: ColumnRow) throws -> EditHeader {
        guard let entry = EntryID(row.bytes(0)) else { throw StoreError.inconsistent("an entry's id") }
        return EditHeader(
            entry: entry, tokens: ColumnList.tokens(row.bytes(1)), isForget: row[2], proof: EntryProof(row.bytes(6)),
            group: row[3], unread: ColumnList.dots(row.bytes(4)), boxHash: Hash256(row.bytes(5)))
    }
}
