import GRDB
import SQLiteFile

/// The third step: the index of words as ``SearchText`` has them, and no titles in `entry`, which nothing reads.
extension StoreSchema {
    /// The index gets another name, so that a program of the version before, which may still have the file open, finds
    /// none, and writes nothing instead of what could not be taken out again.
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
        // The columns that there are at this step, whatever later ones bring.
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
