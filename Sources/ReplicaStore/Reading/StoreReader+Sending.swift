public import Causality
import GRDB
import SQLiteFile

/// Batches to be sent, read in bounded portions.
extension StoreReader {
    /// How many batches of one feed are looked up at once.
    private static let stretch = 64

    /// Whether this device's last batch is still open.
    public func hasOpenBatch(in space: Space) throws -> Bool {
        try database.first(
            """
            SELECT 1 FROM space JOIN batch ON batch.line = space.own_line
            WHERE space.key = ? AND batch.hash IS NULL
            """, space.key.value) != nil
    }

    /// The closed batches beyond a clock, in order of arrival.
    ///
    /// The cost is proportional to the visited batches and the number of feeds; one batch at a time is in memory.
    ///
    /// - Parameters:
    ///   - clock: what the receiver holds.
    ///   - without: feeds to leave out.
    ///   - visit: takes a batch, or returns `false` to end before it.
    /// - Returns: whether all were taken.
    public func batches(
        of space: Space, beyond clock: VectorClock, without: Set<ReplicaID>, visit: (Batch) throws -> Bool
    ) throws -> Bool {
        var lines: [(key: Int64, known: Int)] = []
        for row in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a line") }
            if !without.contains(replica) { lines.append((row[0], min(clock[replica], Dot.nMax))) }
        }
        while true {
            // Reads the next batches of each feed. Beyond the last one read of a feed that has more, other batches
            // may come first.
            var found: [(key: Int64, line: Int, end: Int)] = []
            var horizon = Int64.max
            for index in lines.indices {
                let rows = try database.all(
                    """
                    SELECT key, first + count - 1 FROM batch
                    WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL ORDER BY first LIMIT ?
                    """, lines[index].key.value, (lines[index].known - CausalityLimits.editsPerBatchMax).value,
                    lines[index].known.value, Self.stretch.value)
                found += rows.map { ($0[0], index, $0[1]) }
                if rows.count == Self.stretch, let last = rows.last { horizon = min(horizon, last[0]) }
            }
            guard !found.isEmpty else { return true }
            for next in found.sorted(by: { $0.key < $1.key }) where next.key <= horizon {
                guard try visit(try batch(next.key)) else { return false }
                lines[next.line].known = next.end
            }
        }
    }

    /// Ends of a feed's closed batches within a range, evenly spread, including the last one.
    public func lineEnds(
        of replica: ReplicaID, in space: Space, within numbers: ClosedRange<Int>, limit: Int
    ) throws -> [LineEnd] {
        guard let line = try line(of: replica, in: space) else { return [] }
        let keys: [Int64] = try database.all(
            """
            SELECT key FROM batch WHERE line = ? AND hash IS NOT NULL AND first BETWEEN ? AND ?
                AND first + count - 1 BETWEEN ? AND ? ORDER BY first
            """, line.value, (numbers.lowerBound - CausalityLimits.editsPerBatchMax).value, numbers.upperBound.value,
            numbers.lowerBound.value, numbers.upperBound.value
        ).map { $0[0] }
        let count = min(limit, keys.count)
        return try (0..<count).map { index in
            let key = keys[(index + 1) * keys.count / count - 1]
            guard
                let row = try database.first("SELECT first + count - 1, hash FROM batch WHERE key = ?", key.value),
                let hash = Hash256(row.bytes(1))
            else { throw StoreError.inconsistent("a batch") }
            return LineEnd(Dot(replica, row[0]), hash)
        }
    }
}

/// Records of the membership log.
extension StoreReader {
    /// The number of records, and the last one's bytes, which tell whether a cached log is current.
    public func recordEnd(of space: Space) throws -> (count: Int, last: [UInt8]) {
        let row = try database.first(
            "SELECT position + 1, bytes FROM record WHERE space = ? ORDER BY position DESC LIMIT 1", space.key.value)
        return row.map { ($0[0], $0.bytes(1)) } ?? (0, [])
    }
}

extension StoreWriter {
    /// Appends a record, which the caller has verified.
    public func appendRecord(_ record: StoredRecord) throws {
        try database.keep(record, at: try reader.recordEnd(of: space).count, of: space)
    }
}

extension Database {
    func keep(_ record: StoredRecord, at position: Int, of space: Space) throws {
        try run("INSERT INTO record VALUES (?, ?, ?)", space.key.value, position.value, record.bytes.value)
        guard let form = record.form else { return }
        try run("INSERT INTO verified VALUES (?, ?, ?)", space.key.value, position.value, form.value)
    }
}
