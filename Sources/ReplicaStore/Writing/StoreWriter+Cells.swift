import CanonicalJSON
import Causality
import GRDB
import SQLiteFile
import Records

/// The live values of entries.
extension StoreWriter {
    struct EntryRow {
        let key: Int64
        let id: EntryID
        let isForgotten: Bool
        /// Whether no edit of it was held before.
        let isNew: Bool
    }

    /// The state of an entry that is to be projected.
    struct ChangedEntry {
        var clock = VectorClock()
        /// The content of its only edit, if that was just merged, so that it need not be read again.
        var only: (versions: EntryVersions, at: Timestamp)?
        /// Whether an edit set fields of the first edit, so that the first one must be determined.
        var mayHaveFirsts = false
    }

    /// The row of an entry, inserted if there is none.
    func entryRow(_ id: EntryID) throws -> EntryRow {
        try database.run(
            "INSERT INTO entry (space, id) VALUES (?, ?) ON CONFLICT DO NOTHING", space.key.value, id.bytes.value)
        if database.changesCount > 0 {
            return EntryRow(key: database.lastInsertedRowID, id: id, isForgotten: false, isNew: true)
        }
        let row = try database.first(
            "SELECT key, is_forgotten FROM entry WHERE id = ? AND space = ?", id.bytes.value, space.key.value)
        guard let row else { throw StoreError.inconsistent("an entry") }
        return EntryRow(key: row[0], id: id, isForgotten: row[1], isNew: false)
    }

    /// Merges an edit's content into the live values: values that its author had seen are superseded.
    func merge(
        _ content: EditContent, _ tokens: [FieldToken], _ context: CausalContext, line: Int64, entry: EntryRow
    ) throws {
        guard try counts(line, in: entry.id) else { return try change(entry, VectorClock()) }
        if !entry.isNew { try supersedeStubs(tokens, context, entry) }
        for (name, value) in content.fields {
            let field = name.text.string.value
            if !entry.isNew {
                let live = try database.all(
                    "SELECT line, n FROM cell WHERE entry = ? AND field = ?", entry.key.value, field)
                for row in live where context.saw(Dot(try replica(of: row[0]), row[1])) {
                    try deleteCell(entry.key, field, row)
                }
            }
            try database.run(
                "INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?)", entry.key.value, field, line.value,
                context.dot.n.value, value.canonicalText.value)
        }
        try change(entry, content.origin ?? VectorClock([context.dot]))
        if entry.isNew {
            let fields = content.fields.mapValues { [Version($0, context)] }
            changed[entry.key]?.only = (EntryVersions(id: entry.id, fields: fields), content.at)
        }
        if try mayHaveFirsts(content, line: line, isNew: entry.isNew) { changed[entry.key]?.mayHaveFirsts = true }
    }

    /// Merges an edit without its box: it supersedes by its tokens alone, and is a missing box as long as it is live.
    func mergeStub(_ header: EditHeader, _ context: CausalContext, line: Int64, entry: EntryRow) throws {
        guard try counts(line, in: entry.id) else { return try change(entry, VectorClock()) }
        var replacesFirst = false
        let live = try database.all("SELECT line, n, field FROM cell WHERE entry = ?", entry.key.value)
        for row in live where context.saw(Dot(try replica(of: row[0]), row[1])) {
            let field: String = row[2]
            guard header.tokens.contains(keyring.token(FieldName(Text(field)), header.entry)) else { continue }
            try deleteCell(entry.key, field.value, row)
            if FirstValues.names.contains(FieldName(Text(field))) { replacesFirst = true }
        }
        try supersedeStubs(header.tokens, context, entry)
        for token in header.tokens {
            try database.run(
                "INSERT OR REPLACE INTO lacking VALUES (?, ?, ?, ?)", entry.key.value, token.column.value, line.value,
                context.dot.n.value)
        }
        try change(entry, VectorClock([context.dot]))
        if replacesFirst { changed[entry.key]?.mayHaveFirsts = true }
    }

    /// Stubs that the author had seen are superseded too.
    private func supersedeStubs(_ tokens: [FieldToken], _ context: CausalContext, _ entry: EntryRow) throws {
        let rows = try database.all("SELECT token, line, n FROM lacking WHERE entry = ?", entry.key.value)
        for row in rows where tokens.contains(FieldToken(column: row[0])) {
            let dot = Dot(try replica(of: row[1]), row[2])
            guard context.saw(dot), try !mayBeFirst(dot, line: row[1], FieldToken(column: row[0]), entry) else {
                continue
            }
            try database.run(
                "DELETE FROM lacking WHERE entry = ? AND token = ? AND line = ? AND n = ?", entry.key.value,
                row.values[0], row.values[1], row.values[2])
        }
    }

    /// Deletes the live value of the edit at the row's feed and number.
    private func deleteCell(_ entry: Int64, _ field: ColumnValue, _ row: ColumnRow) throws {
        try database.run(
            "DELETE FROM cell WHERE entry = ? AND field = ? AND line = ? AND n = ?", entry.value, field, row.values[0],
            row.values[1])
    }

    /// Marks an entry for projection. Its clock is the join of its edits' dots, or of the clocks that they bring in.
    private func change(_ entry: EntryRow, _ clock: VectorClock) throws {
        var joined = try changed[entry.key]?.clock ?? (entry.isNew ? VectorClock() : storedClock(of: entry.key))
        for dot in clock.dots { joined.advance(to: dot) }
        let mayHaveFirsts = changed[entry.key]?.mayHaveFirsts ?? false
        changed[entry.key] = ChangedEntry(clock: joined, mayHaveFirsts: mayHaveFirsts)
    }

    private func storedClock(of entry: Int64) throws -> VectorClock {
        VectorClock(
            ColumnList.dots(try database.first("SELECT clock FROM entry WHERE key = ?", entry.value)?.bytes(0) ?? []))
    }

    /// Deletes the contents of all of an entry's edits from the replica, earlier and later ones.
    func forget(_ entry: Int64) throws {
        try database.run(
            """
            UPDATE edit SET box = NULL, label = NULL, at = NULL, is_undo = 0, state = CASE WHEN is_forget THEN 0 ELSE 1 END
            WHERE entry = ?
            """, entry.value)
        try database.run(
            "DELETE FROM undone WHERE (line, n) IN (SELECT line, n FROM edit WHERE entry = ?)", entry.value)
        try database.run("DELETE FROM cell WHERE entry = ?", entry.value)
        try database.run("DELETE FROM lacking WHERE entry = ?", entry.value)
        try database.run("DELETE FROM first_value WHERE entry = ?", entry.value)
        try database.run("DELETE FROM change WHERE entry = ?", entry.value)
        try database.run(
            """
            DELETE FROM aside_box WHERE entry = (SELECT id FROM entry WHERE key = ?)
                AND aside IN (SELECT key FROM aside WHERE space = ?)
            """, entry.value, space.key.value)
        try unproject(entry)
        try database.run("UPDATE entry SET is_forgotten = 1, clock = x'' WHERE key = ?", entry.value)
        changed[entry] = nil
    }

    func replica(of line: Int64) throws -> ReplicaID {
        if let known = lines.first(where: { $0.value == line }) { return known.key }
        let replica = try reader.replica(ofLine: line)
        lines[replica] = line
        return replica
    }

    /// Stores the open batch, and projects the changed entries.
    func finish() throws {
        if let open { try store(open) }
        for (key, entry) in changed.sorted(by: { $0.key < $1.key }) { try project(key, entry) }
        changed = [:]
    }
}
