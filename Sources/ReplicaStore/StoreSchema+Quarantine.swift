/// The fifth step: edits that are set aside can be taken back one by one.
extension StoreSchema {
    /// Before it a batch was set aside whole, or those of its edits that have a box in ``StoreSchema/exchange``'s table.
    static let quarantine = """
        -- Of a batch that is set aside, the edits that are so no more, or never were.
        CREATE TABLE aside_gone (
            aside INTEGER NOT NULL REFERENCES aside,
            n INTEGER NOT NULL,
            PRIMARY KEY (aside, n)
        ) STRICT, WITHOUT ROWID;
        """
}
