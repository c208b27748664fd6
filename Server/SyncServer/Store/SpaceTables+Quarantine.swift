import Causality
import GRDB
import SQLiteFile
import Membership
import Wire

/// Quarantining batches, because their epoch ended without them or the log was cut back.
extension SpaceTables {
    /// A held batch, with what is needed to judge whether it stays.
    struct Held {
        let key: Int64
        let feed: Int64
        let head: Hash256
        /// Its outline has only the rows of its author's clock that advanced, since whole clocks of a long history with
        /// many feeds take gigabytes.
        let batch: HeldBatch

        var outline: BatchOutline { batch.outline }
    }

    /// All batches in the order of their arrival, without their edits.
    func history() throws -> [Held] {
        try database.all(
            """
            SELECT batch.key, batch.line, line.replica, batch.first, batch.count, batch.epoch, batch.hash, batch.seen,
                batch.head, line.origin
            FROM line JOIN batch ON batch.line = line.key WHERE line.space = ? ORDER BY batch.key
            """, key.value
        ).map { row in
            var seen = VectorClock()
            for end in ColumnList.ends(row.bytes(7)) { seen.advance(to: end.dot) }
            let first = Dot(try ReplicaID(stored: row.bytes(2)), row[3])
            let last = Dot(first.replica, first.n + row[4] - 1)
            return Held(
                key: row[0], feed: row[1], head: try Hash256(stored: row.bytes(8)),
                batch: HeldBatch(
                    outline: BatchOutline(first: first, seen: seen, edits: []),
                    epoch: try Hash256(stored: row.bytes(5)),
                    end: Tip(last, try Hash256(stored: row.bytes(6))),
                    signingKey: try ReplicaOrigin(stored: row.bytes(9)).deviceKey))
        }
    }

    /// Quarantines batches of removed devices beyond their bounds.
    func quarantineLate(_ log: MembershipLog, at millis: Int) throws {
        let history = try history()
        try quarantine(log.lateSuffixes(in: history.map(\.batch)), of: history, .late, at: millis)
    }

    /// Removes divergent suffixes of feeds, keeps their batches, and recomputes what is live in the entries that they
    /// touch.
    func quarantine(_ suffixes: DivergentSuffixes, of history: [Held], _ reason: ErrorCode, at millis: Int) throws {
        let removed = history.filter { suffixes.contains($0.outline.first) }
        guard !removed.isEmpty else { return }
        var entries: Set<Int64> = []
        for held in removed {
            let batch = try batch(held.key, .all)
            let bytes = MessageWriter.bytes(of: .batch(id, batch))
            try database.run(
                "INSERT INTO aside (space, hash, reason, at, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                key.value,
                held.batch.end.hash.bytes.value, reason.rawValue.value, millis.value, bytes.value)
            if database.changesCount > 0 {
                try index(quarantined: database.lastInsertedRowID, batch)
                try count(edits: 0, bytes: 0, kept: bytes.count)
            }
            entries.formUnion(try remove(held, batch.header))
        }
        let feeds = Set(removed.map(\.feed))
        for feed in feeds { try database.run("DELETE FROM clock WHERE author = ?", feed.value) }
        let kept = history.filter { !suffixes.contains($0.outline.first) }
        try rewindClocks(of: feeds, kept)
        for feed in feeds {
            try database.run(
                "DELETE FROM line WHERE key = ? AND NOT EXISTS (SELECT 1 FROM batch WHERE line = ?)", feed.value,
                feed.value)
        }
        try remerge(entries, kept)
    }

    /// Deletes a batch. Returns the entries that it touches.
    private func remove(_ held: Held, _ header: BatchHeader) throws -> [Int64] {
        let rows = try database.all(
            """
            SELECT edit.key, edit.entry, length(edit.tokens) + length(edit.unread), coalesce(length(box.bytes), 0),
                coalesce(\(Self.boxIsThere), 0)
            FROM edit LEFT JOIN box ON box.edit = edit.key WHERE edit.line = ? AND edit.n BETWEEN ? AND ?
            """, held.feed.value, header.first.value, header.lastDot.n.value)
        var bytes = 0
        var kept = ColumnList.bytes(header.seen).count
        for row in rows {
            bytes += row[2]
            if row[4] { bytes += row[3] } else { kept += row[3] }
            // Zeroed first, since deleting may leave another copy.
            try database.run(
                "UPDATE box SET bytes = zeroblob(length(bytes)) WHERE edit = ?", (row[0] as Int64).value)
            try database.run("DELETE FROM box WHERE edit = ?", (row[0] as Int64).value)
            try database.run("DELETE FROM edit WHERE key = ?", (row[0] as Int64).value)
        }
        try database.run("DELETE FROM batch WHERE key = ?", held.key.value)
        try count(edits: -rows.count, bytes: -bytes, kept: -kept)
        try boxesMoved()
        return rows.map { $0[1] }
    }

