import CanonicalJSON
public import Causality
import GRDB
import SQLiteFile
public import Records

/// Entries as they are shown.
extension StoreReader {
    /// Whether an entry is known here.
    public enum Presence: Hashable, Sendable {
        case unknown, here, forgotten
    }

    public func presence(of id: EntryID) throws -> Presence {
        let row = try database.first(
            "SELECT kind IS NOT NULL, is_forgotten FROM entry WHERE id = ? AND \(Self.isShown)", id.bytes.value)
        guard let row else { return .unknown }
        return row[1] ? .forgotten : row[0] ? .here : .unknown
    }

    /// Whether an entry is here but cannot be shown: none of its boxes is here and can be opened.
    public func isSealed(_ id: EntryID) throws -> Bool {
        try database.first(
            "SELECT 1 FROM entry WHERE id = ? AND \(Self.isSealed) AND \(Self.isShown)", id.bytes.value) != nil
    }

    /// An entry that was opened and has no kind describes a device.
    private static let isSealed = """
        kind IS NULL AND NOT is_forgotten AND EXISTS (SELECT 1 FROM edit WHERE edit.entry = entry.key)
        AND NOT EXISTS (SELECT 1 FROM edit WHERE edit.entry = entry.key AND state = 0)
        """

    /// An entry; `nil` if it is unknown or forgotten.
    public func entry(_ id: EntryID) throws -> Entry? {
        let row = try database.first(
            "SELECT key, clock, edited, is_trashed, kind FROM entry WHERE id = ? AND kind IS NOT NULL", id.bytes.value)
        return try row.map { try entry(id, $0) }
    }

    /// The ids in a range, sorted, at most `limit`; including entries that cannot be shown.
    public func ids(in range: ClosedRange<EntryID>, limit: Int) throws -> [EntryID] {
        try database.all(
            """
            SELECT id FROM entry WHERE id BETWEEN ? AND ? AND (kind IS NOT NULL OR is_forgotten OR \(Self.isSealed))
            AND \(Self.isShown) ORDER BY id LIMIT ?
            """,
            range.lowerBound.bytes.value, range.upperBound.bytes.value, limit.value
        ).compactMap { EntryID($0.bytes(0)) }
    }

    /// The entries whose `at` is exactly this text, including the trash.
    public func ids(at moment: String) throws -> [EntryID] {
        try database.all(
            "SELECT id FROM entry WHERE at = ? AND kind IS NOT NULL AND \(Self.isShown) ORDER BY made, id", moment.value
        ).compactMap { EntryID($0.bytes(0)) }
    }

    /// All entries of a space, including forgotten ones, in order of arrival.
    public func ids(in space: Space) throws -> [(id: EntryID, isForgotten: Bool)] {
        try database.all("SELECT id, is_forgotten FROM entry WHERE space = ? ORDER BY key", space.key.value).map {
            row in
            guard let id = EntryID(row.bytes(0)) else { throw StoreError.inconsistent("an entry's id") }
            return (id, row[1])
        }
    }

    /// The ids next to one in sorted order, which determine its shortest unique prefix.
    public func neighbours(of id: EntryID) throws -> [EntryID] {
        let known = "(kind IS NOT NULL OR is_forgotten) AND \(Self.isShown)"
        let before = try database.all(
            "SELECT id FROM entry WHERE id < ? AND \(known) ORDER BY id DESC LIMIT 1", id.bytes.value)
        let after = try database.all(
            "SELECT id FROM entry WHERE id > ? AND \(known) ORDER BY id LIMIT 1", id.bytes.value)
        return (before + after).compactMap { EntryID($0.bytes(0)) }
    }

    public typealias Query = EntryQuery

