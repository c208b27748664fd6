public import Causality
import GRDB
import SQLiteFile

/// What the server claims to hold of this replica, so that waiting edits can be counted offline.
extension StoreWriter {
    /// Records that the server holds a feed up to this tip. Never lowers what is recorded.
    public func serverHolds(_ end: LineEnd) throws {
        guard try reader.holding(end.dot, in: space) == .end(end.hash), let line = try line(of: end.dot.replica) else {
            return
        }
        try database.run(
            "INSERT INTO server VALUES (?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)", line.value,
            end.dot.n.value)
    }

    /// Records that the server holds exactly this part of the replica.
    public func serverHolds(only clock: VectorClock) throws {
        try database.run("DELETE FROM server WHERE line IN (SELECT key FROM line WHERE space = ?)", space.key.value)
        for dot in clock.dots {
            guard let line = try line(of: dot.replica) else { continue }
            try database.run("INSERT INTO server VALUES (?, ?)", line.value, dot.n.value)
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
                guard let replica = ReplicaID(column: row.bytes(0)) else { throw StoreError.inconsistent("a line") }
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
