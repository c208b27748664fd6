import CanonicalJSON
import Causality
import Foundation
import GRDB
import SQLiteFile
import Records

/// Derives the readable tables, one entry at a time.
extension StoreWriter {
    /// Derives an entry's rows from its live values.
    func project(_ key: Int64, _ changed: ChangedEntry) throws {
        var opened: [StoreReader.HeldEdit]?
        if changed.mayHaveFirsts {
            let held = try heldEdits(of: key)
            opened = held
            try keepFirsts(key, held)
        }
        // Indexing a long text takes longer than anything else, and most often the text did not change.
        let indexed = changed.only == nil ? try unprojectUnindexed(key) : nil
        // A row without a kind is in no list, count, search or export.
        guard let (versions, edited) = try shown(key, changed), !isDescription(versions) else {
            if let indexed { try database.unindex(key, indexed) }
            return try database.run(
                "UPDATE entry SET clock = ? WHERE key = ?", ColumnList.bytes(changed.clock.dots).value, key.value)
        }
        let resolutions = try resolve(versions) { name in
            let held = try opened ?? heldEdits(of: key)
            opened = held
            return held.compactMap { $0.version(of: name, token: keyring.token(name, versions.id)) }
        }
        try insert(Entry(versions, resolutions, clock: changed.clock, edited: edited), key, resolutions, indexed)
        try record(resolutions, versions, key)
    }

    /// The values that an entry shows; `nil` if there are none.
    private func shown(_ key: Int64, _ changed: ChangedEntry) throws -> (EntryVersions, Timestamp)? {
        guard var shown = try changed.only ?? merged(key) else { return nil }
        if changed.only == nil || changed.mayHaveFirsts { shown.0.firsts = try reader.firsts(of: key) }
        return shown
    }

    /// Whether an entry describes a device. The kind in the first edit decides; later ones are ignored.
    private func isDescription(_ versions: EntryVersions) -> Bool {
        versions.kind == .device || Defence.ownsDescriptions.stands && keyring.describers(versions.id) != nil
    }

    /// An entry's live values; `nil` if there are none.
    private func merged(_ key: Int64) throws -> (EntryVersions, Timestamp)? {
        guard let row = try database.first("SELECT id FROM entry WHERE key = ?", key.value),
            let id = EntryID(row.bytes(0))
        else { throw StoreError.inconsistent("no entry \(key)") }
        let versions = try reader.versions(of: key, id, contexts: contexts)
        guard !versions.fields.isEmpty else { return nil }
        return (versions, Timestamp(millisSince1970: try reader.edited(key)))
    }

    /// Removes an entry's rows from all tables but `entry` and `cell`.
    func unproject(_ key: Int64) throws {
        if let indexed = try unprojectUnindexed(key) { try database.unindex(key, indexed) }
    }

    /// As ``unproject(_:)``, except for the full-text index. Returns the text that is indexed there.
    private func unprojectUnindexed(_ key: Int64) throws -> SearchedText? {
        let row = try database.first("SELECT kind FROM entry WHERE key = ?", key.value)
        let kind = row?.text(0)
        guard let kind else { return nil }
        var indexed: SearchedText?
        if let table = StoreColumns.of[Kind(Text(kind))] {
            indexed = try database.searched(key, table)
            try database.run("DELETE FROM \(table.name) WHERE entry = ?", key.value)
        }
        try database.run("DELETE FROM element WHERE entry = ?", key.value)
        try database.run("DELETE FROM choice WHERE entry = ?", key.value)
        try database.run(
            """
            UPDATE entry SET kind = NULL, at = '', made = '', edited = 0, is_trashed = 0, conflicts = 0 WHERE key = ?
            """, key.value)
        return indexed
    }

    /// - Parameter indexed: the text of the entry in the full-text index.
    private func insert(
        _ entry: Entry, _ key: Int64, _ resolutions: [FieldName: Resolution], _ indexed: SearchedText?
    ) throws {
        try database.run(
            """
            UPDATE entry SET clock = ?, kind = ?, at = ?, made = ?, edited = ?, is_trashed = ?, conflicts = ?
            WHERE key = ?
            """, ColumnList.bytes(entry.clock.dots).value, entry.kind.name.string.value, (entry.text("at") ?? "").value,
            (entry.text("made") ?? "").value, entry.edited.millisSince1970.value, entry.isTrashed.value,
            resolutions.values.count { $0.isConflict }.value, key.value)
        let elements = entry.fields.keys.filter {
            $0.element != nil && Schema.field($0, of: entry.kind)?.type == .set
        }.sorted()
        for name in elements {
            let (collection, element) = (name.collection, name.element)
            try database.run(
                "INSERT INTO element VALUES (?, ?, ?)", key.value, collection.string.value, (element?.column).value)
        }
        guard let table = StoreColumns.of[entry.kind] else {
            if let indexed { try database.unindex(key, indexed) }
            return
        }
        let values = table.fields.map { field in
            (entry.fields[FieldName(field.name)] ?? field.standard).map { StoreColumns.value($0, of: field) } ?? .null
        }
        try database.run(table.insert, all: [key.value] + values)
        // Exactly the text that the tables return when it is removed again.
        let texts = zip(table.fields, values).filter { table.searched.contains($0.0.name.string) }
        let searched = SearchedText(
            text: texts.compactMap { $0.1.text }.joined(separator: "\n"),
            words: elements.compactMap { $0.element?.column }.joined(separator: "\n"))
        guard searched != indexed else { return }
        if let indexed { try database.unindex(key, indexed) }
        try database.index(key, text: searched.text, words: searched.words)
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
    /// This edit's value of a field; a version without value if its box is missing; `nil` if it did not set the
    /// field.
    func version(of name: FieldName, token: FieldToken) -> Version<JSONValue?>? {
        guard edit.header.tokens.contains(token) else { return nil }
        if let content { return content.fields[name].map { Version($0, context) } }
        return edit.box == nil ? Version(nil, context) : nil
    }
}
