import GRDB
import SQLiteFile

/// The tables of a replica.
///
/// `batch`, `edit`, `line`, `seen`, `record` and `space` are the source of truth, and `aside`, `server` and `alarm`
/// are kept beside them; everything else is derived and can be rebuilt. Plain text is stored in `cell` and in the
/// derived tables; outside of this file it exists only in sealed boxes.
enum StoreSchema {
    /// "BtwR".
    private static let applicationID: Int32 = 0x4274_7752

    static let schema = DatabaseFile.Schema(
        applicationID: applicationID,
        migrations: [
            .init(sql: truth + projections), .init(sql: exchange), words, .init(sql: proofs), .init(sql: quarantine),
            .init(sql: firsts), .init(sql: changes), .init(sql: alarms), .init(sql: verified), .init(sql: late),
        ])

    private static let truth = """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE space (
            key INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            name TEXT NOT NULL UNIQUE,
            own_line INTEGER REFERENCES line DEFERRABLE INITIALLY DEFERRED
        ) STRICT;

        -- The membership log, as it was verified.
        CREATE TABLE record (
            space INTEGER NOT NULL REFERENCES space,
            position INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (space, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE line (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            replica BLOB NOT NULL CHECK (length(replica) = 8),
            origin BLOB NOT NULL CHECK (length(origin) = 48),
            is_own INTEGER NOT NULL CHECK (is_own IN (0, 1)),
            UNIQUE (space, replica)
        ) STRICT;

        -- In the order of arrival. An open batch is this device's, and not signed yet.
        CREATE TABLE batch (
            key INTEGER PRIMARY KEY,
            line INTEGER NOT NULL REFERENCES line,
            first INTEGER NOT NULL CHECK (first > 0),
            count INTEGER NOT NULL CHECK (count BETWEEN 1 AND 500),
            bytes INTEGER NOT NULL,
            previous BLOB NOT NULL CHECK (length(previous) = 32),
            head BLOB NOT NULL CHECK (length(head) = 32),
            epoch BLOB NOT NULL CHECK (length(epoch) = 32),
            signature BLOB,
            hash BLOB CHECK (length(hash) = 32),
            CHECK ((signature IS NULL) = (hash IS NULL)),
            UNIQUE (line, first)
        ) STRICT;

        -- The rows of an author's clock that moved since his batch before.
        CREATE TABLE seen (
            author INTEGER NOT NULL REFERENCES line,
            line INTEGER NOT NULL REFERENCES line,
            first INTEGER NOT NULL,
            n INTEGER NOT NULL CHECK (n > 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (author, line, first)
        ) STRICT, WITHOUT ROWID;

        -- state: 0 opened, 1 held without its box, 2 does not open.
        CREATE TABLE edit (
            key INTEGER PRIMARY KEY,
            line INTEGER NOT NULL,
            n INTEGER NOT NULL CHECK (n > 0),
            first INTEGER NOT NULL,
            entry INTEGER NOT NULL,
            grp INTEGER NOT NULL,
            is_forget INTEGER NOT NULL,
            state INTEGER NOT NULL CHECK (state IN (0, 1, 2)),
            tokens BLOB NOT NULL,
            unread BLOB NOT NULL,
            box_hash BLOB,
            box BLOB,
            at INTEGER,
            label TEXT,
            is_undo INTEGER NOT NULL,
            CHECK ((box_hash IS NULL) = is_forget),
            UNIQUE (line, n)
        ) STRICT;
        CREATE INDEX edit_of_entry ON edit (entry, line, n);
        CREATE INDEX edit_unopened ON edit (entry) WHERE state = 2;
        CREATE INDEX edit_of_label ON edit (label) WHERE label IS NOT NULL;

        """

