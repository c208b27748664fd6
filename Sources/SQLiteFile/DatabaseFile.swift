import CSQLite
import Foundation
public import GRDB
import Synchronization

/// A SQLite database that is opened with safe settings.
///
/// The client's journal and the server's store access their files only through this type. It guarantees:
///
/// - A change for which ``write(isDurable:_:afterCommit:)`` returned survives a kill and a power loss:
///   `synchronous=FULL` with a write-ahead log, verified at each opening.
/// - No two connections write or checkpoint at the same time, in any process: each write holds the lock file. SQLite
///   up to 3.51.2 can damage a file otherwise.
/// - A file that is damaged, empty, newer or another program's is refused and not changed. A missing one is created
///   only on request.
/// - A file that was moved or replaced while open gets no more writes.
/// - After a failed sync nothing is written until the file is reopened.
///
/// It does not detect a changed byte inside a value: SQLite has no page checksums. Content whose integrity matters
/// must be authenticated separately.
///
/// ```swift
/// let file = try DatabaseFile.open(
///     home + "/journal.db", lockFile: home + "/lock", schema: schema, createIfMissing: true)
/// let id = try file.write { db in
///     try db.execute(sql: "INSERT INTO note (body) VALUES (?)", arguments: [body])
///     return db.lastInsertedRowID
/// }
/// try file.close()
/// ```
/// A value has one connection: reads and writes of a process are serialised, except that reads continue while a write
/// waits for the lock. Each method has an `async` variant, which does not block the caller's thread. Apart from
/// SQLite, the database file itself may only be accessed with `stat`: closing any other descriptor of it releases
/// SQLite's locks in this process.
public final class DatabaseFile: Sendable {
    /// The default timeout for the lock of a write.
    public static let lockWait = Duration.seconds(30)
    /// The default number of 4 KiB pages in the log after which a write checkpoints.
    public static let walPagesMax = 4_000

    /// The path of the database.
    public var path: String { place.path }
    /// Whether the file was opened read-only, because it or its folder is not writable.
    public let isReadOnly: Bool
    /// What happened while it was opened.
    public let opening: Opening

    let place: FilePlace
    private let policy: LockPolicy
    private let wait: Duration
    private let walPagesMax: Int
    /// `nil` only if nothing is written: the folder is not writable and has no lock file, or the file was opened
    /// read-only.
    private let lock: FileLock?
    let queue: DatabaseQueue
    let files: OpenFiles
    let gate = Gate()
    /// Whether the connection was closed.
    private let isClosed = Atomic<Bool>(false)
    /// Whether writes are refused until the file is reopened.
    private let isBroken = Atomic<Bool>(false)
    /// Whether the log may contain commits, of this value or from before.
    let hasUncopied = Atomic<Bool>(false)

    init(
        place: FilePlace, isReadOnly: Bool, opening: Opening, policy: LockPolicy, wait: Duration, walPagesMax: Int,
        lock: FileLock?, queue: DatabaseQueue, files: OpenFiles
    ) {
        self.place = place
        self.isReadOnly = isReadOnly
        self.opening = opening
        self.policy = policy
        self.wait = wait
        self.walPagesMax = walPagesMax
        self.lock = lock
        self.queue = queue
        self.files = files
    }

