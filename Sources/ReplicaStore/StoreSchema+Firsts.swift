/// The sixth step: what an entry's first edit set for ever.
extension StoreSchema {
    /// Homes of before show what a later edit said. What of it is wrong takes the keys to find out, so that is left
    /// for the next opening; see ``StoreWriter/reworkFirsts()``.
    static let firsts = """
        -- `kind`, `made` and `author` of entries in which more than one edit sets them, or an edit in another's name.
        CREATE TABLE first_value (
            entry INTEGER NOT NULL,
            field TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (entry, field)
        ) STRICT, WITHOUT ROWID;

        INSERT INTO setting SELECT 'rework', 'firsts' WHERE EXISTS (SELECT 1 FROM edit);
        """
}
