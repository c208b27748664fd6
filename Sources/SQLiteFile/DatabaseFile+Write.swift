import CSQLite
import Foundation
public import GRDB
import Synchronization

extension DatabaseFile {
    /// Changes the database in one durable transaction, on the calling thread.
    ///
    /// Takes the lock, looks that path and log still name the open files, runs
    /// the body between `BEGIN IMMEDIATE` and `COMMIT`, then `afterCommit`, then
    /// a checkpoint if the log has grown past its limit, and lets go. When it
    /// returns, the change survives a power loss.
    ///
    /// - Parameters:
    ///   - isDurable: Pass false for what nothing hangs on: it is seen by all at once, and it is on the disk with the
    ///     next durable change at the latest. A power loss before that takes it away, and nothing else.
    ///   - body: Writes with the connection it is given. Must not commit or
    ///     write through this value again. An error rolls everything back.
    ///   - afterCommit: Runs once the change is durable, with the lock still
    ///     held, for what must follow the database and not precede it. May read.
    /// - Throws: What the body throws, constraints and mistakes in SQL as GRDB's
    ///   `DatabaseError`, and ``SQLiteFileError``. Nothing is written then, but
    ///   for `broken`, after which only reopening tells.
    @discardableResult
    public func write<T>(
        isDurable: Bool = true, _ body: (Database) throws -> T, afterCommit: (T) -> Void = { _ in }
    ) throws -> T {
        try gate.pass { try commit(nil, isDurable, body, afterCommit: afterCommit) }
    }

    /// Changes the database in one durable transaction, without blocking the caller's thread.
    ///
    /// A cancelled task stops waiting, and then nothing is written. Once the
    /// transaction has begun it is finished, cancelled or not.
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

    /// Answers the body's result, and how many pages the log holds now.
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
                    // SQLite 3.40 does not keep it for a commit; this thread has it still.
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

    /// Has every commit synced again; where that cannot be had, nothing more is written.
    private func settle(_ database: Database) {
        do { try Safety.settle(database) } catch { isBroken.store(true, ordering: .releasing) }
    }

    /// Copies the log into the file where that is cheap, so that between two commands the file alone is whole.
    ///
    /// People and backup tools copy "the database" and leave the log out. It costs
    /// two syncs and as many pages as were written, and is left to whoever comes
    /// next where there was no log, where somebody reads an older state, or
    /// where the lock is not to be had at once. What was written is on the disk
    /// with or without it, so it never throws.
    ///
    /// - Parameter wait: How long to wait for the lock: openings hold it for a millisecond.
    public func fold(wait: Duration = .milliseconds(100)) async {
        try? await gate.pass { [self] cancellation in
            guard hasUncopied.load(ordering: .relaxed), (try? checkWritable()) != nil else { return }
            try holdingLock(cancellation, wait: wait) { copyCommits() }
        }
    }

    /// Copies the log into the file as far as no reader needs it, and begins it anew. The lock must be held.
    ///
    /// It is cut to nothing, since a process that opens the file later cannot know what
    /// of a log was copied: with one process a command it would grow for ever.
    ///
    /// The commit before it stands whatever happens here: a checkpoint that
    /// found no space is tried again after the next write; after a failed sync
    /// nothing more is written.
    func copyCommits() {
        guard hasUncopied.load(ordering: .relaxed), (try? checkWritable()) != nil else { return }
        do {
            try queue.writeWithoutTransaction { database in
                guard (try? files.checkUnmoved(place)) != nil else { return }
                // Waiting for readers is not worth it: what they need is copied after another write.
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

    /// What an error of SQLite means; one that leaves the file's state on the disk unknown closes it for writing.
    ///
    /// After a failed sync the system may hold pages as clean that never
    /// reached the disk, so trying again proves nothing.
    ///
    /// - Parameter systemError: what the system said last, 0 for nothing: a quota and a limit on the size of files are
    ///   to SQLite failed writes as any other, and to a person a disk without room.
    func judged(_ error: DatabaseError, isCommitting: Bool, systemError: Int32 = 0) -> any Error {
        let isSync = [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode)
        let translated = SQLiteFileError.translated(error, at: path)
        // Where SQLite could not take a lock of its own is trouble below it as well.
        guard let known = translated as? SQLiteFileError,
            known.code == .io || known.code == .cannotOpen && error.resultCode == .SQLITE_IOERR
        else { return translated }
        // The log's last page, which makes it a commit, was not written whole: SQLite has rolled back, as where it says FULL.
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
    /// A mark that was found dirty, or a file that broke, stays marked: the
    /// next who opens the file checks it.
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