    /// Opens a database, and creates it if requested.
    ///
    /// Takes the lock, and about a millisecond; after an unclean stop also the time of a `quick_check`. Blocks the
    /// thread while it waits.
    ///
    /// - Parameters:
    ///   - path: The database. SQLite keeps `-wal` and `-shm` beside it permanently.
    ///   - lockFile: The lock file, which must be the same for all users of this database. Created if missing, 0600.
    ///   - schema: Its application id and migrations; pending ones run in one transaction.
    ///   - policy: `perWrite` for clients, `forLife` for the daemon.
    ///   - wait: The timeout for the lock, here and at each write. Not used by `forLife`.
    ///   - createIfMissing: Creates the folder (0700) and the file (0600) if they are missing. Pass false if the file
    ///     is known to have existed: a new empty file would hide the loss.
    ///   - isReadOnly: Opens it as if its folder were not writable: without the lock, and so without waiting for its
    ///     holder, without a check after an unclean stop, and without migrations.
    ///   - walPagesMax: The number of 4 KiB pages in the log after which a write checkpoints.
    /// - Throws: ``SQLiteFileError`` with any code but `closed`, `nested` and `broken`.
    public static func open(
        _ path: String, lockFile: String, schema: Schema, lock policy: LockPolicy = .perWrite,
        wait: Duration = DatabaseFile.lockWait, createIfMissing: Bool = false, isReadOnly: Bool = false,
        walPagesMax: Int = DatabaseFile.walPagesMax
    ) throws(SQLiteFileError) -> DatabaseFile {
        try open(
            path, lockFile: lockFile, schema: schema, lock: policy, wait: wait, createIfMissing: createIfMissing,
            isReadOnly: isReadOnly, walPagesMax: walPagesMax, onStatement: nil)
    }

    /// Opens a database, and reports every statement that runs; for tests.
    package static func open(
        _ path: String, lockFile: String, schema: Schema, lock policy: LockPolicy = .perWrite,
        wait: Duration = DatabaseFile.lockWait, createIfMissing: Bool = false, isReadOnly: Bool = false,
        walPagesMax: Int = DatabaseFile.walPagesMax, onStatement: (@Sendable (String) -> Void)?
    ) throws(SQLiteFileError) -> DatabaseFile {
        try Opener(
            place: FilePlace(path), lockPath: lockFile, schema: schema, policy: policy, wait: wait,
            createsIfMissing: createIfMissing, isReadOnly: isReadOnly, walPagesMax: walPagesMax,
            onStatement: onStatement
        ).run()
    }
}

// MARK: - Opening

extension DatabaseFile {
    /// How long the lock is held, which determines who else may open the file for writing.
    public enum LockPolicy: Hashable, Sendable {
        /// The lock is held for opening, for each write with its checkpoint, and for closing.
        ///
        /// For clients: any number of processes may have one file open, and take turns.
        case perWrite
        /// The lock is held from opening to closing.
        ///
        /// For the daemon: a second process is refused at once, whatever its timeout.
        case forLife
    }

    /// What happened while the file was opened, for `doctor` and the log.
    public struct Opening: Hashable, Sendable {
        /// Whether the file was created.
        public internal(set) var isNew = false
        /// Whether the last holder of the lock was killed, or the machine was rebooted since.
        public internal(set) var followsUncleanStop = false
        /// Whether `PRAGMA quick_check` ran. It found nothing; otherwise opening fails.
        public internal(set) var ranQuickCheck = false
        /// The `user_version` before migrations ran; 0 for a new file.
        public internal(set) var versionBefore = 0
    }
}

// MARK: - Read

extension DatabaseFile {
    /// Reads a consistent state of the database, on the calling thread.
    ///
    /// Takes no lock, and works while another process writes. The body sees one snapshot; keep it short, since the
    /// log cannot shrink before it ends. It must not read or write through this value again: GRDB traps.
    ///
    /// - Throws: The errors of the body, and ``SQLiteFileError``; `SQLITE_READONLY` as `readOnly` if the body writes.
    public func read<T>(_ body: (Database) throws -> T) throws -> T {
        try checkOpen()
        do {
            return try queue.writeWithoutTransaction { try look($0, body) }
        } catch {
            throw SQLiteFileError.translated(error, at: path)
        }
    }

    /// Reads a consistent state of the database; cancelling the task interrupts it.
    public func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        try checkOpen()
        do {
            return try await queue.writeWithoutTransaction { [self] in try look($0, body) }
        } catch {
            throw SQLiteFileError.translated(error, at: path)
        }
    }

    /// Runs the body in a transaction that is rolled back.
    ///
    /// GRDB's own read switches `query_only` on and off, after which every statement is prepared again.
    private func look<T>(_ database: Database, _ body: (Database) throws -> T) throws -> T {
        var result: T?
        try database.inTransaction(.deferred) {
            result = try body(database)
            guard sqlite3_txn_state(database.sqliteConnection, "main") != SQLITE_TXN_WRITE else {
                throw SQLiteFileError.readOnly(path)
            }
            return .rollback
        }
        guard let result else { preconditionFailure("a transaction ended without its body") }
        return result
    }

    private func checkOpen() throws(SQLiteFileError) {
        guard !isClosed.load(ordering: .acquiring) else {
            throw SQLiteFileError(.closed, "\(path) was closed before.", next: "Open it again.")
        }
    }
}

