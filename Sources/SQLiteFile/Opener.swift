import CSQLite
import Foundation
import GRDB
import Synchronization

/// Opens a ``DatabaseFile`` from a path.
///
/// In this order: the lock, the existing or a new file, its application id and version, a check after an unclean
/// stop, the log and its syncing, migrations, and finally a verification of the settings. Nothing is written to a
/// file before it is known to be ours, of a known version, and sound.
struct Opener {
    let place: FilePlace
    let lockPath: String
    let schema: DatabaseFile.Schema
    let policy: DatabaseFile.LockPolicy
    let wait: Duration
    let createsIfMissing: Bool
    /// Whether nothing is written, and no lock is taken.
    let isReadOnly: Bool
    let walPagesMax: Int
    let onStatement: (@Sendable (String) -> Void)?

    func run() throws(SQLiteFileError) -> DatabaseFile {
        do {
            // Before the lock file is created: opening without `createsIfMissing` must not create the folder.
            if createsIfMissing {
                try Creation.makeFolder(place.folder)
            } else if try FileStatus(place.path) == nil {
                throw SQLiteFileError.missing(place.path)
            }
            let lock = isReadOnly ? nil : try FileLock(lockPath)
            guard let lock else { return try open(nil, wasClean: true) }
            let wasClean = try lock.take(wait: policy == .forLife ? .zero : wait)
            do {
                let file = try open(lock, wasClean: wasClean)
                // It is open, so it is sound.
                if policy == .perWrite { lock.release(leavingClean: true) }
                return file
            } catch {
                lock.release(leavingClean: wasClean)
                throw error
            }
        } catch {
            throw .opening(error, at: place.path)
        }
    }

    private func open(_ lock: FileLock?, wasClean: Bool) throws -> DatabaseFile {
        var opening = DatabaseFile.Opening()
        opening.followsUncleanStop = !wasClean
        if let status = try FileStatus(place.path) {
            try checkPlausible(status)
        } else {
            guard createsIfMissing else { throw SQLiteFileError.missing(place.path) }
            try Creation.make(place, schema: schema, onStatement: onStatement)
            opening = DatabaseFile.Opening(isNew: true)
        }
        let mayWrite =
            lock?.isReadOnly == false && access(place.path, W_OK) == 0 && access(place.folder, W_OK) == 0
        let queue = try Connection.open(place, isReadOnly: !mayWrite, onStatement: onStatement)
        do {
            let isReadOnly = try queue.writeWithoutTransaction { try prepare($0, &opening) }
            let file = DatabaseFile(
                place: place, isReadOnly: isReadOnly, opening: opening, policy: policy, wait: wait,
                walPagesMax: walPagesMax, lock: lock, queue: queue, files: try OpenFiles(place))
            // Commits of a migration, or of a process that was killed or could not checkpoint.
            let hasLog = try !isReadOnly && FileStatus(place.log)?.size ?? 0 > 0
            if hasLog { file.hasUncopied.store(true, ordering: .relaxed) }
            return file
        } catch {
            try? queue.close()
            throw error
        }
    }

    /// A file of ours is never empty, since it gets its name when it is complete.
    private func checkPlausible(_ status: FileStatus) throws(SQLiteFileError) {
        guard status.isRegular else {
            throw SQLiteFileError(
                .notOurs, "\(place.path) is a link or no file. It was left as it is.", next: "Name the file itself.")
        }
        guard status.size > 0 else {
            throw SQLiteFileError(
                .damaged, "\(place.path) is empty. It was left as it is.", next: "Set it aside, or restore it.")
        }
    }

    /// Returns whether the connection is read-only.
    private func prepare(_ database: Database, _ opening: inout DatabaseFile.Opening) throws -> Bool {
        // Also if SQLite itself fell back to read-only.
        let isReadOnly = sqlite3_db_readonly(database.sqliteConnection, "main") != 0
        let version = try identify(database)
        if !opening.isNew { opening.versionBefore = version }
        if opening.followsUncleanStop && !opening.isNew {
            try quickCheck(database)
            opening.ranQuickCheck = true
        }
        if !isReadOnly {
            try Safety.turnLogOn(database)
            if version < schema.version { try Self.migrate(database, schema, from: version, at: place.path) }
            try Safety.settle(database)
        } else if version < schema.version {
            throw SQLiteFileError(
                .readOnly, "\(place.path) is of an older version, and may only be read. Nothing was written.",
                next: "Check who may write there, then open it again.")
        }
        try Safety.verify(database, isReadOnly: isReadOnly, at: place.path)
        try checkUnmoved(database)
        return isReadOnly
    }

    /// Returns the file's version, after checking that it is ours.
    private func identify(_ database: Database) throws -> Int {
        guard try Int32.fetchOne(database, sql: "PRAGMA application_id") == schema.applicationID else {
            throw SQLiteFileError(
                .notOurs, "\(place.path) belongs to another program. It was left as it is.", next: "Name another file.")
        }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= schema.version else {
            throw SQLiteFileError(
                .newerVersion,
                "\(place.path) has the form \(version), and this program knows those up to \(schema.version). It was left as it is.",
                next: "Use the newer program.")
        }
        // Both are written with the schema, in one transaction.
        let encoding = try String.fetchOne(database, sql: "PRAGMA encoding")
        guard version > 0, encoding == "UTF-8" else {
            throw SQLiteFileError(
                .damaged, "\(place.path) has a header that was never written. It was left as it is.",
                next: "Check it, or set it aside.")
        }
        return version
    }