    private static let projections = """
        CREATE TABLE entry (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            id BLOB NOT NULL CHECK (length(id) = 16),
            is_forgotten INTEGER NOT NULL DEFAULT 0,
            clock BLOB NOT NULL DEFAULT x'',
            kind TEXT,
            at TEXT NOT NULL DEFAULT '',
            made TEXT NOT NULL DEFAULT '',
            edited INTEGER NOT NULL DEFAULT 0,
            is_trashed INTEGER NOT NULL DEFAULT 0,
            title TEXT NOT NULL DEFAULT '',
            conflicts INTEGER NOT NULL DEFAULT 0,
            -- What a member of one space writes never reaches an entry of another, whatever id he gives it.
            UNIQUE (id, space)
        ) STRICT;
        CREATE INDEX entry_newest ON entry (at, made, id) WHERE kind IS NOT NULL;
        CREATE INDEX entry_conflicts ON entry (space) WHERE conflicts > 0;

        -- The live values, as canonical JSON.
        CREATE TABLE cell (
            entry INTEGER NOT NULL,
            field TEXT NOT NULL,
            line INTEGER NOT NULL,
            n INTEGER NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (entry, field, line, n)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE undone (line INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (line, n)) STRICT, WITHOUT ROWID;

        -- What is shown where several values of a field are live, and the rest.
        CREATE TABLE choice (
            entry INTEGER NOT NULL,
            field TEXT NOT NULL,
            rule TEXT NOT NULL,
            chosen TEXT NOT NULL,
            others TEXT NOT NULL,
            is_pending INTEGER NOT NULL,
            PRIMARY KEY (entry, field)
        ) STRICT, WITHOUT ROWID;

        -- What merging chose, for `btw changes`, in the order in which it happened here.
        CREATE TABLE change (
            key INTEGER PRIMARY KEY,
            entry INTEGER NOT NULL,
            field TEXT NOT NULL,
            at INTEGER NOT NULL,
            rule TEXT NOT NULL,
            chosen TEXT NOT NULL,
            others TEXT NOT NULL
        ) STRICT;
        CREATE INDEX change_of_entry ON change (entry);

        CREATE TABLE element (
            entry INTEGER NOT NULL,
            collection TEXT NOT NULL,
            element TEXT NOT NULL,
            PRIMARY KEY (entry, collection, element)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX element_of_collection ON element (collection, element);

        CREATE TABLE note (
            entry INTEGER PRIMARY KEY, about TEXT, flag INTEGER,
            role TEXT, body TEXT, value ANY, "of" ANY, settled_at TEXT, rank TEXT
        ) STRICT;
        CREATE TABLE homework (
            entry INTEGER PRIMARY KEY, about TEXT, flag INTEGER,
            title TEXT, body TEXT, owner TEXT, session TEXT, due TEXT, state TEXT, done_at TEXT, target INTEGER,
            outcome TEXT, rank TEXT
        ) STRICT;
        CREATE TABLE mood (
            entry INTEGER PRIMARY KEY, about TEXT, flag INTEGER,
            valence INTEGER, energy INTEGER, body TEXT, span TEXT
        ) STRICT;
        CREATE TABLE session (
            entry INTEGER PRIMARY KEY, about TEXT, flag INTEGER,
            minutes INTEGER, state TEXT, topic TEXT, focus TEXT, form TEXT, body TEXT
        ) STRICT;
        CREATE INDEX note_flag ON note (flag) WHERE flag = 1;
        CREATE INDEX homework_flag ON homework (flag) WHERE flag = 1;
        CREATE INDEX mood_flag ON mood (flag) WHERE flag = 1;
        CREATE INDEX session_flag ON session (flag) WHERE flag = 1;
        CREATE INDEX note_about ON note (about) WHERE about IS NOT NULL;
        CREATE INDEX homework_state ON homework (state);

        -- Without content: what it indexes stands in the tables above, from which old rows are taken out again.
        CREATE VIRTUAL TABLE search USING fts5 (text, words, content = '', tokenize = 'unicode61 remove_diacritics 2');
        """
}

// MARK: - Exchange

