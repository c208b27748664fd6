public import Causality
import GRDB
import SQLiteFile

/// All batches, as far as whoever plans what moves must know them.
extension StoreReader {
    /// A closed batch without what is in it.
    public struct Arrival: Hashable, Sendable {
        public let first: Dot
        /// Where its line stands after it.
        public let end: LineEnd
        /// Its author's whole clock of other lines.
        public let seen: VectorClock
        public let epoch: Hash256
    }

    /// The closed batches in the order of their arrival. Costs what there is of them, whatever is in them.
    public func arrivals(in space: Space) throws -> [Arrival] {
        var replicas: [Int64: ReplicaID] = [:]
        for row in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a line") }
            replicas[row[0]] = replica
        }
        // Batches of one line arrive in their order, so each author's clock only grows.
        var clocks: [Int64: VectorClock] = [:]
        var arrivals: [Arrival] = []
        try database.each(
            "SELECT line, first, count, hash, epoch FROM batch WHERE hash IS NOT NULL ORDER BY key"
        ) { row in
            let line: Int64 = row[0]
            guard let replica = replicas[line] else { return }
            guard let hash = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
                throw StoreError.inconsistent("a batch")
            }
            let first: Int = row[1]
            let count: Int = row[2]
            var clock = clocks[line] ?? VectorClock()
            for seen in try database.all(
                "SELECT line, n FROM seen WHERE author = ? AND first = ?", line.value, first.value)
            {
                if let other = replicas[seen[0]] { clock.advance(to: Dot(other, seen[1])) }
            }
            clocks[line] = clock
            arrivals.append(
                Arrival(
                    first: Dot(replica, first), end: LineEnd(Dot(replica, first + count - 1), hash), seen: clock,
                    epoch: epoch))
        }
        return arrivals
    }

    /// The batch that holds a dot, closed or open: its first dot; `nil` if none does.
    func first(ofBatchWith dot: Dot, in space: Space) throws -> Dot? {
        guard let line = try line(of: dot.replica, in: space) else { return nil }
        let row = try database.first("SELECT first FROM edit WHERE line = ? AND n = ?", line.value, dot.n.value)
        return row.map { Dot(dot.replica, $0[0]) }
    }
}

extension StoreReader.Arrival {
    /// As a plan takes it; groups and `unread` are read for what moves only.
    public var outline: BatchOutline {
        let count = end.dot.n - first.n + 1
        return BatchOutline(
            first: first, seen: seen, edits: Array(repeating: .init(group: first.n, unread: []), count: count))
    }
}
