/// The migrations of one or two statements each.
extension StoreSchema {
    /// The fourth migration: the proof of a forget.
    ///
    /// Before it only owners wrote, who need no proof.
    static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """

    /// The fifth migration: edits are taken out of quarantine one by one.
    ///
    /// Before it a batch was quarantined as a whole, or its edits with boxes in the table of
    /// ``StoreSchema/exchange``.
    static let quarantine = """
        -- Of a batch that is set aside, the edits that are so no more, or never were.
        CREATE TABLE aside_gone (
            aside INTEGER NOT NULL REFERENCES aside,
            n INTEGER NOT NULL,
            PRIMARY KEY (aside, n)
        ) STRICT, WITHOUT ROWID;
        """

    /// The sixth migration: values that only an entry's first edit sets.
    ///
    /// Earlier homes show the value of a later edit. Finding the wrong ones needs the keys, so that is left to the
    /// next opening; see ``StoreWriter/reworkFirsts()``.
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

    /// The seventh migration: merge outcomes of long texts are stored as the dots of their edits.
    ///
    /// Before it each version that arrived added a row with all versions, which was quadratic for long texts. Of
    /// these the last one of each field is kept.
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

    /// The eighth migration: alarms are stored until they are over, and the quarantine is bounded.
    ///
    /// Before it an alarm was reported once. Earlier quarantined batches do not count towards the bound.
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

    /// The ninth migration: the parsed form of verified membership records.
    ///
    /// Earlier homes have none; the next opening verifies the whole log, and stores it.
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
