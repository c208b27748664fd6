import Causality
import GRDB
import Membership
import SQLiteFile
import Wire

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
    struct Feed {
        let key: Int64
        let origin: ReplicaOrigin
    }

    func feed(_ replica: ReplicaID) throws -> Feed? {
        try database.first(
            "SELECT key, origin FROM line WHERE space = ? AND replica = ?", key.value, replica.column.value
        )
        .map { Feed(key: $0[0], origin: try ReplicaOrigin(stored: $0.bytes(1))) }
    }

    func replica(ofFeed feed: Int64) throws -> ReplicaID {
        guard let row = try database.first("SELECT replica FROM line WHERE key = ?", feed.value) else {
            throw StoreDamage("a feed")
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
            frontier.advance(to: Tip(dot, try Hash256(stored: row.bytes(2))))
        }
        return frontier
    }

    /// The tips of all feeds, with the key that each origin announced.
    func tips() throws -> [(end: Tip, signingKey: [UInt8])] {
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
            return (Tip(dot, try Hash256(stored: row.bytes(2))), origin.deviceKey)
        }
    }

    /// The tip of a feed, and its author's clock there.
    func state(of feed: Feed?, _ replica: ReplicaID, _ hash: HashFunction) throws -> FeedState {
        let last = try feed.flatMap {
            try database.first(
                "SELECT first + count - 1, hash FROM batch WHERE line = ? ORDER BY first DESC LIMIT 1", $0.key.value)
        }
        guard let feed, let last else {
            return FeedState(start: FeedState.start(space: id.bytes, replica: replica, hash), replica: replica)
        }
        var seen = Frontier()
        let rows = try database.all(
            """
            SELECT line.replica, clock.n, clock.hash FROM clock JOIN line ON line.key = clock.line
            WHERE clock.author = ? ORDER BY line.replica
            """, feed.key.value)
        for row in rows {
            let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
            seen.advance(to: Tip(dot, try Hash256(stored: row.bytes(2))))
        }
        return FeedState(end: Tip(Dot(replica, last[0]), try Hash256(stored: last.bytes(1))), seen: seen)
    }

    func holding(_ dot: Dot) throws -> FeedState.Holding {
        let row = try database.first(
            """
            SELECT batch.first + batch.count - 1, batch.hash FROM line JOIN batch ON batch.line = line.key
            WHERE line.space = ? AND line.replica = ? AND batch.first <= ? ORDER BY batch.first DESC LIMIT 1
            """, key.value, dot.replica.column.value, dot.n.value)
        guard let row, row[0] >= dot.n else { return .nothing }
        return row[0] == dot.n ? .end(try Hash256(stored: row.bytes(1))) : .within
    }

    /// The membership head that the feed's batch before this number names.
    func head(of feed: Feed, before first: Int) throws -> Hash256? {
        try database.first(
            "SELECT head FROM batch WHERE line = ? AND first < ? ORDER BY first DESC LIMIT 1", feed.key.value,
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
    func ends(of replica: ReplicaID, at numbers: [Int]) throws -> [Tip] {
        try numbers.compactMap { n in
            guard case .end(let hash) = try holding(Dot(replica, n)) else { return nil }
            return Tip(Dot(replica, n), hash)
        }
    }
}

// MARK: - Batches

/// Reading batches to send to a device.
extension SpaceTables {
    /// A feed with batches to send, and its next batch.
    private struct Next {
        let feed: Int64
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
            if let next = try next(ofFeed: nexts[index].feed, after: nexts[index].first) {
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
        let feeds = try database.all(
            """
            SELECT line.key, line.replica, batch.first + batch.count - 1 FROM line
            JOIN batch ON batch.line = line.key AND batch.first =
                (SELECT max(first) FROM batch WHERE line = line.key)
            WHERE line.space = ?
            """, key.value)
        return try feeds.compactMap { feed in
            let known = clock[try ReplicaID(stored: feed.bytes(1))]
            guard known < feed[2] else { return nil }
            let around = try database.first(
                "SELECT key, first, first + count - 1 FROM batch WHERE line = ? AND first <= ? ORDER BY first DESC LIMIT 1",
                (feed[0] as Int64).value, known.value)
            // A clock that ends inside a batch does not cover it.
            if let around, known < around[2] { return Next(feed: feed[0], key: around[0], first: around[1]) }
            return try next(ofFeed: feed[0], after: known)
        }
    }

    private func next(ofFeed feed: Int64, after first: Int) throws -> Next? {
        try database.first(
            "SELECT key, first FROM batch WHERE line = ? AND first > ? ORDER BY first LIMIT 1", feed.value, first.value
        ).map { Next(feed: feed, key: $0[0], first: $0[1]) }
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
        let edits = try edits(ofFeed: row[0], first: first, count: header.count, boxes)
        guard edits.count == header.count else { throw StoreDamage("the edits of a batch") }
        return Batch(header, signature: row.bytes(6), edits: edits)
    }

    private func edits(ofFeed feed: Int64, first: Int, count: Int, _ boxes: Boxes) throws -> [Edit] {
        try database.all(
            """
            SELECT entry.id, edit.tokens, edit.is_forget, edit.grp, edit.unread, edit.box_hash,
                edit.proof,
                CASE WHEN edit.live >= ? THEN (SELECT bytes FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere)) END
            FROM edit JOIN entry ON entry.key = edit.entry
            WHERE edit.line = ? AND edit.n BETWEEN ? AND ? ORDER BY edit.n
            """, (boxes == .live ? 1 : 0).value, feed.value, first.value, (first + count - 1).value
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

// MARK: - Boxes

/// Requested boxes, and boxes that are missing here.
extension SpaceTables {
    /// Edits whose boxes are missing here and may come, in the order of their arrival, after a key of `edit`; and the
    /// last key that was looked at.
    func missingBoxes(besides: Set<Dot>, after start: Int64) throws -> (dots: [Dot], last: Int64) {
        var dots: [Dot] = []
        var last = start
        try database.visit(
            """
            SELECT line.replica, edit.n, edit.key FROM edit INDEXED BY edit_lacking JOIN line ON line.key = edit.line
            WHERE edit.space = ? AND edit.lacks_box = 1 AND edit.key > ? ORDER BY edit.key
            """, key.value, start.value,
            while: { row in
                let dot = Dot(try ReplicaID(stored: row.bytes(0)), row[1])
                if !besides.contains(dot) { dots.append(dot) }
                last = row[2]
                return dots.count < WireLimits.fetchDotsMax
            })
        return (dots, last)
    }

    /// Boxes of these edits, in order, as many as fit.
    func boxes(_ dots: [Dot], room: Int) throws -> [FoundBox] {
        var left = room
        var found: [FoundBox] = []
        for dot in dots {
            let row = try database.first(
                """
                SELECT box.bytes FROM line JOIN edit ON edit.line = line.key JOIN box ON box.edit = edit.key
                WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND \(Self.boxIsThere)
                """, key.value, dot.replica.column.value, dot.n.value)
            let box = FoundBox(dot, row?.bytes(0))
            left -= MessageWriter.length(of: .box(id, dot, box.bytes))
            guard left >= 0 else { break }
            found.append(box)
        }
        return found
    }

    /// Stores a missing box; a box that is not the edit's own is ignored.
    func supply(_ box: [UInt8], for dot: Dot, _ hash: HashFunction, _ limits: StoreLimits) throws {
        let row = try database.first(
            """
            SELECT edit.key, edit.box_hash FROM line JOIN edit ON edit.line = line.key
            WHERE line.space = ? AND line.replica = ? AND edit.n = ? AND edit.lacks_box = 1
            """, key.value, dot.replica.column.value, dot.n.value)
        guard let row, box.count <= limits.boxLengthMax, hash(box) == (try Hash256(stored: row.bytes(1))) else {
            return
        }
        let edit: Int64 = row[0]
        try count(edits: 0, bytes: box.count, within: limits)
        try database.run(
            "INSERT INTO box (edit, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes", edit.value,
            box.value)
        try boxesMoved()
        try database.run("UPDATE edit SET lacks_box = 0 WHERE key = ?", edit.value)
    }

    /// Updates the counts of the space.
    ///
    /// - Parameters:
    ///   - bytes: of edits and their boxes.
    ///   - kept: of everything else.
    func count(edits: Int, bytes: Int, kept: Int = 0) throws {
        try database.run(
            "UPDATE space SET edits = edits + ?, bytes = bytes + ?, kept = kept + ? WHERE key = ?", edits.value,
            bytes.value, kept.value, key.value)
    }

    /// Adds to the counts of the space, and refuses what exceeds a quota.
    func count(edits: Int, bytes: Int, kept: Int = 0, within limits: StoreLimits) throws {
        try count(edits: edits, bytes: bytes, kept: kept)
        let row = try database.first("SELECT edits, bytes + kept, account FROM space WHERE key = ?", key.value)
        guard let row, row[0] <= limits.editsPerSpaceMax, row[1] <= limits.bytesPerSpaceMax else {
            throw StoreRefusal(.full)
        }
        guard !row.values[2].isNull else { return }
        let all = try database.first(
            "SELECT sum(edits), sum(bytes + kept) FROM space WHERE account = ?", row.values[2])
        guard let all, all[0] <= limits.editsPerPersonMax, all[1] <= limits.bytesPerPersonMax else {
            throw StoreRefusal(.full)
        }
    }
}
