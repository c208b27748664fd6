import Causality
import GRDB
import SQLiteFile
import Membership

/// Access to the rows of one space. Valid only within the transaction that it was made in.
struct SpaceTables {
    let database: Database
    let key: Int64
    let id: SpaceID

    init(_ database: Database, _ space: StoreMemory.Space) {
        self.init(database, space.key, space.log.space)
    }

    init(_ database: Database, _ key: Int64, _ id: SpaceID) {
        self.database = database
        self.key = key
        self.id = id
    }
}

/// Feeds and clocks.
extension SpaceTables {
    struct Line {
        let key: Int64
        let origin: ReplicaOrigin
    }

    func line(_ replica: ReplicaID) throws -> Line? {
        try database.first(
            "SELECT key, origin FROM line WHERE space = ? AND replica = ?", key.value, replica.column.value
        )
        .map { Line(key: $0[0], origin: try ReplicaOrigin(stored: $0.bytes(1))) }
    }

    func replica(ofLine line: Int64) throws -> ReplicaID {
        guard let row = try database.first("SELECT replica FROM line WHERE key = ?", line.value) else {
            throw StoreDamage("a line")
        }
        return try ReplicaID(stored: row.bytes(0))
    }

    /// The tips of all feeds.
    func frontier() throws -> Frontier {
        var frontier = Frontier()
        let rows = try database.all(
            """
            SELECT line.replica, batch.first + batch.count - 1, batch.hash FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key)
            WHERE line.space = ? ORDER BY line.replica
            """, key.value)
        for row in rows {
            let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
            frontier.advance(to: LineEnd(dot, try Hash256(stored: row.bytes(2))))
        }
        return frontier
    }

    /// The tips of all feeds, with the key that each origin announced.
    func tips() throws -> [(end: LineEnd, signingKey: [UInt8])] {
        try database.all(
            """
            SELECT line.replica, batch.first + batch.count - 1, batch.hash, line.origin FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key)
            WHERE line.space = ? ORDER BY line.replica
            """, key.value
        ).map { row in
            let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
            let origin = try ReplicaOrigin(stored: row.bytes(3))
            return (LineEnd(dot, try Hash256(stored: row.bytes(2))), origin.deviceKey)
        }
    }

    /// The tip of a feed, and its author's clock there.
    func state(of line: Line?, _ replica: ReplicaID, _ hash: HashFunction) throws -> LineState {
        let last = try line.flatMap {
            try database.first(
                "SELECT first + count - 1, hash FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", $0.key.value)
        }
        guard let line, let last else {
            return LineState(start: LineState.start(space: id.bytes, replica: replica, hash), replica: replica)
        }
        var seen = Frontier()
        let rows = try database.all(
            """
            SELECT line.replica, clock.n, clock.hash FROM clock JOIN line ON line.key = clock.line
            WHERE clock.author = ? ORDER BY line.replica
            """, line.key.value)
        for row in rows {
            let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
            seen.advance(to: LineEnd(dot, try Hash256(stored: row.bytes(2))))
        }
        return LineState(end: LineEnd(Dot(replica, last[0]), try Hash256(stored: last.bytes(1))), seen: seen)
    }

    func holding(_ dot: Dot) throws -> LineState.Holding {
        let row = try database.first(
            """
            SELECT batch.first + batch.count - 1, batch.hash FROM line JOIN batch ON batch.line = line.key
            WHERE line.space = ? AND line.replica = ? AND batch.first <= ? ORDER BY batch.first DESC LIMIT 1
            """, key.value, dot.replica.column.value, dot.n.value)
        guard let row, row[0] >= dot.n else { return .nothing }
        return row[0] == dot.n ? .end(try Hash256(stored: row.bytes(1))) : .within
    }

    /// The membership head that the feed's batch before this number names.
    func head(of line: Line, before first: Int) throws -> Hash256? {
        try database.first(
            "SELECT head FROM batch WHERE line = ? AND first < ? ORDER BY first DESC LIMIT 1", line.key.value,
            first.value
        ).map { try Hash256(stored: $0.bytes(0)) }
    }

    /// The feeds of another's clock that are at least as long here, but with another hash.
    func forked(_ theirs: Frontier, ours: Frontier) throws -> [ReplicaID] {
        try theirs.ends.filter { row in
            guard let end = ours[row.dot.replica], row.dot.n <= end.dot.n, end != row else { return false }
            return try holding(row.dot) != .end(row.hash)
        }.map(\.dot.replica)
    }

    /// The tips at those of the numbers where a batch of this feed ends.
    func ends(of replica: ReplicaID, at numbers: [Int]) throws -> [LineEnd] {
        try numbers.compactMap { n in
            guard case .end(let hash) = try holding(Dot(replica, n)) else { return nil }
            return LineEnd(Dot(replica, n), hash)
        }
    }
}