// MARK: - Write

extension DatabaseFile {
    /// Runs one durable write transaction, on the calling thread.
    ///
    /// Takes the lock, verifies that path and log still name the open files, runs the body between `BEGIN IMMEDIATE`
    /// and `COMMIT`, then `afterCommit`, then a checkpoint if the log has grown past its limit, and releases the
    /// lock. When it returns, the change survives a power loss.
    ///
    /// - Parameters:
    ///   - isDurable: False for changes that may be lost: they are visible at once, and on the disk with the next
    ///     durable change at the latest. A power loss before that undoes only them.
    ///   - body: Writes with the given connection. Must not commit, or write through this value again. An error rolls
    ///     everything back.
    ///   - afterCommit: Runs once the change is durable, with the lock still held, for updates that must follow the
    ///     commit. May read.
    /// - Throws: The errors of the body, constraint and SQL errors as GRDB's `DatabaseError`, and
    ///   ``SQLiteFileError``. Nothing is written then, except for `broken`, after which only reopening shows whether
    ///   it was.
    @discardableResult
    public func write<T>(
        isDurable: Bool = true, _ body: (Database) throws -> T, afterCommit: (T) -> Void = { _ in }
    ) throws -> T {
        try gate.pass { try commit(nil, isDurable, body, afterCommit: afterCommit) }
    }

    /// Runs one durable write transaction, without blocking the caller's thread.
    ///
    /// Cancelling the task ends the wait, and then nothing is written. A transaction that has begun is finished.
    @discardableResult
    public func write<T: Sendable>(
        isDurable: Bool = true, _ body: @escaping @Sendable (Database) throws -> T,
        afterCommit: @escaping @Sendable (T) -> Void = { _ in }
    ) async throws -> T {
        try await gate.pass { [self] in try commit($0, isDurable, body, afterCommit: afterCommit) }
    }

    private func commit<T>(
        _ cancellation: Cancellation?, _ isDurable: Bool, _ body: (Database) throws -> T, afterCommit: (T) -> Void
    ) throws -> T {
        try checkWritable()
        return try holdingLock(cancellation) {
            let (result, logPages) = try transact(isDurable, body)
            hasUncopied.store(true, ordering: .relaxed)
            afterCommit(result)
            if logPages > walPagesMax { copyCommits() }
            return result
        }
    }

    /// Returns the body's result, and the number of pages in the log.
    private func transact<T>(
        _ isDurable: Bool, _ body: (Database) throws -> T
    ) throws -> (result: T, logPages: Int) {
        var isCommitting = false
        var systemError: Int32 = 0
        do {
            return try queue.writeWithoutTransaction { database in
                try files.checkUnmoved(place)
                if !isDurable { try Safety.loosen(database) }
                defer { if !isDurable { settle(database) } }
                var result: T?
                do {
                    try database.inTransaction(.immediate) {
                        errno = 0
                        result = try body(database)
                        isCommitting = true
                        errno = 0
                        return .commit
                    }
                } catch let error as DatabaseError {
                    // SQLite 3.40 does not report it for a commit; `errno` of this thread is still set.
                    systemError = errno
                    throw error
                }
                guard let result else { preconditionFailure("a transaction ended without its body") }
                return (result, Int(between_sqlite_log_pages(database.sqliteConnection)))
            }
        } catch let error as DatabaseError {
            throw judged(error, isCommitting: isCommitting, systemError: systemError)
        }
    }

    /// Makes every commit durable again; if that fails, nothing more is written.
    private func settle(_ database: Database) {
        do { try Safety.settle(database) } catch { isBroken.store(true, ordering: .releasing) }
    }

