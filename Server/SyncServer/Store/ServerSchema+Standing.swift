/// The third migration: accounting, so that the load of one person does not stop the server for others.
extension ServerSchema {
    static let standing = """
        -- Whose share of the server a space takes: the device that enrolled, or by whose member it came.
        ALTER TABLE space ADD COLUMN account BLOB CHECK (account IS NULL OR length(account) = 16);
        -- Bytes beside edits and boxes: records, clocks of batches, what is set aside, places of scrubbed boxes.
        ALTER TABLE space ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept >= 0);
        -- Records that came on a day, counted from 1970.
        ALTER TABLE space ADD COLUMN record_day INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE space ADD COLUMN record_count INTEGER NOT NULL DEFAULT 0 CHECK (record_count >= 0);
        CREATE INDEX space_of_account ON space (account);
        -- Whether it stays enrolled when it is removed from its last space.
        ALTER TABLE device ADD COLUMN is_kept INTEGER NOT NULL DEFAULT 0 CHECK (is_kept IN (0, 1));

        -- Entries of which a batch that was set aside holds boxes, so that a forget finds them.
        CREATE TABLE aside_entry (
            space INTEGER NOT NULL REFERENCES space,
            entry BLOB NOT NULL CHECK (length(entry) = 16),
            aside INTEGER NOT NULL REFERENCES aside,
            PRIMARY KEY (space, entry, aside)
        ) STRICT, WITHOUT ROWID;

        UPDATE space SET
            account = (
                SELECT min(member.device) FROM member JOIN device ON device.id = member.device
                WHERE member.space = space.key AND device.signing_key IS NOT NULL),
            kept = (SELECT coalesce(sum(length(bytes)), 0) FROM record WHERE record.space = space.key)
                + (SELECT coalesce(sum(length(bytes)), 0) FROM aside WHERE aside.space = space.key)
                + (SELECT coalesce(sum(length(bytes)), 0) FROM aside_record WHERE aside_record.space = space.key)
                + (SELECT coalesce(sum(length(seen)), 0) FROM line JOIN batch ON batch.line = line.key
                    WHERE line.space = space.key);
        -- What was forgotten before was deleted only, and batches that were set aside have no index yet.
        INSERT INTO setting SELECT 'moved', 1 WHERE EXISTS (SELECT 1 FROM setting WHERE name = 'forgotten');
        INSERT INTO setting SELECT 'aside_unread', 1 WHERE EXISTS (SELECT 1 FROM aside);
        """
}