    /// Visits entries by time, newest first, then by creation time, then by id.
    public func entries(_ query: Query, visit: (Entry) throws -> Void) throws {
        let (condition, values) = Self.condition(query)
        let sql = """
            SELECT key, clock, edited, is_trashed, kind, id FROM entry WHERE kind IS NOT NULL\(condition)
            ORDER BY at DESC, made DESC, id DESC\(query.limit.map { " LIMIT \($0)" } ?? "")
            """
        try database.each(sql, all: values) { row in
            guard let id = EntryID(row.bytes(5)) else { throw StoreError.inconsistent("an entry's id") }
            try visit(try entry(id, row))
        }
    }

    /// Visits every entry, including the trash, sorted by id.
    public func entriesByID(visit: (Entry) throws -> Void) throws {
        try database.each(
            "SELECT key, clock, edited, is_trashed, kind, id FROM entry WHERE kind IS NOT NULL ORDER BY id"
        ) { row in
            guard let id = EntryID(row.bytes(5)) else { throw StoreError.inconsistent("an entry's id") }
            try visit(try entry(id, row))
        }
    }

    /// Visits entries that contain all of these words in their texts, tags or feelings, newest first, without the
    /// trash.
    ///
    /// A prefix of a word matches; see ``SearchText`` for scripts without spaces and for emoji.
    public func search(_ words: [String], visit: (Entry) throws -> Void) throws {
        guard let match = SearchText.expression(words) else { return }
        try database.each(
            """
            SELECT key, clock, edited, is_trashed, kind, id FROM entry
            WHERE key IN (SELECT rowid FROM words_index WHERE words_index MATCH ?) AND kind IS NOT NULL AND NOT is_trashed
            ORDER BY at DESC, made DESC, id DESC
            """, match.value
        ) { row in
            guard let id = EntryID(row.bytes(5)) else { throw StoreError.inconsistent("an entry's id") }
            try visit(try entry(id, row))
        }
    }

    private static func condition(_ query: Query) -> (sql: String, values: [ColumnValue]) {
        var sql = ""
        var values: [ColumnValue] = []
        func add(_ condition: String, _ value: ColumnValue) {
            sql += " AND " + condition
            values.append(value)
        }
        if let kind = query.kind { add("kind = ?", kind.name.string.value) }
        if let from = query.from { add("at >= ?", from.description.value) }
        // An entry without a day is in no range.
        if let to = query.to { add("at > '' AND at < ?", (to.description + "~").value) }
        if let isTrashed = query.isTrashed { add("is_trashed = ?", isTrashed.value) }
        if let tag = query.tag {
            add(
                "key IN (SELECT entry FROM element WHERE collection = 'tags' AND element = ?)", tag.string.value)
        }
        if let about = query.about {
            let tables = StoreColumns.tables.map { "SELECT entry, about FROM \($0)" }.joined(separator: " UNION ALL ")
            add("key IN (SELECT entry FROM (\(tables)) WHERE about = ?)", about.description.value)
        }
        return (sql, values)
    }

    /// The entry of a row; columns are key, clock, edited, is_trashed, kind.
    private func entry(_ id: EntryID, _ row: ColumnRow) throws -> Entry {
        let key: Int64 = row[0]
        var fields: [FieldName: JSONValue] = [:]
        var conflicts: Set<FieldName> = []
        var firsts: [FieldName: JSONValue] = [:]
        let cells = try database.all(
            """
            SELECT field, value, 0 FROM cell WHERE entry = ?1
            UNION ALL SELECT field, value, 1 FROM first_value WHERE entry = ?1
            """, key.value)
        for cell in cells {
            let (name, value) = (FieldName(Text(cell[0] as String)), JSONValue(column: cell[1]))
            if cell[2] as Bool {
                firsts[name] = value
            } else if fields.updateValue(value, forKey: name) != nil {
                conflicts.insert(name)
            }
        }
        var unsettled: [FieldName: [JSONValue]] = [:]
        for choice in conflicts.isEmpty ? [] : try choices(of: key) {
            fields[choice.name] = choice.chosen
            if choice.rule == FieldRule.unsettled.name { unsettled[choice.name] = [choice.chosen] + choice.others }
        }
        fields[EntryVersions.gone] = nil
        fields.merge(firsts) { $1 }
        // A text column ends at a NUL, which the name of a kind from another device may contain.
        let kind = fields["kind"]?.asText ?? row[4]
        return Entry(
            id: id, kind: Kind(Text(kind)), fields: fields.filter(Entry.isSet), isTrashed: row[3],
            unsettled: unsettled, clock: VectorClock(ColumnList.dots(row.bytes(1))),
            edited: Timestamp(millisSince1970: row[2]))
    }

