/// The second migration: tables for the exchange of edits.
extension StoreSchema {
    /// Nothing was exchanged before, so only edits of forgotten entries were without boxes, and these tables begin
    /// empty.
    static let exchange = """
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
