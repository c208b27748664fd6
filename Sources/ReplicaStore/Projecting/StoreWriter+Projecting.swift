import CanonicalJSON
import Causality
import Foundation
import GRDB
import Records

/// The tables that people and apps read, one entry at a time.
extension StoreWriter {
    /// Works an entry's tables out of its live values.
    func project(_ key: Int64) throws {
        guard let row = try database.first("SELECT id, clock FROM entry WHERE key = ?", key.value),
            let id = EntryID(row.bytes(0))
        else { throw StoreError.inconsistent("no entry \(key)") }
        let versions = try reader.versions(of: key, id, contexts: contexts)
        try unproject(key)
        guard !versions.fields.isEmpty else { return }
        var opened: [StoreReader.HeldEdit]?
        let resolutions = try resolve(versions) { name in
            let held = try opened ?? heldEdits(of: key)
            opened = held
            return held.compactMap { $0.version(of: name, token: keyring.token(name, id)) }
        }
        let entry = Entry(
            versions, resolutions, clock: VectorClock(ColumnList.dots(row.bytes(1))),
            edited: Timestamp(millisSince1970: try reader.edited(key)))
        try insert(entry, key, conflicts: resolutions.values.count { $0.isConflict })
        try record(resolutions, versions, key)
    }

    /// Takes an entry out of all tables but `entry` and `cell`.
    func unproject(_ key: Int64) throws {
        let row = try database.first("SELECT kind FROM entry WHERE key = ?", key.value)
        let kind: String? = row?[0]
        guard let kind else { return }
        if let table = StoreColumns.of[Kind(Text(kind))] {
            let text = try searchedText(key, table)
            try database.run(
                "INSERT INTO search (search, rowid, text, words) VALUES ('delete', ?, ?, ?)", key.value,
                text.value, try searchedWords(key).value)
            try database.run("DELETE FROM \(table.name) WHERE entry = ?", key.value)
        }
        try database.run("DELETE FROM element WHERE entry = ?", key.value)
        try database.run("DELETE FROM choice WHERE entry = ?", key.value)
        try database.run(
            """
            UPDATE entry SET kind = NULL, at = '', made = '', edited = 0, is_trashed = 0, title = '', conflicts = 0
            WHERE key = ?
            """, key.value)
    }

    private func insert(_ entry: Entry, _ key: Int64, conflicts: Int) throws {
        try database.run(
            """
            UPDATE entry SET kind = ?, at = ?, made = ?, edited = ?, is_trashed = ?, title = ?, conflicts = ?
            WHERE key = ?
            """, entry.kind.name.string.value, (entry.text("at") ?? "").value, (entry.text("made") ?? "").value,
            entry.edited.millisSince1970.value, entry.isTrashed.value, entry.title.value, conflicts.value, key.value)
        for name in entry.fields.keys {
            guard let element = name.parts.element, entry.fields[name] == .bool(true) else { continue }
            try database.run(
                "INSERT INTO element VALUES (?, ?, ?)", key.value, name.parts.collection.string.value,
                element.string.value)
        }
        guard let table = StoreColumns.of[entry.kind] else { return }
        let values = table.fields.map { field in
            (entry.fields[FieldName(field.name)] ?? field.standard).map { StoreColumns.value($0, of: field) } ?? .null
        }
        try database.run(table.insert, all: [key.value] + values)
        try index(key, table)
    }

    /// Makes an entry found by its words, as the tables hold them: so they are there when it is taken out again.
    func index(_ key: Int64, _ table: StoreColumns.Table) throws {
        try database.run(
            "INSERT INTO search (rowid, text, words) VALUES (?, ?, ?)", key.value,
            try searchedText(key, table).value, try searchedWords(key).value)
    }

    private func searchedText(_ key: Int64, _ table: StoreColumns.Table) throws -> String {
        guard let row = try database.first(table.select, key.value) else { return "" }
        return table.searched.indices.compactMap { String.fromDatabaseValue(row[$0]) }.joined(separator: "\n")
    }

    private func searchedWords(_ key: Int64) throws -> String {
        try database.all(
            """
            SELECT element FROM element WHERE entry = ? AND collection IN ('feelings', 'tags')
            ORDER BY collection, element
            """, key.value
        ).map { $0[0] as String }.joined(separator: "\n")
    }

    private func contexts(_ dot: Dot, _ line: Int64) throws -> CausalContext {
        guard
            let row = try database.first(
                "SELECT first, unread FROM edit WHERE line = ? AND n = ?", line.value, dot.n.value)
        else { throw StoreError.inconsistent("a cell without its edit") }
        return CausalContext(
            dot: dot, seen: try reader.seen(by: line, at: row[0]).clock, unread: ColumnList.dots(row.bytes(1)))
    }

    private func resolve(
        _ versions: EntryVersions, history: (FieldName) throws -> [Version<JSONValue?>]
    ) throws -> [FieldName: Resolution] {
        var failure: (any Error)?
        let resolutions = versions.resolutions { name in
            do { return try history(name) } catch {
                failure = error
                return []
            }
        }
        if let failure { throw failure }
        return resolutions
    }
}

extension StoreReader.HeldEdit {
    /// What this edit made of a field; no value where its box is missing; `nil` if it did not set it.
    func version(of name: FieldName, token: FieldToken) -> Version<JSONValue?>? {
        guard edit.header.tokens.contains(token) else { return nil }
        if let content { return content.fields[name].map { Version($0, context) } }
        return edit.box == nil ? Version(nil, context) : nil
    }
}
