public import Causality
import GRDB
import SQLiteFile

/// Outlines of all batches, for planning a rebase.
extension StoreReader {
    /// A closed batch without its edits.
    public struct Arrival: Hashable, Sendable {
        public let first: Dot
        /// The tip of its feed after it.
        public let end: LineEnd
        /// Its author's whole clock of other feeds.
        public let seen: VectorClock
        public let epoch: Hash256
        /// The device key that its feed's origin announced.
        public let deviceKey: [UInt8]
    }

    /// The end of a feed's closed batches, and the device key that its origin announced.
    public struct Tip: Hashable, Sendable {
        public let end: LineEnd
        public let deviceKey: [UInt8]
    }

    /// The tips of all feeds, with their device keys.
    public func tips(of space: Space) throws -> [Tip] {
        let keys = try deviceKeys(in: space)
        return try frontier(of: space).ends.map { Tip(end: $0, deviceKey: keys[$0.dot.replica] ?? []) }
    }

    /// The epochs of all sealed edits here. The cost is proportional to the number of batches.
    public func epochs(in space: Space) throws -> Set<Hash256> {
        let rows = try database.all(
            "SELECT DISTINCT epoch FROM batch WHERE line IN (SELECT key FROM line WHERE space = ?)", space.key.value)
        return Set(rows.compactMap { Hash256($0.bytes(0)) })
    }

    private func deviceKeys(in space: Space) throws -> [ReplicaID: [UInt8]] {
        var keys: [ReplicaID: [UInt8]] = [:]
        for row in try database.all("SELECT replica, origin FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(0)), let origin = ReplicaOrigin(column: row.bytes(1))
            else { throw StoreError.inconsistent("a line") }
            keys[replica] = origin.deviceKey
        }
        return keys
    }

    /// The closed batches of a device's feeds beyond a clock, in order of arrival. The cost is proportional to these.
    public func batches(ofDevice key: [UInt8], beyond clock: VectorClock, in space: Space) throws -> [Arrival] {
        var found: [(key: Int64, arrival: Arrival)] = []
        for line in try database.all("SELECT key, replica, origin FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: line.bytes(1)), let origin = ReplicaOrigin(column: line.bytes(2))
            else { throw StoreError.inconsistent("a line") }
            guard origin.deviceKey == key else { continue }
            let known = min(clock[replica], Dot.nMax)
            let rows = try database.all(
                """
                SELECT key, first, count, hash, epoch FROM batch
                WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL
                """, line.values[0], (known - CausalityLimits.editsPerBatchMax).value, known.value)
            for row in rows {
                guard let hash = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
                    throw StoreError.inconsistent("a batch")
                }
                let (first, count): (Int, Int) = (row[1], row[2])
                let end = LineEnd(Dot(replica, first + count - 1), hash)
                found.append(
                    (
                        row[0],
                        Arrival(
                            first: Dot(replica, first), end: end, seen: try seen(by: line[0], at: first).clock,
                            epoch: epoch, deviceKey: key)
                    ))
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.arrival)
    }

    /// Whether all edits of these suffixes are here with boxes that can be opened.
    public func isReadable(_ tails: LineTails, in space: Space) throws -> Bool {
        try tails.firsts.allSatisfy { first in
            guard let line = try line(of: first.replica, in: space) else { return true }
            return try database.first(
                "SELECT 1 FROM edit WHERE line = ? AND n >= ? AND state > 0", line.value, first.n.value) == nil
        }
    }

    /// The closed batches in order of arrival. The cost does not depend on their contents.
    public func arrivals(in space: Space) throws -> [Arrival] {
        var replicas: [Int64: ReplicaID] = [:]
        for row in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a line") }
            replicas[row[0]] = replica
        }
        let deviceKeys = try deviceKeys(in: space)
        // Batches of one feed arrive in order, so each author's clock only grows.
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
                    epoch: epoch, deviceKey: deviceKeys[replica] ?? []))
        }
        return arrivals
    }

    /// The first dot of the batch that contains a dot, closed or open; `nil` if there is none.
    func first(ofBatchWith dot: Dot, in space: Space) throws -> Dot? {
        guard let line = try line(of: dot.replica, in: space) else { return nil }
        let row = try database.first("SELECT first FROM edit WHERE line = ? AND n = ?", line.value, dot.n.value)
        return row.map { Dot(dot.replica, $0[0]) }
    }
}

extension StoreReader.Arrival {
    /// The outline for a plan; groups and `unread` are read only for what moves.
    public var outline: BatchOutline {
        let count = end.dot.n - first.n + 1
        return BatchOutline(
            first: first, seen: seen, edits: Array(repeating: .init(group: first.n, unread: []), count: count))
    }
}
