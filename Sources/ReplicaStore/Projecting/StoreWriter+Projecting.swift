import CanonicalJSON
public import Causality
import Foundation
import GRDB
import Records
import SQLiteFile

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
            if let indexed { try words().remove(key, indexed) }
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
        versions.kind == .device || Defence.ownsDescriptions.isUp && keyring.describers(versions.id) != nil
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
        if let indexed = try unprojectUnindexed(key) { try words().remove(key, indexed) }
    }

    /// As ``unproject(_:)``, except for the full-text index. Returns the text that is indexed there.
    private func unprojectUnindexed(_ key: Int64) throws -> SearchedText? {
        let row = try database.first("SELECT kind FROM entry WHERE key = ?", key.value)
        let kind = row?.text(0)
        guard let kind else { return nil }
        let indexed = try words().text(of: key, Kind(Text(kind)))
        if let table = StoreColumns.of[Kind(Text(kind))] {
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
            if let indexed { try words().remove(key, indexed) }
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
        if let indexed { try words().remove(key, indexed) }
        try addWords(searched, of: key)
    }

    private func words() throws -> WordIndex {
        if let wordIndex { return wordIndex }
        let read = try WordIndex(database)
        wordIndex = read
        return read
    }

    private func addWords(_ searched: SearchedText, of key: Int64) throws {
        var words = try words()
        try words.add(key, searched)
        wordIndex = words
    }

    private func contexts(_ dot: Dot, _ feed: Int64) throws -> CausalContext {
        guard
            let row = try database.first(
                "SELECT first, unread FROM edit WHERE line = ? AND n = ?", feed.value, dot.n.value)
        else { throw StoreError.inconsistent("a cell without its edit") }
        return CausalContext(
            dot: dot, seen: try reader.seen(by: feed, at: row[0]).clock, unread: ColumnList.dots(row.bytes(1)))
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

// MARK: - Choices

/// The outcomes of merges.
extension StoreWriter {
    /// Stores the value that is shown of several live ones, and reports each outcome once.
    private func record(_ resolutions: [FieldName: Resolution], _ versions: EntryVersions, _ key: Int64) throws {
        let isRevived = versions.isRevivedByMerge
        let conflicts = resolutions.filter(\.value.isConflict)
        try closeChanges(of: key, besides: Set(conflicts.keys).union(isRevived ? [EntryVersions.gone] : []))
        for (name, resolution) in conflicts.sorted(by: { $0.key < $1.key }) {
            guard let rule = resolution.rule else { continue }
            let chosen = resolution.value.canonicalText
            let others = JSONValue.array(resolution.others).canonicalText
            // Rules without a choice only report the other values; see below.
            try database.run(
                "INSERT INTO choice VALUES (?, ?, ?, ?, ?, ?)", key.value, name.text.string.value,
                rule.name.string.value, chosen.value, (rule == .unsettled ? others : "[]").value,
                resolution.isPending.value)
            guard !resolution.isPending else { continue }
            let isLong = chosen.utf8.count + others.utf8.count > Self.changeBytesMax
            try noteChange(
                key, name, rule.name.string, isLong ? "null" : chosen, isLong ? "[]" : others,
                isLong ? (versions.fields[name] ?? []).map(\.dot).sorted() : [])
        }
        if isRevived { try noteChange(key, EntryVersions.gone, "alive", "null", #"["trashed"]"#, []) }
    }

    /// The most bytes of values in a row for `btw changes`; beyond that, the dots of the edits are stored instead.
    private static let changeBytesMax = 4 * 1024

    /// Adds a row for `btw changes`, unless the last one of this field is equal. It replaces the row of the same
    /// conflict with fewer versions.
    private func noteChange(
        _ key: Int64, _ name: FieldName, _ rule: String, _ chosen: String, _ others: String, _ dots: [Dot]
    ) throws {
        let field = name.text.string.value
        let last = try database.first(
            """
            SELECT key, is_open, rule, chosen, others, dots FROM change
            WHERE entry = ? AND field = ? ORDER BY key DESC LIMIT 1
            """, key.value, field)
        let values = [rule.value, chosen.value, others.value, ColumnList.bytes(dots).value]
        if let last {
            if Array(last.values[2...]) == values { return }
            if last[1] as Bool { try database.run("DELETE FROM change WHERE key = ?", last.values[0]) }
        }
        try database.run(
            """
            INSERT INTO change (entry, field, at, rule, chosen, others, dots, is_open)
            VALUES (?, ?, (SELECT edited FROM entry WHERE key = ?), ?, ?, ?, ?, 1)
            """, all: [key.value, field, key.value] + values)
    }

    /// The conflicts of all other fields have ended: a later one is a new conflict.
    private func closeChanges(of key: Int64, besides conflicts: Set<FieldName>) throws {
        let open = try database.all("SELECT key, field FROM change WHERE entry = ? AND is_open", key.value)
        for row in open where !conflicts.contains(FieldName(Text(row[1] as String))) {
            try database.run("UPDATE change SET is_open = 0 WHERE key = ?", row.values[0])
        }
    }
}

extension EntryVersions {
    /// Whether an edit concurrent with the trashing restored the entry.
    var isRevivedByMerge: Bool {
        guard isRevived else { return false }
        let trashed = (fields[Self.gone] ?? []).filter { $0.value != .null }
        let others = fields.lazy.filter { $0.key != Self.gone }.flatMap(\.value)
        return others.contains { edit in
            trashed.contains { !$0.context.saw(edit.dot) && !edit.context.saw($0.dot) && $0.dot != edit.dot }
        }
    }
}

// MARK: - Rebuilding

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
        var words = try words()
        try words.rebuild()
        wordIndex = words
    }

    /// All edits of an entry in order of arrival, opened.
    private func heldEdits(of entry: Int64) throws -> [StoreReader.HeldEdit] {
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
            held.feed.value, held.context.dot.n.value)
        if let content = held.content {
            try mark(undone: content.undoes, of: row.key)
            try merge(content, held.edit.header.tokens, held.context, feed: held.feed, entry: row)
        } else if isStub {
            try mergeStub(held.edit.header, held.context, feed: held.feed, entry: row)
        }
    }
}