    /// The stored values of an entry's first edit.
    func firsts(of entry: Int64) throws -> [FieldName: JSONValue] {
        let rows = try database.all("SELECT field, value FROM first_value WHERE entry = ?", entry.value)
        return Dictionary(
            uniqueKeysWithValues: rows.map { (FieldName(Text($0[0] as String)), JSONValue(column: $0[1])) })
    }

    private func choices(
        of entry: Int64
    ) throws -> [(name: FieldName, rule: Text, chosen: JSONValue, others: [JSONValue])] {
        try database.all("SELECT field, rule, chosen, others FROM choice WHERE entry = ?", entry.value).map { row in
            (
                FieldName(Text(row[0] as String)), Text(row[1] as String), JSONValue(column: row[2]),
                JSONValue(column: row[3]).asArray ?? []
            )
        }
    }

    /// The latest time of an entry's live edits, in milliseconds.
    func edited(_ entry: Int64) throws -> Int {
        try database.first(
            """
            SELECT max(edit.at) FROM cell JOIN edit ON edit.line = cell.line AND edit.n = cell.n WHERE cell.entry = ?
            """, entry.value)?.integer(0) ?? 0
    }

    /// All live values of an entry. Their causal contexts are looked up only if they matter.
    ///
    /// Of a field with more values than ``RecordLimits/liveValuesMax``, only those of the greatest edits are read; the
    /// others are `null`.
    func versions(
        of entry: Int64, _ id: EntryID, contexts: (Dot, Int64) throws -> CausalContext
    ) throws -> EntryVersions {
        let count: Int = try database.first("SELECT count(*) FROM cell WHERE entry = ?", entry.value)?[0] ?? 0
        let hasMany = count > RecordLimits.liveValuesMax
        let rows = try database.all(
            "SELECT field, line, n, \(hasMany ? "NULL" : "value") FROM cell WHERE entry = ?", entry.value)
        let names = rows.map { $0[0] as String }
        let isPlain = Set(names).count == names.count && !names.contains(EntryVersions.gone.text.string)
        var replicas: [Int64: ReplicaID] = [:]
        var live: [String: [(context: CausalContext, line: Int64, value: String?)]] = [:]
        for row in rows {
            let line: Int64 = row[1]
            let replica = try replicas[line] ?? replica(ofLine: line)
            replicas[line] = replica
            let dot = Dot(replica, row[2])
            let context = isPlain ? CausalContext(dot: dot, seen: VectorClock()) : try contexts(dot, line)
            live[row[0], default: []].append((context, line, row.text(3)))
        }
        var versions = EntryVersions(id: id)
        for (field, found) in live {
            let sorted = hasMany ? found.sorted { $0.context.precedence > $1.context.precedence } : found
            versions.fields[FieldName(Text(field))] = try sorted.enumerated().map { index, version in
                if let value = version.value { return Version(JSONValue(column: value), version.context) }
                guard index < RecordLimits.liveValuesMax else { return Version(.null, version.context) }
                let row = try database.first(
                    "SELECT value FROM cell WHERE entry = ? AND field = ? AND line = ? AND n = ?", entry.value,
                    field.value, version.line.value, version.context.dot.n.value)
                return Version(row.map { JSONValue(column: $0[0]) } ?? .null, version.context)
            }
        }
        return versions
    }
}
