import CanonicalJSON
import GRDB
import Records
import SQLiteFile

/// The full-text index, and how far it goes.
///
/// A new entry is not indexed when it is written, since adding it alone costs as much as the rest of a note: up to
/// ``lateMax`` entries are late, and then all of them are indexed at once. A search looks at the late ones in memory. A
/// transaction that writes more than that indexes the rest as it goes.
///
/// The index is contentless, so rows are removed with the text that was indexed, as the tables have it. All indexed text
/// and all queries pass ``SearchText``.
struct WordIndex {
    /// The most entries that are shown and not indexed yet. Together they cost a search about 3 milliseconds.
    static let lateMax = 64

    private let database: Database
    /// Shown entries up to this key are in the index, and none after it.
    private var end: Int64
    /// The number of shown entries after ``end``, once they were counted; never too low.
    private var lateCount: Int?
    private var hasCaughtUp = false

    init(_ database: Database) throws {
        self.database = database
        end = try database.first("SELECT value FROM setting WHERE name = 'indexed'")?[0] ?? 0
    }

    /// The indexed text of an entry that is shown with this kind; `nil` if it is not in the index. Its tables must not
    /// have changed since it was shown.
    func text(of key: Int64, _ kind: Kind) throws -> SearchedText? {
        guard key <= end, let table = StoreColumns.of[kind] else { return nil }
        return try database.searched(key, table)
    }

    /// Adds an entry, whose tables have this text, or leaves it for later.
    mutating func add(_ key: Int64, _ searched: SearchedText) throws {
        if key > end, !hasCaughtUp {
            let count = try lateCount.map { $0 + 1 } ?? countLate()
            lateCount = count
            if count > Self.lateMax { try catchUp() }
            return
        }
        try database.index(key, searched)
        try move(to: max(end, key))
    }

    /// Removes an entry with the text that was indexed; see ``text(of:_:)``.
    func remove(_ key: Int64, _ searched: SearchedText) throws {
        try database.run(
            "INSERT INTO word_index (word_index, rowid, text, words) VALUES ('delete', ?, ?, ?)", key.value,
            SearchText.indexed(searched.text).value, SearchText.indexed(searched.words).value)
    }

    /// Rebuilds the index from the tables.
    mutating func rebuild() throws {
        try database.run("INSERT INTO word_index (word_index) VALUES ('delete-all')")
        end = 0
        try catchUp()
        try move(to: database.first("SELECT coalesce(max(key), 0) FROM entry")?[0] ?? 0)
    }

    private mutating func catchUp() throws {
        var last = end
        for (key, table) in try database.late(after: end) {
            try database.index(key, database.searched(key, table))
            last = key
        }
        hasCaughtUp = true
        try move(to: last)
    }

    private func countLate() throws -> Int {
        try database.first("SELECT count(*) FROM entry WHERE key > ? AND kind IS NOT NULL", end.value)?[0] ?? 0
    }

    private mutating func move(to end: Int64) throws {
        guard end != self.end else { return }
        self.end = end
        try database.run(
            "INSERT INTO setting VALUES ('indexed', ?) ON CONFLICT DO UPDATE SET value = excluded.value", end.value)
    }
}

/// The text of an entry for the full-text index, as its tables have it.
struct SearchedText: Equatable {
    let text: String
    let words: String

    /// Compares bytes: canonically equivalent strings are indexed differently.
    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8) && left.words.utf8.elementsEqual(right.words.utf8)
    }
}

extension Database {
    /// Adds an entry to an index: that of the file, unless another one is named.
    func index(_ key: Int64, _ searched: SearchedText, in table: String = "word_index") throws {
        try run(
            "INSERT INTO \(table) (rowid, text, words) VALUES (?, ?, ?)", key.value,
            SearchText.indexed(searched.text).value, SearchText.indexed(searched.words).value)
    }

    /// The text of an entry for the index, as its tables have it.
    fileprivate func searched(_ key: Int64, _ table: StoreColumns.Table) throws -> SearchedText {
        let row = try first(table.select, key.value)
        let text = row.map { row in table.searched.indices.compactMap { row.text($0) }.joined(separator: "\n") }
        return SearchedText(text: text ?? "", words: try searchedWords(key))
    }

    /// The tags and feelings of an entry, as they are indexed.
    func searchedWords(_ key: Int64) throws -> String {
        try all("SELECT element FROM element WHERE entry = ? ORDER BY collection, element", key.value)
            .map { $0[0] as String }.joined(separator: "\n")
    }

    /// The entries that are shown and have greater keys, in the order of these.
    fileprivate func late(after key: Int64) throws -> [(key: Int64, table: StoreColumns.Table)] {
        try all("SELECT key, kind FROM entry WHERE key > ? AND kind IS NOT NULL ORDER BY key", key.value).compactMap {
            row in StoreColumns.of[Kind(Text(row[1] as String))].map { (row[0], $0) }
        }
    }
}

extension StoreReader {
    /// Runs a search with the tables of the index: its own, and one in memory if there are entries that it does not hold.
    func withIndexes<T>(_ body: ([String]) throws -> T) throws -> T {
        let end: Int64 = try database.first("SELECT value FROM setting WHERE name = 'indexed'")?[0] ?? 0
        let late = try database.late(after: end)
        guard !late.isEmpty else { return try body(["word_index"]) }
        try database.execute(sql: "CREATE VIRTUAL TABLE temp.late_words USING fts5 (\(SearchText.form))")
        defer { try? database.execute(sql: "DROP TABLE temp.late_words") }
        for (key, table) in late { try database.index(key, database.searched(key, table), in: "late_words") }
        return try body(["word_index", "late_words"])
    }
}
