import CSQLite
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
            afterCommit(result)
            if logPages > walPagesMax { checkpoint() }
            return result
        }
    }

    /// Answers the body's result, and how many pages the log holds now.
    private func transact<T>(
        _ isDurable: Bool, _ body: (Database) throws -> T
    ) throws -> (result: T, logPages: Int) {
        var isCommitting = false
        do {
            return try queue.writeWithoutTransaction { database in
                try files.checkUnmoved(place)
                if !isDurable { try Safety.loosen(database) }
                defer { if !isDurable { settle(database) } }
                var result: T?
                try database.inTransaction(.immediate) {
                    result = try body(database)
                    isCommitting = true
                    return .commit
                }
                guard let result else { preconditionFailure("a transaction ended without its body") }
                return (result, Int(between_sqlite_log_pages(database.sqliteConnection)))
            }
        } catch let error as DatabaseError {
            throw judged(error, isCommitting: isCommitting)
        }
    }

    /// Has every commit synced again; where that cannot be had, nothing more is written.
    private func settle(_ database: Database) {
        do { try Safety.settle(database) } catch { isBroken.store(true, ordering: .releasing) }
    }

    /// Copies the log into the file as far as no reader needs it, and begins it anew.
    ///
    /// It is cut to nothing, since a process that opens the file later cannot know what
    /// of a log was copied: with one process a command it would grow for ever.
    ///
    /// The commit before it stands whatever happens here: a checkpoint that
    /// found no space is tried again after the next write; after a failed sync
    /// nothing more is written.
    private func checkpoint() {
        do {
            try queue.writeWithoutTransaction { database in
                // Waiting for readers is not worth it: what they need is copied after another write.
                sqlite3_busy_timeout(database.sqliteConnection, 0)
                defer { sqlite3_busy_timeout(database.sqliteConnection, CInt(Safety.busySeconds * 1000)) }
                do { _ = try database.checkpoint(.truncate) } catch DatabaseError.SQLITE_BUSY { return }
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
    func judged(_ error: DatabaseError, isCommitting: Bool) -> any Error {
        let isSync = [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode)
        let translated = SQLiteFileError.translated(error, at: path)
        guard let known = translated as? SQLiteFileError, known.code == .io, isCommitting || isSync else {
            return translated
        }
        isBroken.store(true, ordering: .releasing)
        return SQLiteFileError(
            .broken, "Writing to \(path) failed. (SQLite \(error.extendedResultCode.rawValue))",
            next: "What was written last may be missing; all before is safe. Check the disk, then open it again.",
            underlying: error)
    }

    func checkWritable() throws(SQLiteFileError) {
        try checkOpen()
        if isReadOnly { throw .readOnly(path) }
        if isBroken.load(ordering: .acquiring) {
            throw SQLiteFileError(
                .broken, "Writing to \(path) failed before.", next: "Nothing was written. Open it again.")
        }
    }

    /// Runs the body while this process holds the lock file.
    ///
    /// A mark that was found dirty, or a file that broke, stays marked: the
    /// next who opens the file checks it.
    func holdingLock<T>(_ cancellation: Cancellation?, _ body: () throws -> T) throws -> T {
        guard let lock else { return try body() }
        guard policy == .perWrite else {
            try lock.checkStillThere()
            return try body()
        }
        let wasClean = try lock.take(wait: wait, cancellation: cancellation)
        defer { lock.release(leavingClean: wasClean && !isBroken.load(ordering: .acquiring)) }
        return try body()
    }
}
