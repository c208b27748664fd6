import CSQLite
import GRDB

/// The settings of every connection, each with its reason.
///
/// They are set, and then read back: a pragma that SQLite does not know, or that other code has changed, fails
/// silently otherwise.
enum Safety {
    /// How long SQLite itself waits for another connection, for example for the recovery of the log after a kill.
    static let busySeconds = 5.0

    /// Pragmas that hold for the life of a connection, and their values when read back.
    private static let pragmas: [(name: String, value: String, reading: String)] = [
        // Freed content is overwritten with zeroes, so that forgotten content is gone.
        ("secure_delete", "ON", "1"),
        // Sorting and statement journals never use a temporary file, which would not be scrubbed.
        ("temp_store", "MEMORY", "2"),
        // Ids are random, so writes touch all of an index: that of a hundred thousand entries should fit into the
        // cache.
        ("cache_size", "-16384", "-16384"),
        // With memory mapping, a disk error would be a signal that kills the process.
        ("mmap_size", "0", "0"),
        // A cell that extends beyond its page is reported as damage instead of being read.
        ("cell_size_check", "ON", "1"),
        // A schema that another program wrote into the file cannot call our functions. It also means that with SQLite
        // 3.40 no trigger can write an FTS5 table ("unsafe use of virtual table"): do it in code.
        ("trusted_schema", "OFF", "0"),
        // Constraints back up the store's invariants.
        ("foreign_keys", "ON", "1"),
        // Checkpoints run only under the lock: SQLite 3.40 can damage a file when two coincide.
        ("wal_autocheckpoint", "0", "0"),
    ]

    /// Applies the settings that are needed before the first page is read.
    ///
    /// - Parameter keepsLog: Closing neither checkpoints nor deletes the log, so that a closing reader never writes
    ///   without the lock.
    static func harden(_ database: Database, keepsLog: Bool = true) throws {
        _ = between_sqlite_flag(database.sqliteConnection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keepsLog ? 1 : 0)
        // Our own SQL cannot corrupt the file: shadow tables, schema, journal off.
        _ = between_sqlite_flag(database.sqliteConnection, SQLITE_DBCONFIG_DEFENSIVE, 1)
        for pragma in pragmas { try database.execute(sql: "PRAGMA \(pragma.name) = \(pragma.value)") }
        // After wal_autocheckpoint, which would remove the hook.
        between_sqlite_watch_log(database.sqliteConnection)
    }

    /// Switches to the write-ahead log, and syncs every commit.
    ///
    /// EXTRA comes first, since the switch uses a rollback journal: EXTRA syncs the folder after deleting that;
    /// otherwise a power loss may bring the journal back, which would undo all later writes. The schema is created
    /// between the two steps.
    static func turnLogOn(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = EXTRA")
        try database.execute(sql: "PRAGMA journal_mode = WAL")
    }

    /// The setting for all further commits: FULL syncs the log before a commit returns.
    ///
    /// GRDB's own switch to WAL would have set NORMAL, which loses acknowledged commits at a power loss.
    static func settle(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
    }

    /// The setting for one commit without sync; ``settle(_:)`` ends it.
    ///
    /// The log is ordered: the next synced commit syncs it too, and a checkpoint syncs the log first.
    static func loosen(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }

    /// The settings with a wrong value; empty if all are right.
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

    /// Throws `unsafe` if a setting has a wrong value.
    static func verify(_ database: Database, isReadOnly: Bool, at path: String) throws {
        let violations = try violations(database, isReadOnly: isReadOnly)
        guard violations.isEmpty else {
            throw SQLiteFileError(
                .unsafe, "\(path) cannot be opened safely: \(violations.joined(separator: ", ")). Nothing was written.",
                next: "Please report this, with the version: \(SQLiteVersion.loaded).")
        }
    }
}

/// The version of the loaded SQLite library.
///
/// Log it at start: it determines by which bugs a file may be affected.
public struct SQLiteVersion: Hashable, Sendable, CustomStringConvertible {
    /// SQLite's version string: `3.40.1`.
    public let text: String
    /// SQLite's version number: 3040001.
    public let number: Int

    /// The version of the loaded library.
    public static let loaded = SQLiteVersion(
        text: String(cString: sqlite3_libversion()), number: Int(sqlite3_libversion_number()))

    package init(text: String, number: Int) {
        self.text = text
        self.number = number
    }

    /// Whether two connections that write or checkpoint at the same time can damage the file (3.7.0 to 3.51.2).
    ///
    /// This is why every write and every checkpoint here holds the lock.
    public var hasLogResetBug: Bool { number >= 3_007_000 && number < 3_051_003 }

    public var description: String { "SQLite \(text)" }
}
