import GRDB
import Synchronization

/// One SQLite database, opened the one right way.
///
/// The client's journal and the server's store each open their file through
/// this, and through nothing else. It promises:
///
/// - What ``write(_:afterCommit:)`` returned from survives a kill and a power
///   loss: `synchronous=FULL` with a write-ahead log, read back at each opening.
/// - No two connections write or checkpoint at the same time, in any process:
///   each write holds the lock file. SQLite up to 3.51.2 can damage a file
///   otherwise.
/// - A file that is damaged, empty, newer or another program's is refused and
///   left as it is. A missing one is made only when asked for.
/// - A file that was moved or replaced while open gets no more writes.
/// - After a failed sync nothing is written until the file was opened again.
///
/// It does not detect a changed byte inside a value: SQLite has no checksums of
/// its pages. What must be detected needs a seal of its own.
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
///
/// One value has one connection: reads and writes of one process take turns,
/// except that reads go on while a write waits for the lock. Each method is
/// there twice; the `async` ones never block the caller's thread. The database
/// file itself is only ever `stat`ed besides: do the same, since closing any
/// other descriptor of it drops SQLite's locks in this process.
public final class DatabaseFile: Sendable {
    /// How long a write waits for the lock unless told otherwise.
    public static let lockWait = Duration.seconds(30)
    /// After how many pages of 4 KiB in the log a write also checkpoints, unless told otherwise.
    public static let walPagesMax = 4_000

    /// The path of the database.
    public var path: String { place.path }
    /// Whether the file was opened for reading only, since it or its folder may not be written.
    public let isReadOnly: Bool
    /// What happened while it was opened.
    public let opening: Opening

    let place: FilePlace
    let policy: LockPolicy
    let wait: Duration
    let walPagesMax: Int
    /// nil only where nothing is written: the folder may not be, and holds no lock file, or reading was all that was
    /// asked for.
    let lock: FileLock?
    let queue: DatabaseQueue
    let files: OpenFiles
    let gate = Gate()
    /// Whether the connection is closed for good.
    let isClosed = Atomic<Bool>(false)
    /// Whether nothing may be written until the file was opened again.
    let isBroken = Atomic<Bool>(false)
    /// Whether the log may hold commits: of this value, or some that it found there.
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

    /// Opens a database, and makes it where that is asked for.
    ///
    /// Takes the lock, and about a millisecond; after an unclean stop also the
    /// time of a `quick_check`. Blocks the thread while it waits.
    ///
    /// - Parameters:
    ///   - path: The database. Beside it SQLite keeps `-wal` and `-shm`, which stay there for good.
    ///   - lockFile: The lock that all who open this database must name alike. Made where it is missing, 0600.
    ///   - schema: Whose file it is, and its migrations; pending ones run in one transaction.
    ///   - policy: `perWrite` for clients, `forLife` for the daemon.
    ///   - wait: How long to wait for the lock, here and at each write. Not used by `forLife`.
    ///   - createIfMissing: Makes the folder (0700) and the file (0600) where they are missing. Pass false
    ///     when it is known that there was one: a new empty file would hide the loss.
    ///   - isReadOnly: Opens it as if its folder could not be written: without the lock, and so without waiting for
    ///     whoever has it, without a check after an unclean stop, and without migrations.
    ///   - walPagesMax: After how many pages of 4 KiB in the log a write also checkpoints.
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

    /// Opens a database, and tells every statement that runs. A seam for tests.
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
