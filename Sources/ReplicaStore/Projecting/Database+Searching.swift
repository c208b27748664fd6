import CanonicalJSON
import GRDB
import Records
import SQLiteFile

/// The text of an entry for the full-text index, as its tables have it.
struct SearchedText: Equatable {
    let text: String
    let words: String

    /// Compares bytes: canonically equivalent strings are indexed differently.
    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8) && left.words.utf8.elementsEqual(right.words.utf8)
    }
}

/// The full-text index. It is contentless, so rows are removed with the text that was indexed, as the tables have it.
///
/// All indexed text and all queries pass ``SearchText``.
extension Database {
    /// Adds an entry to the index.
    func index(_ key: Int64, text: String, words: String) throws {
        try run(
            "INSERT INTO words_index (rowid, text, words) VALUES (?, ?, ?)", key.value,
            SearchText.indexed(text).value, SearchText.indexed(words).value)
    }

    /// Removes an entry from the index, with the text that was indexed.
    func unindex(_ key: Int64, _ searched: SearchedText) throws {
        try run(
            "INSERT INTO words_index (words_index, rowid, text, words) VALUES ('delete', ?, ?, ?)", key.value,
            SearchText.indexed(searched.text).value, SearchText.indexed(searched.words).value)
    }

    /// The indexed text of an entry; its tables must not have changed since it was added.
    func searched(_ key: Int64, _ table: StoreColumns.Table) throws -> SearchedText {
        SearchedText(text: try searchedText(key, table), words: try searchedWords(key))
    }

    private func searchedText(_ key: Int64, _ table: StoreColumns.Table) throws -> String {
        guard let row = try first(table.select, key.value) else { return "" }
        return table.searched.indices.compactMap { row.text($0) }.joined(separator: "\n")
    }

    func searchedWords(_ key: Int64) throws -> String {
        try all("SELECT element FROM element WHERE entry = ? ORDER BY collection, element", key.value)
            .map { $0[0] as String }.joined(separator: "\n")
    }

    /// Rebuilds the index from the tables.
    func indexAnew() throws {
        try run("INSERT INTO words_index (words_index) VALUES ('delete-all')")
        for row in try all("SELECT key, kind FROM entry WHERE kind IS NOT NULL") {
            guard let table = StoreColumns.of[Kind(Text(row[1] as String))] else { continue }
            try index(row[0], text: searchedText(row[0], table), words: searchedWords(row[0]))
        }
    }
}