    /// Checkpoints the log into the file if that is cheap, so that the file alone is complete between two commands.
    ///
    /// Users and backup tools copy the database file without its log. It costs two syncs and the pages that were
    /// written. It is skipped if there is no log, if a reader uses an older state, or if the lock is not available at
    /// once; the next writer does it then. Durability does not depend on it, so it never throws.
    ///
    /// - Parameter wait: The timeout for the lock: openings hold it for a millisecond.
    public func fold(wait: Duration = .milliseconds(100)) async {
        try? await gate.pass { [self] cancellation in
            guard hasUncopied.load(ordering: .relaxed), (try? checkWritable()) != nil else { return }
            try holdingLock(cancellation, wait: wait) { copyCommits() }
        }
    }

    /// Checkpoints the log as far as no reader needs it, and truncates it. The lock must be held.
    ///
    /// It is truncated, since a process that opens the file later cannot know which part of a log was copied: with
    /// one process per command it would grow without bound.
    ///
    /// The preceding commit stays valid in any case: a checkpoint without space is retried after the next write;
    /// after a failed sync nothing more is written.
    private func copyCommits() {
        guard hasUncopied.load(ordering: .relaxed), (try? checkWritable()) != nil else { return }
        do {
            try queue.writeWithoutTransaction { database in
                guard (try? files.checkUnmoved(place)) != nil else { return }
                // Does not wait for readers: the pages that they need are copied after another write.
                sqlite3_busy_timeout(database.sqliteConnection, 0)
                defer { sqlite3_busy_timeout(database.sqliteConnection, CInt(Safety.busySeconds * 1000)) }
                do { _ = try database.checkpoint(.truncate) } catch DatabaseError.SQLITE_BUSY { return }
                hasUncopied.store(false, ordering: .relaxed)
            }
        } catch let error as DatabaseError {
            _ = judged(error, isCommitting: true)
        } catch {
            preconditionFailure("GRDB throws its own errors only")
        }
    }

    /// Translates an error of SQLite; after one that leaves the state on the disk unknown, the file accepts no more
    /// writes.
    ///
    /// After a failed sync the system may treat pages as clean that never reached the disk, so a retry proves
    /// nothing.
    ///
    /// - Parameter systemError: The last `errno`, 0 for none: for SQLite a quota and a limit on file sizes are
    ///   ordinary write errors, but for the user the disk is full.
    func judged(_ error: DatabaseError, isCommitting: Bool, systemError: Int32 = 0) -> any Error {
        let isSync = [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode)
        let translated = SQLiteFileError.translated(error, at: path)
        // A failed file lock of SQLite is an I/O error too.
        guard let known = translated as? SQLiteFileError,
            known.code == .io || known.code == .cannotOpen && error.resultCode == .SQLITE_IOERR
        else { return translated }
        // The last page of the commit was not written completely: SQLite has rolled back, as after SQLITE_FULL.
        if error.extendedResultCode == .SQLITE_IOERR_WRITE, [ENOSPC, EDQUOT, EFBIG].contains(systemError) {
            return SQLiteFileError.full(path, systemError, error)
        }
        guard isCommitting || isSync else { return translated }
        isBroken.store(true, ordering: .releasing)
        return SQLiteFileError(
            .broken,
            "Writing to \(path) failed (SQLite \(error.extendedResultCode.rawValue)). All that was confirmed before is "
                + "safe; whether this last change is there shows when the file is opened again.",
            next: "Check the disk, then open it again and look whether the last change is there.", underlying: error)
    }

    func checkWritable() throws(SQLiteFileError) {
        try checkOpen()
        if isReadOnly { throw .readOnly(path) }
        if isBroken.load(ordering: .acquiring) {
            throw SQLiteFileError(
                .broken, "Writing to \(path) failed before. Nothing was written.", next: "Open it again.")
        }
    }

