import GRDB
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
    let policy: LockPolicy
    let wait: Duration
    let walPagesMax: Int
    /// `nil` only if nothing is written: the folder is not writable and has no lock file, or the file was opened
    /// read-only.
    let lock: FileLock?
    let queue: DatabaseQueue
    let files: OpenFiles
    let gate = Gate()
    /// Whether the connection was closed.
    let isClosed = Atomic<Bool>(false)
    /// Whether writes are refused until the file is reopened.
    let isBroken = Atomic<Bool>(false)
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
