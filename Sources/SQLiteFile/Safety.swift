import CSQLite
import GRDB

/// The settings that every connection runs under, each with its reason.
///
/// They are set, and then read back: a pragma that SQLite does not know, or
/// that another line of code has changed, fails silently otherwise.
enum Safety {
    /// How long SQLite itself waits where another connection is in its way: recovery of the log after a kill.
    static let busySeconds = 5.0

    /// Pragmas that hold for the whole life of a connection, and how they read back.
    static let pragmas: [(name: String, value: String, reading: String)] = [
        // Freed content is overwritten with zeroes, so that what was forgotten is gone.
        ("secure_delete", "ON", "1"),
        // Sorting and statement journals never reach a file that nobody scrubs.
        ("temp_store", "MEMORY", "2"),
        // Names are drawn at random, so an index of a hundred thousand is written all over: it is to stay in memory.
        ("cache_size", "-16384", "-16384"),
        // With a mapping, an error of the disk would be a signal that kills the process.
        ("mmap_size", "0", "0"),
        // A cell that reaches out of its page is damage, and not memory to read.
        ("cell_size_check", "ON", "1"),
        // A schema that somebody else wrote into the file calls none of our functions. It also means that
        // no trigger can write an FTS5 table with SQLite 3.40 ("unsafe use of virtual table"): do it in code.
        ("trusted_schema", "OFF", "0"),
        // Constraints are the last line of the store's invariants.
        ("foreign_keys", "ON", "1"),
        // Checkpoints happen under the lock only: SQLite 3.40 can damage a file when two coincide.
        ("wal_autocheckpoint", "0", "0"),
    ]

    /// Sets what must be set before the first page of the file is read.
    ///
    /// - Parameter keepsLog: Closing neither checkpoints nor deletes the log,
    ///   so that a reader who goes never writes, and never without the lock.
    static func harden(_ database: Database, keepsLog: Bool = true) throws {
        _ = between_sqlite_flag(database.sqliteConnection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keepsLog ? 1 : 0)
        // No SQL of ours may break the file itself: shadow tables, schema, journal off.
        _ = between_sqlite_flag(database.sqliteConnection, SQLITE_DBCONFIG_DEFENSIVE, 1)
        for pragma in pragmas { try database.execute(sql: "PRAGMA \(pragma.name) = \(pragma.value)") }
        // After wal_autocheckpoint, which would take the hook away again.
        between_sqlite_watch_log(database.sqliteConnection)
    }

    /// Turns the write-ahead log on, and has every commit of it synced.
    ///
    /// EXTRA comes first, since the switch goes through a rollback journal: it
    /// syncs the folder after deleting that, or a power loss may bring the
    /// journal back, and it would undo all that was written since. The schema
    /// is made between the two steps.
    static func turnLogOn(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = EXTRA")
        try database.execute(sql: "PRAGMA journal_mode = WAL")
    }

    /// The setting of every commit from now on: FULL syncs the log before a commit is told as done.
    ///
    /// GRDB's own switch to WAL would have set NORMAL, which loses
    /// acknowledged commits at a power loss.
    static func settle(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
    }

    /// The setting for one commit that need not be on the disk when it is told as done; ``settle(_:)`` ends it.
    ///
    /// The log keeps its order: the next synced commit takes it along, and a checkpoint syncs the log first.
    static func loosen(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }

    /// Which settings do not read back as they must; empty when all do.
    static func violations(_ database: Database, isReadOnly: Bool) throws -> [String] {
        var violations: [String] = []
        func expect(_ name: String, _ expected: String) throws {
            let value = try String.fetchOne(database, sql: "PRAGMA \(name)") ?? "unknown"
            if value != expected { violations.append("\(name) is \(value), not \(expected)") }
        }
        for pragma in pragmas { try expect(pragma.name, pragma.reading) }
        if !isReadOnly {
            try expect("synchronous", "2")
            try expect("journal_mode", "wal")
        }
        for (name, flag) in [
            ("DEFENSIVE", SQLITE_DBCONFIG_DEFENSIVE), ("NO_CKPT_ON_CLOSE", SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE),
        ] where between_sqlite_flag(database.sqliteConnection, flag, -1) != 1 {
            violations.append("\(name) is off")
        }
        return violations
    }

    /// Throws `unsafe` where a setting does not read back as it must.
    static func verify(_ database: Database, isReadOnly: Bool, at path: String) throws {
        let violations = try violations(database, isReadOnly: isReadOnly)
        guard violations.isEmpty else {
            throw SQLiteFileError(
                .unsafe, "\(path) cannot be opened safely: \(violations.joined(separator: ", ")). Nothing was written.",
                next: "Please report this, with the version: \(SQLiteVersion.loaded).")
        }
    }
}
