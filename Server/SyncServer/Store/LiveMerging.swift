import Causality
import GRDB
import SQLiteFile

/// Stores edits, and updates which are live in each field: an edit supersedes those that its author had seen.
struct LiveMerging {
    private let tables: SpaceTables
    private var replicas: [Int64: ReplicaID]
    private let liveRowsReadMax: Int
    /// In how many fields each edit was superseded; ``finish()`` writes the counts.
    private var lost: [Place: Int] = [:]

    private struct Place: Hashable {
        let feed: Int64
        let n: Int
    }

    /// - Parameter replicas: the replicas of feeds that are known already.
    init(_ tables: SpaceTables, _ replicas: [Int64: ReplicaID] = [:], _ limits: StoreLimits) {
        self.tables = tables
        self.replicas = replicas
        liveRowsReadMax = limits.liveRowsReadMax
    }

    private var database: Database { tables.database }

    /// Stores an edit. Returns how many bytes were stored.
    mutating func insert(_ edit: Edit, _ context: CausalContext, feed: Int64, first: Int) throws -> Int {
        let header = edit.header
        let (entry, isNew, isForgotten) = try entryRow(header.entry)
        let isScrubbed = isForgotten || header.isForget
        let tokens = ColumnList.bytes(header.tokens)
        let unread = ColumnList.bytes(header.unread)
        try database.run(
            """
            INSERT INTO edit (space, line, n, first, entry, grp, is_forget, tokens, unread, box_hash, lacks_box, live,
                proof)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, tables.key.value, feed.value, context.dot.n.value, first.value, entry.value, header.group.value,
            header.isForget.value, tokens.value, unread.value, header.boxHash?.bytes.value ?? .null,
            (!isScrubbed && edit.box == nil).value, (isScrubbed ? 0 : header.tokens.count).value,
            header.proof?.bytes.value ?? .null)
        let bytes = tokens.count + unread.count
        guard !isScrubbed else {
            try finish()
            if !isForgotten { try tables.forget(entry, header.entry) }
            return bytes
        }
        if let box = edit.box {
            try database.run("INSERT INTO box (edit, bytes) VALUES (?, ?)", database.lastInsertedRowID.value, box.value)
        }
        for token in header.tokens {
            if !isNew { try supersede(in: entry, token, context, feed: feed) }
            try database.run(
                "INSERT INTO live VALUES (?, ?, ?, ?)", entry.value, token.column.value, feed.value, context.dot.n.value
            )
        }
        return bytes + (edit.box?.count ?? 0)
    }

    private func entryRow(_ id: EntryID) throws -> (key: Int64, isNew: Bool, isForgotten: Bool) {
        try database.run(
            "INSERT INTO entry (space, id) VALUES (?, ?) ON CONFLICT DO NOTHING", tables.key.value, id.bytes.value)
        if database.changesCount > 0 { return (database.lastInsertedRowID, true, false) }
        let row = try database.first(
            "SELECT key, is_forgotten FROM entry WHERE id = ? AND space = ?", id.bytes.value, tables.key.value)
        guard let row else { throw StoreDamage("an entry") }
        return (row[0], false, row[1])
    }

    /// Removes the live edits of a field that this one's author had seen.
    ///
    /// It looks at those of its own feed and at most `liveRowsReadMax` others, so that an edit's cost does not depend
    /// on how many versions others made. Superseded edits beyond that stay live, and are sent with boxes that nobody
    /// needs.
    private mutating func supersede(
        in entry: Int64, _ token: FieldToken, _ context: CausalContext, feed own: Int64
    ) throws {
        var live = try database.all(
            "SELECT line, n FROM live WHERE entry = ? AND token = ? AND line = ?", entry.value, token.column.value,
            own.value)
        live += try database.all(
            "SELECT line, n FROM live WHERE entry = ? AND token = ? AND line != ? LIMIT ?", entry.value,
            token.column.value, own.value, liveRowsReadMax.value)
        for row in live {
            let feed: Int64 = row[0]
            let n: Int = row[1]
            guard context.saw(Dot(try replica(of: feed), n)) else { continue }
            try database.run(
                "DELETE FROM live WHERE entry = ? AND token = ? AND line = ? AND n = ?", entry.value,
                token.column.value, feed.value, n.value)
            lost[Place(feed: feed, n: n), default: 0] += 1
        }
    }

    /// Writes the counts; call it after the last edit of a batch.
    mutating func finish() throws {
        for (place, count) in lost {
            try database.run(
                "UPDATE edit SET live = live - ? WHERE line = ? AND n = ?", count.value, place.feed.value, place.n.value
            )
        }
        lost = [:]
    }

    private mutating func replica(of feed: Int64) throws -> ReplicaID {
        if let known = replicas[feed] { return known }
        let replica = try tables.replica(ofFeed: feed)
        replicas[feed] = replica
        return replica
    }
}
