public import Causality
import GRDB
import SQLiteFile

/// What the server said that it holds of what is here, so that what waits can be told offline.
extension StoreWriter {
    /// The server holds a line up to here. Never lowers what is known.
    public func serverHolds(_ end: LineEnd) throws {
        guard try reader.holding(end.dot, in: space) == .end(end.hash), let line = try line(of: end.dot.replica) else {
            return
        }
        try database.run(
            "INSERT INTO server VALUES (?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)", line.value,
            end.dot.n.value)
    }

    /// The server holds this of what is here, and no more.
    public func serverHolds(only clock: VectorClock) throws {
        try database.run("DELETE FROM server WHERE line IN (SELECT key FROM line WHERE space = ?)", space.key.value)
        for dot in clock.dots {
            guard let line = try line(of: dot.replica) else { continue }
            try database.run("INSERT INTO server VALUES (?, ?)", line.value, dot.n.value)
        }
    }
}

extension StoreReader {
    /// What the server is known to hold of what is here.
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

    /// How many edits are here that the server is not known to hold, the open batch's among them.
    public func waitingCount(in space: Space) throws -> Int {
        try database.first(
            """
            SELECT coalesce(sum(max(0, (SELECT coalesce(max(n), 0) FROM edit WHERE edit.line = line.key)
                - coalesce(server.n, 0))), 0)
            FROM line LEFT JOIN server ON server.line = line.key WHERE line.space = ?
            """, space.key.value)?[0] ?? 0
    }

    /// How another's clock stands to what is held here.
    public struct Comparison: Hashable, Sendable {
        /// Lines of theirs that are at most as long as here, and not so here.
        public var forked: [ReplicaID] = []
        /// What they hold of what is here.
        public var theirs = VectorClock()
        /// Edits that they once held and do not hold now.
        public var lost = 0
    }

    /// Compares with what the server says that it holds now.
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