    /// Runs the body while this process holds the lock file.
    ///
    /// A dirty mark that was found, or that of a broken file, is kept: the next opening checks the file.
    func holdingLock<T>(
        _ cancellation: Cancellation?, wait: Duration? = nil, _ body: () throws -> T
    ) throws -> T {
        guard let lock else { return try body() }
        guard policy == .perWrite else {
            try lock.checkStillThere()
            return try body()
        }
        let wasClean = try lock.take(wait: wait ?? self.wait, cancellation: cancellation)
        defer { lock.release(leavingClean: wasClean && !isBroken.load(ordering: .acquiring)) }
        return try body()
    }
}

// MARK: - Schema

extension DatabaseFile {
    /// The schema of a file: its application id, and its migrations.
    ///
    /// ```swift
    /// let schema = DatabaseFile.Schema(
    ///     applicationID: 0x4274_776e,
    ///     migrations: [.init(sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")])
    /// ```
    ///
    /// Migrations go forward only, and one that was released is never edited:
    /// another is appended. The file's `user_version` is how many have run.
    public struct Schema: Sendable {
        /// A migration from one version to the next.
        public struct Migration: Sendable {
            let run: @Sendable (Database) throws -> Void

            /// A migration in SQL; may contain several statements, separated by semicolons.
            public init(sql: String) {
                run = { try $0.execute(sql: sql) }
            }

            /// A migration in SQL, followed by code.
            ///
            /// The code runs inside the transaction of all pending migrations. It must not commit, and must have no
            /// side effects outside of the database.
            public init(sql: String = "", _ body: @escaping @Sendable (Database) throws -> Void) {
                run = { database in
                    try database.execute(sql: sql)
                    try body(database)
                }
            }
        }

        /// The application id in the file's header; not 0, which is SQLite's default.
        public let applicationID: Int32
        /// All migrations since the first version, in order.
        public let migrations: [Migration]

        /// The version after all migrations.
        public var version: Int { migrations.count }

        /// Makes a schema.
        ///
        /// - Precondition: `applicationID` is not 0, and there is at least one migration.
        public init(applicationID: Int32, migrations: [Migration]) {
            precondition(applicationID != 0 && !migrations.isEmpty, "a schema has an application id and a first step")
            self.applicationID = applicationID
            self.migrations = migrations
        }

        /// Runs all pending migrations in one transaction.
        ///
        /// Foreign keys are off meanwhile, as SQLite requires for rebuilding tables, and are checked before the
        /// commit.
        func migrate(_ database: Database, from version: Int) throws {
            try database.execute(sql: "PRAGMA foreign_keys = OFF")
            try database.inTransaction(.immediate) {
                for migration in migrations[version...] { try migration.run(database) }
                try database.checkForeignKeys()
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(self.version)")
                return .commit
            }
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
    }
}

// MARK: - Close

extension DatabaseFile {
    /// Closes the connection, and releases the lock.
    ///
    /// Waits for running reads and writes, and for the lock. Commits of this value, or that it found in the log, are
    /// copied into the file, unless a reader prevents it: see ``fold(wait:)``. Log and index are kept. Closing twice
    /// is allowed. A value that is not closed loses nothing; the daemon's next opening then checks the file.
    ///
    /// - Throws: `locked` if the lock could not be taken; the file is then still open.
    public func close() throws {
        try gate.pass { try close(nil) }
    }

    /// Closes the connection, without blocking the caller's thread.
    public func close() async throws {
        try await gate.pass { [self] in try close($0) }
    }

    private func close(_ cancellation: Cancellation?) throws {
        guard !isClosed.load(ordering: .acquiring) else { return }
        // The file is closed even if its lock was deleted or moved.
        do {
            try holdingLock(cancellation) {
                copyCommits()
                try closeConnection()
            }
        } catch let error as SQLiteFileError where error.code == .moved {
            try closeConnection()
        }
        if policy == .forLife { lock?.release(leavingClean: !isBroken.load(ordering: .acquiring)) }
    }

    private func closeConnection() throws {
        do {
            try queue.close()
        } catch {
            throw SQLiteFileError.translated(error, at: path)
        }
        isClosed.store(true, ordering: .releasing)
    }
}
