/// The steps that are a statement or two each.
extension StoreSchema {
    /// The fourth step: what a forget shows.
    ///
    /// Before it nobody showed anything: only owners wrote.
    static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """

    /// The fifth step: edits that are set aside can be taken back one by one.
    ///
    /// Before it a batch was set aside whole, or those of its edits that have a box in ``StoreSchema/exchange``'s table.
    static let quarantine = """
        -- Of a batch that is set aside, the edits that are so no more, or never were.
        CREATE TABLE aside_gone (
            aside INTEGER NOT NULL REFERENCES aside,
            n INTEGER NOT NULL,
            PRIMARY KEY (aside, n)
        ) STRICT, WITHOUT ROWID;
        """

    /// The sixth step: what an entry's first edit set for ever.
    ///
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

    /// The seventh step: what merging chose of long texts is kept by the names of their edits.
    ///
    /// Before it each version that came made another line with all versions in it, which of long texts was the square
    /// of what there is. Of these the last of each field stays.
    static let changes = """
        -- Of what is too long to be kept twice, the edits whose values were live. A line is open as long as its conflict
        -- is: then the next one of the field takes its place.
        ALTER TABLE change ADD COLUMN dots BLOB NOT NULL DEFAULT x'';
        ALTER TABLE change ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1));

        DELETE FROM change WHERE length(chosen) + length(others) > 4096
            AND key < (SELECT max(key) FROM change AS later
                WHERE later.entry = change.entry AND later.field = change.field);

        UPDATE choice SET others = '[]' WHERE rule <> 'unsettled';
        """

    /// The eighth step: what a person is to hear of stays until it is over, and what others send to be set aside has a
    /// bound.
    ///
    /// Before it an alarm was told once. What was set aside before counts towards no bound.
    static let alarms = """
        -- One row a kind of alarm and a device; the device is empty where it is not known, or is nobody's matter.
        CREATE TABLE alarm (
            space INTEGER NOT NULL REFERENCES space,
            code TEXT NOT NULL,
            device BLOB NOT NULL CHECK (length(device) IN (0, 16)),
            edits INTEGER NOT NULL CHECK (edits >= 0),
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (space, code, device)
        ) STRICT, WITHOUT ROWID;

        -- Who is said to have signed a batch that came and was set aside: empty for one who never was of the space, null
        -- for what was here before.
        ALTER TABLE aside ADD COLUMN sender BLOB;
        CREATE INDEX aside_of_sender ON aside (space, sender) WHERE sender IS NOT NULL;
        """

    /// The ninth step: what the records of a log were found to say when they were verified.
    ///
    /// Homes of before have none; whoever opens one next verifies the log whole, and keeps this.
    static let verified = """
        -- Worked out of the record of the same place; whoever opens the home reads it in place of the record.
        CREATE TABLE verified (
            space INTEGER NOT NULL REFERENCES space,
            position INTEGER NOT NULL,
            form BLOB NOT NULL,
            PRIMARY KEY (space, position)
        ) STRICT, WITHOUT ROWID;
        """
}
