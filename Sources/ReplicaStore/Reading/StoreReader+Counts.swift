public import Causality
import GRDB
import SQLiteFile
public import Records

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
        public let setAside: Int
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
            setAside: try count(
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
        try database.execute(sql: "INSERT INTO words_index (words_index) VALUES ('optimize')")
    }
}
