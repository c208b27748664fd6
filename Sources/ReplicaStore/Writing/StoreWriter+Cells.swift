import CanonicalJSON
import Causality
import GRDB
import Records

/// The live values: cells.
extension StoreWriter {
    struct EntryRow {
        let key: Int64
        let isForgotten: Bool
        let isNew: Bool
    }

    /// The row of an entry, made where there is none.
    func entryRow(_ id: EntryID) throws -> EntryRow {
        let row = try database.first(
            "SELECT key, is_forgotten FROM entry WHERE id = ? AND space = ?", id.bytes.value, space.key.value)
        if let row {
            return EntryRow(key: row[0], isForgotten: row[1], isNew: false)
        }
        try database.run("INSERT INTO entry (space, id) VALUES (?, ?)", space.key.value, id.bytes.value)
        return EntryRow(key: database.lastInsertedRowID, isForgotten: false, isNew: true)
    }

    /// Works an edit's content into the live values: what its author had seen is superseded.
    func merge(_ content: EditContent, _ context: CausalContext, line: Int64, entry: EntryRow) throws {
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
        try advanceClock(of: entry.key, to: content.origin ?? VectorClock([context.dot]), isNew: entry.isNew)
        changed.insert(entry.key)
    }

    /// Works in an edit that is held without its box: it supersedes by its tokens alone.
    func mergeStub(_ header: EditHeader, _ context: CausalContext, entry: EntryRow) throws {
        let live = try database.all("SELECT line, n, field FROM cell WHERE entry = ?", entry.key.value)
        for row in live where context.saw(Dot(try replica(of: row[0]), row[1])) {
            let field: String = row[2]
            guard header.tokens.contains(keyring.token(FieldName(Text(field)), header.entry)) else { continue }
            try deleteCell(entry.key, field.value, row)
        }
        try advanceClock(of: entry.key, to: VectorClock([context.dot]), isNew: entry.isNew)
        changed.insert(entry.key)
    }

    /// Takes the value of the edit that a row names by line and number out of the live ones.
    private func deleteCell(_ entry: Int64, _ field: DatabaseValue, _ row: Row) throws {
        try database.run(
            "DELETE FROM cell WHERE entry = ? AND field = ? AND line = ? AND n = ?", entry.value, field, row[0],
            row[1])
    }

    /// The entry's clock is the join of its edits' dots, or of the clocks that they bring in.
    private func advanceClock(of entry: Int64, to clock: VectorClock, isNew: Bool) throws {
        var joined = clock
        if !isNew, let row = try database.first("SELECT clock FROM entry WHERE key = ?", entry.value) {
            for dot in ColumnList.dots(row.bytes(0)) { joined.advance(to: dot) }
        }
        try database.run(
            "UPDATE entry SET clock = ? WHERE key = ?", ColumnList.bytes(joined.dots).value, entry.value)
    }

    /// Takes all that an entry says out of the replica, earlier and later edits alike.
    func forget(_ entry: Int64) throws {
        try database.run(
            """
            UPDATE edit SET box = NULL, label = NULL, at = NULL, is_undo = 0, state = CASE WHEN is_forget THEN 0 ELSE 1 END
            WHERE entry = ?
            """, entry.value)
        try database.run(
            "DELETE FROM undone WHERE (line, n) IN (SELECT line, n FROM edit WHERE entry = ?)", entry.value)
        try database.run("DELETE FROM cell WHERE entry = ?", entry.value)
        try database.run("DELETE FROM change WHERE entry = ?", entry.value)
        try unproject(entry)
        try database.run("UPDATE entry SET is_forgotten = 1, clock = x'' WHERE key = ?", entry.value)
        changed.remove(entry)
    }

    func replica(of line: Int64) throws -> ReplicaID {
        if let known = lines.first(where: { $0.value == line }) { return known.key }
        let replica = try reader.replica(ofLine: line)
        lines[replica] = line
        return replica
    }

    /// Writes down the open batch, and projects what changed.
    func finish() throws {
        if let open { try store(open) }
        for entry in changed.sorted() { try project(entry) }
        changed = []
    }
}
