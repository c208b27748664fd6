import CanonicalJSON
public import Causality
import GRDB
import Records
import SQLiteFile

/// Feeds, batches and clocks, as they are exchanged.
extension StoreReader {
    /// The replica id of a feed's row.
    func replica(ofFeed key: Int64) throws -> ReplicaID {
        guard let row = try database.first("SELECT replica FROM line WHERE key = ?", key.value),
            let replica = ReplicaID(column: row.bytes(0))
        else { throw StoreError.inconsistent("no feed \(key)") }
        return replica
    }

    func feed(of replica: ReplicaID, in space: Space) throws -> Int64? {
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
                throw StoreError.inconsistent("a tip")
            }
            frontier.advance(to: Tip(Dot(replica, row[1]), hash))
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
            frontier.advance(to: Tip(Dot(replica, row[1]), hash))
        }
        return frontier
    }

    /// The state of a feed, as far as its batches are closed.
    func feedState(_ key: Int64, _ replica: ReplicaID, in space: Space, _ hash: HashFunction) throws -> FeedState {
        let row = try database.first(
            "SELECT first, count, hash FROM batch WHERE line = ? AND hash IS NOT NULL ORDER BY first DESC LIMIT 1",
            key.value)
        guard let row else {
            return FeedState(start: FeedState.start(space: space.id, replica: replica, hash), replica: replica)
        }
        guard let end = Hash256(row.bytes(2)) else { throw StoreError.inconsistent("a feed's hash") }
        let first: Int = row[0]
        let count: Int = row[1]
        return FeedState(end: Tip(Dot(replica, first + count - 1), end), seen: try seen(by: key, at: first))
    }

    /// What is held at a dot.
    public func holding(_ dot: Dot, in space: Space) throws -> FeedState.Holding {
        guard let feed = try feed(of: dot.replica, in: space) else { return .nothing }
        let row = try database.first(
            "SELECT first, count, hash FROM batch WHERE line = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            feed.value, dot.n.value)
        guard let row, let hash = Hash256(row.bytes(2)) else { return .nothing }
        let last: Int = row[0] + row[1] - 1
        return last < dot.n ? .nothing : last == dot.n ? .end(hash) : .within
    }

    /// The origin of a feed that is held.
    public func origin(of replica: ReplicaID, in space: Space) throws -> ReplicaOrigin? {
        try feed(of: replica, in: space).map(origin(ofFeed:))
    }

    func origin(ofFeed feed: Int64) throws -> ReplicaOrigin {
        guard let row = try database.first("SELECT origin FROM line WHERE key = ?", feed.value),
            let origin = ReplicaOrigin(column: row.bytes(0))
        else { throw StoreError.inconsistent("a feed's origin") }
        return origin
    }

    /// The closed batch that contains an edit.
    public func batch(with dot: Dot, in space: Space) throws -> Batch? {
        guard let feed = try feed(of: dot.replica, in: space) else { return nil }
        let row = try database.first(
            """
            SELECT batch.key FROM batch JOIN edit ON edit.line = batch.line AND edit.first = batch.first
            WHERE edit.line = ? AND edit.n = ? AND batch.hash IS NOT NULL
            """, feed.value, dot.n.value)
        return try row.map { try batch($0[0]) }
    }

    /// The closed batches beyond a clock, in order of arrival.
    public func batches(of space: Space, notCoveredBy clock: VectorClock, visit: (Batch) throws -> Void) throws {
        for key in try keys(of: space, notCoveredBy: clock) { try visit(try batch(key)) }
    }

    /// Looks only at the ends of feeds, so that the cost is proportional to what is new.
    private func keys(of space: Space, notCoveredBy clock: VectorClock) throws -> [Int64] {
        var keys: [Int64] = []
        for feed in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: feed.bytes(1)) else { throw StoreError.inconsistent("a feed") }
            let known = min(clock[replica], Dot.nMax)
            keys += try database.all(
                "SELECT key FROM batch WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL",
                feed.values[0], (known - CausalityLimits.editsPerBatchMax).value, known.value
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
        return Batch(header, signature: row.bytes(6), edits: try edits(ofFeed: row[0], first: first))
    }

    func seenRows(by author: Int64, at first: Int) throws -> [Tip] {
        let rows = try database.all(
            """
            SELECT line.replica, seen.n, seen.hash FROM seen JOIN line ON line.key = seen.line
            WHERE seen.author = ? AND seen.first = ? ORDER BY line.replica
            """, author.value, first.value)
        return try rows.map { row in
            guard let replica = ReplicaID(column: row.bytes(0)), let hash = Hash256(row.bytes(2)) else {
                throw StoreError.inconsistent("a clock")
            }
            return Tip(Dot(replica, row[1]), hash)
        }
    }

    func edits(ofFeed feed: Int64, first: Int) throws -> [Edit] {
        let rows = try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash, edit.proof, edit.box
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? AND edit.first = ? ORDER BY edit.n
            """, feed.value, first.value, (first + CausalityLimits.editsPerBatchMax - 1).value, first.value)
        return try rows.map { row in
            Edit(try header(row), box: row.values[7].isNull ? nil : row.bytes(7))
        }
    }

    func headers(ofFeed feed: Int64, first: Int) throws -> [EditHeader] {
        try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash, edit.proof
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? AND edit.first = ? ORDER BY edit.n
            """, feed.value, first.value, (first + CausalityLimits.editsPerBatchMax - 1).value, first.value
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

// MARK: - Arrivals

/// Outlines of all batches, for planning a rebase.
extension StoreReader {
    /// A closed batch without its edits.
    public struct Arrival: Hashable, Sendable {
        public let first: Dot
        /// The tip of its feed after it.
        public let end: Tip
        /// Its author's whole clock of other feeds.
        public let seen: VectorClock
        public let epoch: Hash256
        /// The device key that its feed's origin announced.
        public let deviceKey: [UInt8]
    }

    /// The end of a feed's closed batches, and the device key that its origin announced.
    public struct HeldTip: Hashable, Sendable {
        public let end: Tip
        public let deviceKey: [UInt8]
    }

    /// The tips of all feeds, with their device keys.
    public func tips(of space: Space) throws -> [HeldTip] {
        let keys = try deviceKeys(in: space)
        return try frontier(of: space).ends.map { HeldTip(end: $0, deviceKey: keys[$0.dot.replica] ?? []) }
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
            else { throw StoreError.inconsistent("a feed") }
            keys[replica] = origin.deviceKey
        }
        return keys
    }

    /// The closed batches of a device's feeds beyond a clock, in order of arrival. The cost is proportional to these.
    public func batches(ofDevice key: [UInt8], beyond clock: VectorClock, in space: Space) throws -> [Arrival] {
        var found: [(key: Int64, arrival: Arrival)] = []
        for feed in try database.all("SELECT key, replica, origin FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: feed.bytes(1)), let origin = ReplicaOrigin(column: feed.bytes(2))
            else { throw StoreError.inconsistent("a feed") }
            guard origin.deviceKey == key else { continue }
            let known = min(clock[replica], Dot.nMax)
            let rows = try database.all(
                """
                SELECT key, first, count, hash, epoch FROM batch
                WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL
                """, feed.values[0], (known - CausalityLimits.editsPerBatchMax).value, known.value)
            for row in rows {
                guard let hash = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
                    throw StoreError.inconsistent("a batch")
                }
                let (first, count): (Int, Int) = (row[1], row[2])
                let end = Tip(Dot(replica, first + count - 1), hash)
                found.append(
                    (
                        row[0],
                        Arrival(
                            first: Dot(replica, first), end: end, seen: try seen(by: feed[0], at: first).clock,
                            epoch: epoch, deviceKey: key)
                    ))
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.arrival)
    }

    /// Whether all edits of these suffixes are here with boxes that can be opened.
    public func isReadable(_ suffixes: DivergentSuffixes, in space: Space) throws -> Bool {
        try suffixes.firsts.allSatisfy { first in
            guard let feed = try feed(of: first.replica, in: space) else { return true }
            return try database.first(
                "SELECT 1 FROM edit WHERE line = ? AND n >= ? AND state > 0", feed.value, first.n.value) == nil
        }
    }

    /// The closed batches in order of arrival. The cost does not depend on their contents.
    public func arrivals(in space: Space) throws -> [Arrival] {
        var replicas: [Int64: ReplicaID] = [:]
        for row in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a feed") }
            replicas[row[0]] = replica
        }
        let deviceKeys = try deviceKeys(in: space)
        var arrivals: [Arrival] = []
        try database.each(
            "SELECT line, first, count, hash, epoch FROM batch WHERE hash IS NOT NULL ORDER BY key"
        ) { row in
            let feed: Int64 = row[0]
            guard let replica = replicas[feed] else { return }
            guard let hash = Hash256(row.bytes(3)), let epoch = Hash256(row.bytes(4)) else {
                throw StoreError.inconsistent("a batch")
            }
            let first: Int = row[1]
            let count: Int = row[2]
            var seen = VectorClock()
            for row in try database.all(
                "SELECT line, n FROM seen WHERE author = ? AND first = ?", feed.value, first.value)
            {
                if let other = replicas[row[0]] { seen.advance(to: Dot(other, row[1])) }
            }
            arrivals.append(
                Arrival(
                    first: Dot(replica, first), end: Tip(Dot(replica, first + count - 1), hash), seen: seen,
                    epoch: epoch, deviceKey: deviceKeys[replica] ?? []))
        }
        return arrivals
    }

    /// The first dot of the batch that contains a dot, closed or open; `nil` if there is none.
    func first(ofBatchWith dot: Dot, in space: Space) throws -> Dot? {
        guard let feed = try feed(of: dot.replica, in: space) else { return nil }
        let row = try database.first("SELECT first FROM edit WHERE line = ? AND n = ?", feed.value, dot.n.value)
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

// MARK: - Sending

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
        var feeds: [(key: Int64, known: Int)] = []
        for row in try database.all("SELECT key, replica FROM line WHERE space = ?", space.key.value) {
            guard let replica = ReplicaID(column: row.bytes(1)) else { throw StoreError.inconsistent("a feed") }
            if !without.contains(replica) { feeds.append((row[0], min(clock[replica], Dot.nMax))) }
        }
        while true {
            // Reads the next batches of each feed. Beyond the last one read of a feed that has more, other batches
            // may come first.
            var found: [(key: Int64, feed: Int, end: Int)] = []
            var horizon = Int64.max
            for index in feeds.indices {
                let rows = try database.all(
                    """
                    SELECT key, first + count - 1 FROM batch
                    WHERE line = ? AND first > ? AND first + count - 1 > ? AND hash IS NOT NULL ORDER BY first LIMIT ?
                    """, feeds[index].key.value, (feeds[index].known - CausalityLimits.editsPerBatchMax).value,
                    feeds[index].known.value, Self.stretch.value)
                found += rows.map { ($0[0], index, $0[1]) }
                if rows.count == Self.stretch, let last = rows.last { horizon = min(horizon, last[0]) }
            }
            guard !found.isEmpty else { return true }
            for next in found.sorted(by: { $0.key < $1.key }) where next.key <= horizon {
                guard try visit(try batch(next.key)) else { return false }
                feeds[next.feed].known = next.end
            }
        }
    }

    /// Ends of a feed's closed batches within a range, evenly spread, including the last one.
    public func tips(
        of replica: ReplicaID, in space: Space, within numbers: ClosedRange<Int>, limit: Int
    ) throws -> [Tip] {
        guard let feed = try feed(of: replica, in: space) else { return [] }
        let keys: [Int64] = try database.all(
            """
            SELECT key FROM batch WHERE line = ? AND hash IS NOT NULL AND first BETWEEN ? AND ?
                AND first + count - 1 BETWEEN ? AND ? ORDER BY first
            """, feed.value, (numbers.lowerBound - CausalityLimits.editsPerBatchMax).value, numbers.upperBound.value,
            numbers.lowerBound.value, numbers.upperBound.value
        ).map { $0[0] }
        let count = min(limit, keys.count)
        return try (0..<count).map { index in
            let key = keys[(index + 1) * keys.count / count - 1]
            guard
                let row = try database.first("SELECT first + count - 1, hash FROM batch WHERE key = ?", key.value),
                let hash = Hash256(row.bytes(1))
            else { throw StoreError.inconsistent("a batch") }
            return Tip(Dot(replica, row[0]), hash)
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

// MARK: - Missing

/// Missing boxes.
extension StoreReader {
    /// Edits whose boxes are needed and missing: live ones, and ancestors that a merge waits for.
    ///
    /// The cost is proportional to the result, not to the number of stubs.
    ///
    /// - Parameters:
    ///   - known: edits to leave out.
    ///   - limit: the most edits to return.
    public func missingBoxes(
        in space: Space, besides known: Set<Dot> = [], limit: Int, _ keyring: Keyring
    ) throws -> [Dot] {
        var dots: [Dot] = []
        var met = known
        func add(_ dot: Dot) { if dots.count < limit, met.insert(dot).inserted { dots.append(dot) } }
        let live = try database.all(
            """
            SELECT line.replica, lacking.n FROM lacking JOIN line ON line.key = lacking.line
            WHERE line.space = ? ORDER BY lacking.entry, lacking.token
            """, space.key.value)
        for row in live {
            guard let replica = ReplicaID(column: row.bytes(0)) else { throw StoreError.inconsistent("a feed") }
            add(Dot(replica, row[1]))
        }
        guard dots.count < limit else { return dots }
        let pending = try database.all(
            """
            SELECT choice.entry, choice.field, entry.id FROM choice JOIN entry ON entry.key = choice.entry
            WHERE choice.is_pending = 1 AND entry.space = ? ORDER BY choice.entry, choice.field
            """, space.key.value)
        for row in pending where dots.count < limit {
            guard let id = EntryID(row.bytes(2)) else { throw StoreError.inconsistent("an entry's id") }
            let name = FieldName(Text(row[1] as String))
            for dot in try missingAncestors(of: name, row[0], id, keyring) { add(dot) }
        }
        return dots
    }

    /// The edits whose boxes the merge of a field waits for: the nearest ones; earlier ones are known only once these
    /// are here.
    private func missingAncestors(
        of name: FieldName, _ entry: Int64, _ id: EntryID, _ keyring: Keyring
    ) throws -> [Dot] {
        let token = keyring.token(name, id)
        let edits = try edits(ofRow: entry, id, keyring).filter { $0.edit.header.tokens.contains(token) }
        let readable = edits.filter { $0.content != nil || $0.edit.box == nil }
        var versions = readable.filter { $0.live.contains(name) }
        // Searches for common ancestors as the merge does, to the same depth.
        for depth in 0...RecordLimits.ancestryDepthMax + 1 {
            let missing = versions.filter { $0.edit.box == nil }
            guard missing.isEmpty else { return missing.map(\.context.dot) }
            guard versions.count > 1 else { return [] }
            let common = readable.filter { edit in versions.allSatisfy { $0.context.saw(edit.context.dot) } }
                .sorted { $0.context.precedence > $1.context.precedence }
            versions = []
            for edit in common where !versions.contains(where: { $0.context.saw(edit.context.dot) }) {
                versions.append(edit)
            }
            if depth >= RecordLimits.ancestryDepthMax { versions = Array(versions.prefix(1)) }
        }
        return []
    }

    /// The box of an edit, if it is here.
    public func box(of dot: Dot, in space: Space) throws -> [UInt8]? {
        guard let feed = try feed(of: dot.replica, in: space) else { return nil }
        let row = try database.first(
            "SELECT box FROM edit WHERE line = ? AND n = ? AND box IS NOT NULL", feed.value, dot.n.value)
        return row?.bytes(0)
    }
}
