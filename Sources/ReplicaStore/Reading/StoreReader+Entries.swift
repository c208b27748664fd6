import CanonicalJSON
public import Causality
import GRDB
public import Records
import SQLiteFile

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
        try withIndexes { tables in
            let matches = tables.map { "SELECT rowid FROM \($0) WHERE \($0) MATCH ?" }
            try database.each(
                """
                SELECT key, clock, edited, is_trashed, kind, id FROM entry
                WHERE key IN (\(matches.joined(separator: " UNION ALL "))) AND kind IS NOT NULL AND NOT is_trashed
                ORDER BY at DESC, made DESC, id DESC
                """, all: tables.map { _ in match.value }
            ) { row in
                guard let id = EntryID(row.bytes(5)) else { throw StoreError.inconsistent("an entry's id") }
                try visit(try entry(id, row))
            }
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
        var live: [String: [(context: CausalContext, feed: Int64, value: String?)]] = [:]
        for row in rows {
            let feed: Int64 = row[1]
            let replica = try replicas[feed] ?? replica(ofFeed: feed)
            replicas[feed] = replica
            let dot = Dot(replica, row[2])
            let context = isPlain ? CausalContext(dot: dot, seen: VectorClock()) : try contexts(dot, feed)
            live[row[0], default: []].append((context, feed, row.text(3)))
        }
        var versions = EntryVersions(id: id)
        for (field, found) in live {
            let sorted = hasMany ? found.sorted { $0.context.precedence > $1.context.precedence } : found
            versions.fields[FieldName(Text(field))] = try sorted.enumerated().map { index, version in
                if let value = version.value { return Version(JSONValue(column: value), version.context) }
                guard index < RecordLimits.liveValuesMax else { return Version(.null, version.context) }
                let row = try database.first(
                    "SELECT value FROM cell WHERE entry = ? AND field = ? AND line = ? AND n = ?", entry.value,
                    field.value, version.feed.value, version.context.dot.n.value)
                return Version(row.map { JSONValue(column: $0[0]) } ?? .null, version.context)
            }
        }
        return versions
    }
}

// MARK: - Home summary

/// The figures of the overview that `btw` alone prints.
extension StoreReader {
    public struct HomeSummary: Hashable, Sendable {
        /// Open homework that is not due before today.
        public let open: Int
        /// Open homework whose due day has passed.
        public let fromLastTime: Int
        /// Entries flagged for the session.
        public let flagged: Int
        public let hasMoodToday: Bool
        /// The time of the last session that has begun, and below that of the next one.
        public let lastSession: Moment?
        public let nextSession: Moment?
    }

    /// - Parameter now: the current local time.
    public func homeSummary(now: Moment) throws -> HomeSummary {
        let today = now.day.description
        let shown = "entry.kind IS NOT NULL AND NOT entry.is_trashed"
        func count(_ sql: String, _ values: ColumnValue...) throws -> Int {
            try database.first("SELECT count(*) FROM " + sql, all: values)?[0] ?? 0
        }
        func session(_ condition: String, _ order: String) throws -> Moment? {
            // CROSS JOIN keeps SQLite from scanning all entries to get their order.
            let row = try database.first(
                """
                SELECT entry.at FROM session CROSS JOIN entry ON entry.key = session.entry
                WHERE \(shown) AND session.state IN ('planned', 'held') AND \(condition)
                ORDER BY entry.at \(order) LIMIT 1
                """, now.description.value)
            return row.flatMap { Moment($0[0] as String) }
        }
        let open = try count("homework JOIN entry ON entry.key = homework.entry WHERE state = 'open' AND \(shown)")
        let past = try count(
            """
            homework JOIN entry ON entry.key = homework.entry
            WHERE state = 'open' AND due GLOB '[0-9]*' AND substr(due, 1, 10) < ? AND \(shown)
            """, today.value)
        let flagged = try StoreColumns.tables.reduce(0) { sum, table in
            try sum + count("\(table) JOIN entry ON entry.key = \(table).entry WHERE flag = 1 AND \(shown)")
        }
        return HomeSummary(
            open: open - past, fromLastTime: past, flagged: flagged,
            hasMoodToday: try count(
                "entry WHERE kind = 'mood' AND at >= ?1 AND at < ?1 || '~' AND \(shown)", today.value) > 0,
            lastSession: try session("entry.at <= ?", "DESC"), nextSession: try session("entry.at > ?", "ASC"))
    }
}

