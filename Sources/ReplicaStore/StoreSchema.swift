import SQLiteFile

/// The tables of a replica.
///
/// `batch`, `edit`, `line`, `seen`, `record` and `space` are the source of truth, and `aside`, `server` and `alarm`
/// are kept beside them; everything else is derived and can be rebuilt. Plain text is stored in `cell` and in the
/// derived tables; outside of this file it exists only in sealed boxes.
enum StoreSchema {
    /// "BtwR".
    static let applicationID: Int32 = 0x4274_7752

    static let schema = DatabaseFile.Schema(
        applicationID: applicationID,
        migrations: [
            .init(sql: truth + projections), .init(sql: exchange), words, .init(sql: proofs), .init(sql: quarantine),
            .init(sql: firsts), .init(sql: changes), .init(sql: alarms), .init(sql: verified),
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