/// The second migration: tables for the exchange of edits.
extension StoreSchema {
    /// Nothing was exchanged before, so only edits of forgotten entries were without boxes, and these tables begin
    /// empty.
    private static let exchange = """
        -- How far each line is on the server, as it said. What waits is told by it, and nothing hangs on it.
        CREATE TABLE server (
            line INTEGER PRIMARY KEY REFERENCES line,
            n INTEGER NOT NULL CHECK (n > 0)
        ) STRICT;

        -- Batches that cannot be taken or keep their dots, outside of log and clock; by the line's hash after each.
        -- `bytes` is the batch as the wire has it, without boxes; `edits` says how many of its edits are nowhere else.
        CREATE TABLE aside (
            key INTEGER PRIMARY KEY,
            space INTEGER NOT NULL REFERENCES space,
            replica BLOB NOT NULL CHECK (length(replica) = 8),
            first INTEGER NOT NULL CHECK (first > 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            device BLOB CHECK (length(device) = 32),
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            edits INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (space, hash)
        ) STRICT;

        -- Their boxes, apart from them, so that a forgotten entry's can be taken out and the rest stays as it was signed.
        CREATE TABLE aside_box (
            aside INTEGER NOT NULL REFERENCES aside,
            n INTEGER NOT NULL,
            entry BLOB NOT NULL CHECK (length(entry) = 16),
            box BLOB NOT NULL,
            PRIMARY KEY (aside, n)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX aside_box_of_entry ON aside_box (entry);

        -- The fields, by token, in which edits that are held without their box are live.
        CREATE TABLE lacking (
            entry INTEGER NOT NULL,
            token INTEGER NOT NULL,
            line INTEGER NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (entry, token, line, n)
        ) STRICT, WITHOUT ROWID;

        -- A batch's own rows, without looking at all that its author ever saw.
        CREATE INDEX seen_of_batch ON seen (author, first);

        CREATE INDEX choice_pending ON choice (entry) WHERE is_pending = 1;
        """
}

// MARK: - Words

/// The third migration: the full-text index uses ``SearchText``, and `entry` loses its unused titles.
extension StoreSchema {
    /// The index gets another name, so that a running program of the previous version fails instead of writing rows
    /// that could not be removed.
    private static let words = DatabaseFile.Schema.Migration(
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
                let text = row.values.indices.dropFirst().compactMap { row.text($0) }.joined(separator: "\n")
                try database.index(
                    row[0], SearchedText(text: text, words: database.searchedWords(row[0])), in: "words_index")
            }
        }
    }
}

// MARK: - Later steps

/// The migrations of one or two statements each.
extension StoreSchema {
    /// The fourth migration: the proof of a forget.
    ///
    /// Before it only owners wrote, who need no proof.
    private static let proofs = """
        -- The 16 bytes that the entry's id is made of, in a forget by who is no owner.
        ALTER TABLE edit ADD COLUMN proof BLOB CHECK (proof IS NULL OR is_forget AND length(proof) = 16);
        """

    /// The fifth migration: edits are taken out of quarantine one by one.
    ///
    /// Before it a batch was quarantined as a whole, or its edits with boxes in the table of
    /// ``StoreSchema/exchange``.
    private static let quarantine = """
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
    private static let changes = """
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
    private static let alarms = """
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
    private static let verified = """
        -- Worked out of the record of the same place; whoever opens the home reads it in place of the record.
        CREATE TABLE verified (
            space INTEGER NOT NULL REFERENCES space,
            position INTEGER NOT NULL,
            form BLOB NOT NULL,
            PRIMARY KEY (space, position)
        ) STRICT, WITHOUT ROWID;
        """

    /// The tenth migration: the full-text index may lag behind; see ``WordIndex``.
    ///
    /// Before it every entry was indexed as it was written. The index gets another name, so that a running program of
    /// the previous version fails instead of indexing an entry that is indexed again later.
    private static let late = """
        ALTER TABLE words_index RENAME TO word_index;

        INSERT INTO setting SELECT 'indexed', max(key) FROM entry HAVING max(key) IS NOT NULL;
        """
}