// MARK: - Counts

/// Counts for `btw status`, and other small queries.
extension StoreReader {
    public struct Counts: Hashable, Sendable {
        /// Entries that are not in the trash.
        public let entries: Int
        public let trashed: Int
        /// Entries with a field that has several versions.
        public let conflicts: Int
        /// Boxes that cannot be opened here.
        public let unopened: Int
        /// Edits that are shown or needed for a merge, and whose boxes are missing; a waiting merge counts once.
        public let missing: Int
        /// Edits in quarantine.
        public let quarantined: Int
    }

    public func counts() throws -> Counts {
        func count(_ condition: String, of what: String = "count(*)") throws -> Int {
            try database.first("SELECT \(what) FROM " + condition)?[0] ?? 0
        }
        return Counts(
            entries: try count("entry WHERE kind IS NOT NULL AND NOT is_trashed"),
            trashed: try count("entry WHERE kind IS NOT NULL AND is_trashed"),
            conflicts: try count("entry WHERE conflicts > 0 AND NOT is_trashed"),
            unopened: try count("edit JOIN entry ON entry.key = edit.entry WHERE state = 2 AND \(Self.isShown)"),
            missing: try count(
                """
                (SELECT DISTINCT line, n FROM lacking JOIN entry ON entry.key = lacking.entry WHERE \(Self.isShown))
                """) + count("choice WHERE is_pending = 1"),
            quarantined: try count(
                "aside WHERE space IS NOT (SELECT key FROM space WHERE name = '\(Space.joining)')",
                of: "coalesce(sum(edits), 0)"))
    }

    /// Whether no edit of a space is here, not even in quarantine.
    public func isUntouched(_ space: Space) throws -> Bool {
        try database.first(
            """
            SELECT 1 FROM batch JOIN line ON line.key = batch.line WHERE line.space = ?1
            UNION ALL SELECT 1 FROM aside WHERE space = ?1 LIMIT 1
            """, space.key.value) == nil
    }

    /// The number of practice notes about a homework.
    public func practices(of homework: EntryID) throws -> Int {
        try database.first(
            """
            SELECT count(*) FROM note JOIN entry ON entry.key = note.entry
            WHERE note.about = ? AND note.role = 'practice' AND NOT entry.is_trashed
            """, homework.description.value)?[0] ?? 0
    }

    /// The last edit of this device's current feed.
    public func lastOwnDot(in space: Space) throws -> Dot? {
        guard let replica = space.replica else { return nil }
        let n = try ownCount(in: space)
        return n > 0 ? Dot(replica, n) : nil
    }

    /// The fields of an entry with several live values.
    public func conflictedFields(of id: EntryID) throws -> Set<FieldName> {
        let rows = try database.all(
            "SELECT field FROM choice JOIN entry ON entry.key = choice.entry WHERE entry.id = ?", id.bytes.value)
        return Set(rows.map { FieldName(stringLiteral: $0[0]) })
    }

    /// Changes whenever another connection commits.
    public func dataVersion() throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA data_version") ?? 0
    }
}

extension StoreTransaction {
    /// Merges the segments of the search index, so that it contains no removed words.
    public func compactSearch() throws {
        try database.execute(sql: "INSERT INTO word_index (word_index) VALUES ('optimize')")
    }
}

// MARK: - Last times

extension StoreReader {
    /// The time of each device's newest readable edit, by its own clock; keyed by signing key.
    ///
    /// Within a feed the greatest dot counts, not the greatest time; of several feeds of a device the latest time
    /// counts.
    ///
    /// - Returns: `nil` as the time of a device none of whose edits can be opened.
    public func lastTimes(in space: Space) throws -> [[UInt8]: Timestamp?] {
        var times: [[UInt8]: Timestamp?] = [:]
        let rows = try database.all(
            """
            SELECT origin, (SELECT at FROM edit WHERE edit.line = line.key AND at IS NOT NULL ORDER BY n DESC LIMIT 1)
            FROM line WHERE space = ?
            """, space.key.value)
        for row in rows {
            guard let origin = ReplicaOrigin(column: row.bytes(0)) else {
                throw StoreError.inconsistent("a feed's origin")
            }
            let time = row.integer(1).map { Timestamp(millisSince1970: $0) }
            let known = times[origin.deviceKey] ?? nil
            times.updateValue([time, known].compactMap(\.self).max(), forKey: origin.deviceKey)
        }
        return times
    }
}