    /// Reads every page, in about a second per gigabyte, and finds inconsistent pages.
    private func quickCheck(_ database: Database) throws {
        guard try String.fetchAll(database, sql: "PRAGMA quick_check(1)") == ["ok"] else {
            throw SQLiteFileError(
                .damaged, "\(place.path) was found damaged after an unclean stop. It was left as it is.",
                next: "Set it aside, or restore it.")
        }
    }

    /// Verifies that the path names the file that SQLite has open, as the base of ``OpenFiles``.
    private func checkUnmoved(_ database: Database) throws {
        // Reads, so that the log is opened too.
        _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
        var hasMoved: CInt = 0
        let code = sqlite3_file_control(database.sqliteConnection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        guard code == SQLITE_OK, hasMoved == 0 else { throw SQLiteFileError.moved(place.path) }
    }

    /// Runs the migrations, and distinguishes errors of a migration from errors of the file.
    static func migrate(
        _ database: Database, _ schema: DatabaseFile.Schema, from version: Int, at path: String
    ) throws {
        do {
            try schema.migrate(database, from: version)
        } catch {
            let error = SQLiteFileError.translated(error, at: path)
            if error is SQLiteFileError { throw error }
            throw SQLiteFileError(
                .migration,
                "\(path) could not be brought from version \(version) to \(schema.version). It is as it was before.",
                next: "Please report this.", underlying: error)
        }
    }
}

/// The identities of the files that a connection has open, which are compared before each write.
struct OpenFiles: Sendable {
    private let database: FileIdentity?
    private let log: FileIdentity?

    init(_ place: FilePlace) throws(SQLiteFileError) {
        database = try FileStatus(place.path)?.identity
        log = try FileStatus(place.log)?.identity
    }

    /// Throws `moved` if a path names another file, or none.
    ///
    /// The log is checked too: commits to a log that was replaced would be lost.
    func checkUnmoved(_ place: FilePlace) throws(SQLiteFileError) {
        guard try FileStatus(place.path)?.identity == database else { throw .moved(place.path) }
        guard try FileStatus(place.log)?.identity == log else { throw .moved(place.log) }
    }
}

/// Creates a new file completely or not at all.
///
/// It is created under a temporary name, synced, and renamed: so a file that is empty or has no schema is damaged,
/// and not the rest of an interrupted creation. Call it only with the lock held.
enum Creation {
    /// Creates the folder (0700) and its missing parents. An existing one is not changed.
    static func makeFolder(_ folder: String) throws(SQLiteFileError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, folder != "/", folder != "." else { throw .system(errno, "Making", folder) }
        try makeFolder(FilePlace(folder).folder)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .system(errno, "Making", folder) }
    }

    /// Creates the file. On failure nothing is left of it.
    static func make(_ place: FilePlace, schema: DatabaseFile.Schema, onStatement: (@Sendable (String) -> Void)?) throws
    {
        try checkNoRest(place)
        let draft = place.draft
        // The rest of an interrupted creation, which nobody has used.
        discard(draft)
        do {
            try makeEmpty(draft.path)
            try fill(draft, schema: schema, onStatement: onStatement)
            guard rename(draft.path, place.path) == 0 else { throw SQLiteFileError.system(errno, "Making", place.path) }
            try sync(place.folder)
        } catch {
            discard(draft)
            throw error
        }
    }

    /// SQLite deletes a log beside an empty file, and with it the last commits of a file that was moved.
    private static func checkNoRest(_ place: FilePlace) throws(SQLiteFileError) {
        for rest in [place.log, place.journal] where try (FileStatus(rest)?.size ?? 0) > 0 {
            throw SQLiteFileError(
                .damaged,
                "\(place.path) is not there, but \(rest) is, and may hold what was written last. Nothing was made.",
                next: "Put the file back, or set the rest aside.")
        }
    }

    /// 0600 before SQLite opens it; the log and its index inherit the mode.
    private static func makeEmpty(_ path: String) throws(SQLiteFileError) {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(errno, "Making", path) }
        close(descriptor)
    }

    private static func fill(
        _ draft: FilePlace, schema: DatabaseFile.Schema, onStatement: (@Sendable (String) -> Void)?
    ) throws {
        let queue = try Connection.open(draft, isReadOnly: false, keepsLog: false, onStatement: onStatement)
        do {
            try queue.writeWithoutTransaction { database in
                try Safety.turnLogOn(database)
                try Opener.migrate(database, schema, from: 0, at: draft.path)
                try Safety.settle(database)
                // Checkpoints everything into the file itself, since only that is renamed.
                try database.checkpoint(.truncate)
            }
            try queue.close()
        } catch {
            try? queue.close()
            throw error
        }
    }

    private static func discard(_ draft: FilePlace) {
        for path in [draft.path, draft.journal, draft.log, draft.logIndex] { unlink(path) }
    }

    /// Makes renames inside a folder durable.
    static func sync(_ folder: String) throws(SQLiteFileError) {
        let descriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, "Opening", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno, "Syncing", folder) }
    }
}

/// Opens the single connection that a process has to a file.
enum Connection {
    /// Opens a connection under the settings of ``Safety``, and reads the first page.
    ///
    /// GRDB's journal mode stays `default`: for `.wal` it would set
    /// `synchronous` to NORMAL after our own settings.
    ///
    /// - Parameter onStatement: Called with every statement that runs; for tests.
    static func open(
        _ place: FilePlace, isReadOnly: Bool, keepsLog: Bool = true, onStatement: (@Sendable (String) -> Void)?
    ) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(Safety.busySeconds)
        configuration.label = "between"
        configuration.prepareDatabase { database in
            if let onStatement { database.trace { onStatement("\($0)") } }
            try Safety.harden(database, keepsLog: keepsLog)
        }
        return try DatabaseQueue(path: place.path, configuration: configuration)
    }
}
