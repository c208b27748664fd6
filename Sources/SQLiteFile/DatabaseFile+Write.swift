import CSQLite
import Foundation
public import GRDB
import Synchronization

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
    func copyCommits() {
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
