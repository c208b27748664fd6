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
        let line: Int64
        let first: Dot
        let end: LineEnd
        let epoch: Hash256
        let head: Hash256
        /// The key that its line's origin announced.
        let signingKey: [UInt8]
        /// The rows of its author's clock that advanced.
        let seen: [LineEnd]
    }

    /// Visits all batches in order of arrival, without their edits. Nothing is retained between visits: a clock for each
    /// batch would take gigabytes in a long journal with many feeds.
    func eachHeld(_ visit: (Held) throws -> Void) throws {
        try database.each(
            """
            SELECT batch.key, batch.line, line.replica, batch.first, batch.count, batch.epoch, batch.hash, batch.seen,
                batch.head, line.origin
            FROM batch JOIN line ON line.key = batch.line WHERE line.space = ? ORDER BY batch.key
            """, key.value
        ) { row in
            let first = Dot(try ReplicaID(stored: row.bytes(2)), row[3])
            let last = Dot(first.replica, first.n + row[4] - 1)
            try visit(
                Held(
                    key: row[0], line: row[1], first: first,
                    end: LineEnd(last, try Hash256(stored: row.bytes(6))), epoch: try Hash256(stored: row.bytes(5)),
                    head: try Hash256(stored: row.bytes(8)),
                    signingKey: try ReplicaOrigin(stored: row.bytes(9)).deviceKey,
                    seen: ColumnList.ends(row.bytes(7))))
        }
    }

    /// Quarantines batches of removed devices beyond their bounds.
    func setAsideLate(_ log: MembershipLog, at millis: Int) throws {
        var search = LateSearch(log)
        try eachHeld { search.add($0) }
        try setAside(search.roots, .late, at: millis)
    }

    /// Removes divergent suffixes of feeds, and batches whose authors had seen them, keeps these batches, and recomputes
    /// what is live in the entries that they touch.
    func setAside(_ roots: LineTails, _ reason: ErrorCode, at millis: Int) throws {
        guard !roots.isEmpty else { return }
        var closing = TailClosing(roots)
        try eachHeld { held in closing.add(held.first, seen: held.seen.lazy.map(\.dot)) }
        var removed: [Held] = []
        try eachHeld { held in if closing.tails.contains(held.first) { removed.append(held) } }
        guard !removed.isEmpty else { return }
        var entries: Set<Int64> = []
        for held in removed {
            let batch = try batch(held.key, .all)
            let bytes = MessageWriter.bytes(of: .batch(id, batch))
            try database.run(
                "INSERT INTO aside (space, hash, reason, at, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                key.value,
                held.end.hash.bytes.value, reason.rawValue.value, millis.value, bytes.value)
            if database.changesCount > 0 {
                try index(aside: database.lastInsertedRowID, batch)
                try count(edits: 0, bytes: 0, kept: bytes.count)
            }
            entries.formUnion(try remove(held, batch.header))
        }
        for line in Set(removed.map(\.line)) {
            try rewindClock(of: line)
            try database.run(
                "DELETE FROM line WHERE key = ? AND NOT EXISTS (SELECT 1 FROM batch WHERE line = ?)", line.value,
                line.value)
        }
        try remerge(entries)
    }

    /// Deletes a batch. Returns the entries that it touches.
    private func remove(_ held: Held, _ header: BatchHeader) throws -> [Int64] {
        let rows = try database.all(
            """
            SELECT edit.key, edit.entry, length(edit.tokens) + length(edit.unread), coalesce(length(box.bytes), 0),
                coalesce(\(Self.boxIsThere), 0)
            FROM edit LEFT JOIN box ON box.edit = edit.key WHERE edit.line = ? AND edit.n BETWEEN ? AND ?
            """, held.line.value, header.first.value, header.lastDot.n.value)
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

    private func rewindClock(of line: Int64) throws {
        try database.run("DELETE FROM clock WHERE author = ?", line.value)
        var clock = Frontier()
        try database.each("SELECT seen FROM batch WHERE line = ? ORDER BY first", line.value) { row in
            for end in ColumnList.ends(row.bytes(0)) { clock.advance(to: end) }
        }
        try advanceClock(of: line, clock.ends)
    }

    // MARK: Live values

    private typealias Registers = [FieldToken: MultiValueRegister<Int64>]

    /// Retains a clock for each live value of these entries, and for each feed, but not for each batch.
    private func remerge(_ entries: Set<Int64>) throws {
        var places: Set<Place> = []
        var registers: [Int64: Registers] = [:]
        for entry in entries where try clear(entry, &places) { registers[entry] = [:] }
        var clocks: [Int64: VectorClock] = [:]
        try eachHeld { held in
            for end in held.seen { clocks[held.line, default: .init()].advance(to: end.dot) }
            guard places.contains(Place(line: held.line, first: held.first.n)) else { return }
            let edits = try database.all(
                "SELECT entry, n, tokens, unread FROM edit WHERE line = ? AND n BETWEEN ? AND ? ORDER BY n",
                held.line.value, held.first.n.value, held.end.dot.n.value)
            for row in edits {
                let entry: Int64 = row[0]
                guard registers[entry] != nil else { continue }
                let context = CausalContext(
                    dot: Dot(held.first.replica, row[1]), seen: clocks[held.line] ?? .init(),
                    unread: ColumnList.dots(row.bytes(3)))
                for token in ColumnList.tokens(row.bytes(2)) {
                    registers[entry]?[token, default: .init()].merge(Version(held.line, context))
                }
            }
        }
        for (entry, registers) in registers.sorted(by: { $0.key < $1.key }) { try write(registers, of: entry) }
    }

    /// The place of a batch.
    private struct Place: Hashable {
        let line: Int64
        let first: Int
    }

    /// Deletes what is live in an entry. Returns whether it is to be recomputed, and adds the places of its batches.
    private func clear(_ entry: Int64, _ places: inout Set<Place>) throws -> Bool {
        try database.run("DELETE FROM live WHERE entry = ?", entry.value)
        let edits = try database.all("SELECT line, first, is_forget FROM edit WHERE entry = ?", entry.value)
        guard !edits.isEmpty else {
            try database.run("DELETE FROM entry WHERE key = ?", entry.value)
            return false
        }
        guard !edits.contains(where: { $0[2] }) else { return false }  // forgotten it stays
        try database.run("UPDATE entry SET is_forgotten = 0 WHERE key = ?", entry.value)
        try database.run(
            """
            UPDATE edit SET live = 0, lacks_box = NOT EXISTS
                (SELECT 1 FROM box WHERE box.edit = edit.key AND \(Self.boxIsThere))
            WHERE entry = ?
            """, entry.value)
        for row in edits { places.insert(Place(line: row[0], first: row[1])) }
        return true
    }

    private func write(_ registers: Registers, of entry: Int64) throws {
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

extension LateSearch {
    mutating func add(_ held: SpaceTables.Held) {
        add(first: held.first, end: held.end, epoch: held.epoch, signingKey: held.signingKey)
    }
}
