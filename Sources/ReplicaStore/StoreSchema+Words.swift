import GRDB
import SQLiteFile

/// The third migration: the full-text index uses ``SearchText``, and `entry` loses its unused titles.
extension StoreSchema {
    /// The index gets another name, so that a running program of the previous version fails instead of writing rows
    /// that could not be removed.
    static let words = DatabaseFile.Schema.Migration(
        sql: """
            DROP TABLE search;

            -- Without content: what it indexes stands in the tables, from which old rows are taken out again.
            CREATE VIRTUAL TABLE words_index USING fts5 (
                text, words, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
            );

            ALTER TABLE entry DROP COLUMN title;
            """
    ) { database in
        // The columns at this migration; later ones may add others.
        for (table, columns) in [
            ("note", "body"), ("homework", "title, body, outcome"), ("mood", "body"),
            ("session", "topic, focus, body"),
        ] {
            try database.each("SELECT entry, \(columns) FROM \(table)") { row in
                try database.index(
                    row[0], text: row.values.indices.dropFirst().compactMap { row.text($0) }.joined(separator: "\n"),
                    words: database.searchedWords(row[0]))
            }
        }
    }
}