    private func rewindClocks(of feeds: Set<Int64>, _ kept: [Held]) throws {
        for held in kept where feeds.contains(held.feed) {
            let row = try database.first("SELECT seen FROM batch WHERE key = ?", held.key.value)
            try advanceClock(of: held.feed, ColumnList.ends(row?.bytes(0) ?? []))
        }
    }

    // MARK: Live values

    /// How many entries are merged again in one pass over the history, with a clock in memory for each of their batches.
    private static let remergedMax = 1_000

    private func remerge(_ entries: Set<Int64>, _ kept: [Held]) throws {
        let entries = entries.sorted()
        for start in stride(from: 0, to: entries.count, by: Self.remergedMax) {
            let part = entries[start..<min(start + Self.remergedMax, entries.count)]
            let contexts = try contexts(of: part, kept)
            for entry in part { try remerge(entry, contexts) }
        }
    }

    /// The whole clocks of the batches with edits of these entries, by their first dots.
    private func contexts(of entries: some Sequence<Int64>, _ kept: [Held]) throws -> [Dot: VectorClock] {
        var wanted: Set<Dot> = []
        for entry in entries {
            for row in try database.all(
                """
                SELECT DISTINCT line.replica, edit.first FROM edit JOIN line ON line.key = edit.line WHERE edit.entry = ?
                """, entry.value)
            {
                wanted.insert(Dot(try ReplicaID(stored: row.bytes(0)), row[1]))
            }
        }
        var clocks: [Int64: VectorClock] = [:]
        var contexts: [Dot: VectorClock] = [:]
        // Batches of one feed arrive in order, so each author's clock only grows.
        for held in kept {
            for dot in held.outline.seen.dots { clocks[held.feed, default: .init()].advance(to: dot) }
            if wanted.contains(held.outline.first) { contexts[held.outline.first] = clocks[held.feed] ?? .init() }
        }
        return contexts
    }

    /// - Parameter contexts: the author's clock, by the first dot of a batch.
    private func remerge(_ entry: Int64, _ contexts: [Dot: VectorClock]) throws {
        try database.run("DELETE FROM live WHERE entry = ?", entry.value)
        let edits = try database.all(
            """
            SELECT line.replica, edit.n, edit.first, edit.line, edit.is_forget, edit.tokens, edit.unread
            FROM edit JOIN line ON line.key = edit.line WHERE edit.entry = ? ORDER BY edit.key
            """, entry.value)
        guard !edits.isEmpty else { return try database.run("DELETE FROM entry WHERE key = ?", entry.value) }
        guard !edits.contains(where: { $0[4] }) else { return }  // forgotten it stays
        try database.run("UPDATE entry SET is_forgotten = 0 WHERE key = ?", entry.value)
        try database.run(
            """
            UPDATE edit SET live = 0, lacks_box = NOT EXISTS
                (SELECT 1 FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere))
            WHERE entry = ?
            """, entry.value)
        var registers: [FieldToken: MultiValueRegister<Int64>] = [:]
        for row in edits {
            let replica = try ReplicaID(stored: row.bytes(0))
            guard let seen = contexts[Dot(replica, row[2])] else { throw StoreDamage("the batch of an edit") }
            let context = CausalContext(dot: Dot(replica, row[1]), seen: seen, unread: ColumnList.dots(row.bytes(6)))
            for token in ColumnList.tokens(row.bytes(5)) {
                registers[token, default: .init()].merge(Version(row[3], context))
            }
        }
        for (token, register) in registers {
            for version in register.live {
                try database.run(
                    "INSERT INTO live VALUES (?, ?, ?, ?)", entry.value, token.column.value, version.value.value,
                    version.dot.n.value)
                try database.run(
                    "UPDATE edit SET live = live + 1 WHERE line = ? AND n = ?", version.value.value, version.dot.n.value
                )
            }
        }
    }
}
