import SQLiteFile

/// The tables of a server. They contain user data only inside sealed boxes.
package enum ServerSchema {
    /// "BtwS".
    package static let applicationID: Int32 = 0x4274_7753

    /// The migrations, one a version; a migration that was released is never changed.
    package static let steps = [people + spaces + edits, proofs, accounts]

    static let schema = DatabaseFile.Schema(applicationID: applicationID, migrations: steps.map { .init(sql: $0) })

    private static let people = """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        -- Devices that enrolled, and those that are blocked, known or not.
        CREATE TABLE device (
            id BLOB PRIMARY KEY CHECK (length(id) = 16),
            signing_key BLOB CHECK (length(signing_key) = 32),
            agreement_key BLOB CHECK (length(agreement_key) = 32),
            is_blocked INTEGER NOT NULL DEFAULT 0 CHECK (is_blocked IN (0, 1)),
            CHECK ((signing_key IS NULL) = (agreement_key IS NULL))
        ) STRICT, WITHOUT ROWID;

        -- By the hash of the secret. until is milliseconds since 1970.
        CREATE TABLE invitation (
            hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
            until INTEGER NOT NULL,
            is_used INTEGER NOT NULL DEFAULT 0 CHECK (is_used IN (0, 1))
        ) STRICT, WITHOUT ROWID;

        """

    private static let spaces = """
        -- edits and bytes count what edit and box hold, for the quota.
        CREATE TABLE space (
            key INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            edits INTEGER NOT NULL DEFAULT 0 CHECK (edits >= 0),
            bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0)
        ) STRICT;

        -- The membership log, as it was verified.
        CREATE TABLE record (
            space INTEGER NOT NULL REFERENCES space,
            position INTEGER NOT NULL CHECK (position >= 0),
            bytes BLOB NOT NULL,
            PRIMARY KEY (space, position)
        ) STRICT, WITHOUT ROWID;

        -- Who is or was of a space: worked out from its log.
        CREATE TABLE member (
            device BLOB NOT NULL CHECK (length(device) = 16),
            space INTEGER NOT NULL REFERENCES space,
            is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
            PRIMARY KEY (device, space)
        ) STRICT, WITHOUT ROWID;

        -- Batches that no line holds any more, as lines of the wire; never deleted.
        CREATE TABLE aside (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (space, hash)
        ) STRICT;

        -- Records that a log held before it was cut back.
        CREATE TABLE aside_record (
            space INTEGER NOT NULL REFERENCES space,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            at INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (space, hash)
        ) STRICT;

        """

    private static let edits = """
        CREATE TABLE line (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            replica BLOB NOT NULL CHECK (length(replica) = 8),
            origin BLOB NOT NULL CHECK (length(origin) = 48),
            UNIQUE (space, replica)
        ) STRICT;

        -- In the order of arrival. hash is the line's after it; seen are the rows that moved.
        CREATE TABLE batch (
            key INTEGER PRIMARY KEY,
            line INTEGER NOT NULL REFERENCES line,
            first INTEGER NOT NULL CHECK (first > 0),
            count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 500),
            previous BLOB NOT NULL CHECK (length(previous) = 32),
            head BLOB NOT NULL CHECK (length(head) = 32),
            epoch BLOB NOT NULL CHECK (length(epoch) = 32),
            seen BLOB NOT NULL CHECK (length(seen) % 48 = 0),
            signature BLOB NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            UNIQUE (line, first)
        ) STRICT;

        -- What the author of a line had seen of others at its end: worked out from batch.seen.
        CREATE TABLE clock (
            author INTEGER NOT NULL REFERENCES line,
            line INTEGER NOT NULL REFERENCES line CHECK (line != author),
            n INTEGER NOT NULL CHECK (n > 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (author, line)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE entry (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            id BLOB NOT NULL CHECK (length(id) = 16),
            is_forgotten INTEGER NOT NULL DEFAULT 0 CHECK (is_forgotten IN (0, 1)),
            -- What a member of one space writes never reaches an entry of another, whatever id he gives it.
            UNIQUE (id, space)
        ) STRICT;

        -- space is the line's; live says in how many fields nobody wrote over it.
        CREATE TABLE edit (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL,
            line INTEGER NOT NULL,
            n INTEGER NOT NULL CHECK (n >= first),
            first INTEGER NOT NULL,
            entry INTEGER NOT NULL REFERENCES entry,
            grp INTEGER NOT NULL,
            is_forget INTEGER NOT NULL CHECK (is_forget IN (0, 1)),
            tokens BLOB NOT NULL CHECK (length(tokens) % 8 = 0),
            unread BLOB NOT NULL CHECK (length(unread) % 16 = 0),
            box_hash BLOB CHECK (length(box_hash) = 32),
            lacks_box INTEGER NOT NULL CHECK (lacks_box IN (0, 1)),
            live INTEGER NOT NULL CHECK (live >= 0),
            CHECK ((box_hash IS NULL) = is_forget),
            CHECK (NOT (is_forget AND (lacks_box OR live > 0))),
            FOREIGN KEY (line, first) REFERENCES batch (line, first),
            UNIQUE (line, n)
        ) STRICT;
        CREATE INDEX edit_of_entry ON edit (entry);
        CREATE INDEX edit_lacking ON edit (space, key) WHERE lacks_box = 1;

        -- Apart from edit, so that reading headers reads no boxes, and what is forgotten is deleted and not changed.
        CREATE TABLE box (edit INTEGER PRIMARY KEY REFERENCES edit, bytes BLOB NOT NULL) STRICT;

        -- The edits that nobody wrote over, a row a field: worked out from the edits.
        CREATE TABLE live (
            entry INTEGER NOT NULL,
            token INTEGER NOT NULL,
            line INTEGER NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (entry, token, line, n)
        ) STRICT, WITHOUT ROWID;
        """
}

// MARK: - Proofs

/// The second migration: proofs of forgets.
extension ServerSchema {
    /// Before it, the author of an entry was derived from the order of arrival, and not stored.
    private static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """
}

// MARK: - Accounts

/// The third migration: accounting, so that the load of one person does not stop the server for others.
extension ServerSchema {
    private static let accounts = """
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
