import CanonicalJSON
public import Causality
import GRDB
import SQLiteFile
import Records

/// Rebuilds the derived tables from the edits.
extension StoreWriter {
    /// Rebuilds one entry's live values.
    func remerge(_ entry: Int64) throws {
        try database.run("DELETE FROM cell WHERE entry = ?", entry.value)
        try database.run("DELETE FROM lacking WHERE entry = ?", entry.value)
        changed[entry] = ChangedEntry()
        let edits = try heldEdits(of: entry)
        for held in edits {
            try merge(held, into: EntryRow(key: entry, id: held.edit.header.entry, isForgotten: false, isNew: false))
        }
        // All edits are open here, so the first values are determined at once.
        try keepFirsts(entry, edits)
        changed[entry]?.mayHaveFirsts = false
    }

    /// Rebuilds one entry after edits of it were removed: what only they had undone, superseded or forgotten is
    /// restored.
    func restate(_ entry: Int64) throws {
        try database.run(
            "DELETE FROM undone WHERE (line, n) IN (SELECT line, n FROM edit WHERE entry = ?)", entry.value)
        let isForgotten: Bool =
            try database.first("SELECT EXISTS (SELECT 1 FROM edit WHERE entry = ? AND is_forget)", entry.value)?[0]
            ?? false
        try database.run("UPDATE entry SET is_forgotten = ? WHERE key = ?", isForgotten.value, entry.value)
        try isForgotten ? forget(entry) : remerge(entry)
    }

    /// Opens edits again that could not be opened and were sealed in one of these epochs, whose keys have arrived.
    ///
    /// - Returns: how many entries were rebuilt.
    @discardableResult
    public func reopen(epochs: Set<Hash256>) throws -> Int {
        let rows = try database.all(
            """
            SELECT DISTINCT edit.entry, batch.epoch FROM edit
            JOIN entry ON entry.key = edit.entry
            JOIN batch ON batch.line = edit.line AND batch.first = edit.first
            WHERE edit.state = 2 AND entry.space = ?
            """, space.key.value)
        let entries = Set(rows.filter { Hash256($0.bytes(1)).map(epochs.contains) ?? false }.map { $0[0] as Int64 })
        for entry in entries.sorted() { try remerge(entry) }
        return entries.count
    }

    /// Rebuilds all derived tables of this space from the edits, opening all boxes again.
    ///
    /// - Parameter progress: called after every entry with the number of finished ones.
    public func rebuild(progress: (Int) -> Void = { _ in }) throws {
        try clear()
        let entries = try database.all(
            "SELECT key FROM entry WHERE space = ? AND NOT is_forgotten ORDER BY key", space.key.value
        ).map { $0[0] as Int64 }
        for (index, entry) in entries.enumerated() {
            try remerge(entry)
            try project(entry, changed.removeValue(forKey: entry) ?? ChangedEntry())
            progress(index + 1)
        }
    }

    private func clear() throws {
        for table in ["cell", "lacking", "choice", "element", "first_value"] + StoreColumns.tables {
            try database.run(
                "DELETE FROM \(table) WHERE entry IN (SELECT key FROM entry WHERE space = ?)", space.key.value)
        }
        try database.run("DELETE FROM undone WHERE line IN (SELECT key FROM line WHERE space = ?)", space.key.value)
        try database.run(
            """
            UPDATE entry SET kind = NULL, clock = x'', at = '', made = '', edited = 0, is_trashed = 0, conflicts = 0,
                is_forgotten = EXISTS (SELECT 1 FROM edit WHERE entry = entry.key AND is_forget)
            WHERE space = ?
            """, space.key.value)
        // The index may be inconsistent, so it is rebuilt for all spaces.
        try database.indexAnew()
    }

    /// All edits of an entry in order of arrival, opened.
    func heldEdits(of entry: Int64) throws -> [StoreReader.HeldEdit] {
        guard let row = try database.first("SELECT id FROM entry WHERE key = ?", entry.value),
            let id = EntryID(row.bytes(0))
        else { throw StoreError.inconsistent("no entry \(entry)") }
        return try reader.edits(ofRow: entry, id, keyring)
    }

    private func merge(_ held: StoreReader.HeldEdit, into row: EntryRow) throws {
        let isStub = held.edit.box == nil
        try database.run(
            "UPDATE edit SET state = ?, at = ?, label = ?, is_undo = ? WHERE line = ? AND n = ?",
            (isStub ? 1 : held.content == nil ? 2 : 0).value, (held.content?.at.millisSince1970).value,
            held.content?.label?.string.value ?? .null, (held.content?.undoes.isEmpty == false).value,
            held.line.value, held.context.dot.n.value)
        if let content = held.content {
            try mark(undone: content.undoes, of: row.key)
            try merge(content, held.edit.header.tokens, held.context, line: held.line, entry: row)
        } else if isStub {
            try mergeStub(held.edit.header, held.context, line: held.line, entry: row)
        }
    }
}
