import CSQLite
import Foundation
import GRDB

extension DatabaseFile {
    /// Removes all bytes of deleted content from the database, its log and its index.
    ///
    /// Deleting rows does not suffice. `secure_delete` zeroes freed cells and pages, but when pages are rebalanced,
    /// copies of rows stay in their unused middle (measured: of 10,000 deleted rows 1 to 10 were still found); only
    /// `VACUUM` rebuilds every page. And the log holds old pages until it is truncated, which readers of any process
    /// can prevent. So this runs `VACUUM`, then a checkpoint that truncates the log, repeated until it is empty or
    /// the time is over.
    ///
    /// Before it, delete the rows, and let each FTS5 index merge its segments: `INSERT INTO t(t) VALUES('optimize')`
    /// in the same transaction or later. Otherwise deleted words stay in old segments.
    ///
    /// `VACUUM` takes about 4 ms per megabyte, as much memory as the file, since no temporary file may contain a
    /// copy, and as much space in the log until its end. Rows of tables without an `INTEGER PRIMARY KEY` may get
    /// other rowids. Old blocks that the file system keeps cannot be removed here.
    ///
    /// - Parameters:
    ///   - limit: How long to wait for readers, after the lock was taken. The lock is held meanwhile.
    ///   - rebuilding: Whether to run `VACUUM`. Without it only the log is emptied.
    /// - Returns: Whether the log is empty now. If not, nothing is lost: call again later.
    /// - Throws: ``SQLiteFileError``, for example `full` if there is no space for the copy.
    public func scrub(within limit: Duration = .seconds(5), rebuilding: Bool = true) throws -> Bool {
        try gate.pass { try scrub(nil, limit, rebuilding) }
    }

    /// As above, without blocking the caller's thread.
    public func scrub(within limit: Duration = .seconds(5), rebuilding: Bool = true) async throws -> Bool {
        try await gate.pass { [self] in try scrub($0, limit, rebuilding) }
    }

    private func scrub(_ cancellation: Cancellation?, _ limit: Duration, _ rebuilding: Bool) throws -> Bool {
        try checkWritable()
        return try holdingLock(cancellation) {
            let deadline = ContinuousClock.now + limit
            do {
                try queue.writeWithoutTransaction { database in
                    try files.checkUnmoved(place)
                    if rebuilding { try database.execute(sql: "VACUUM") }
                }
                while try !emptyLog() {
                    guard ContinuousClock.now < deadline else { return false }
                    usleep(2_000)
                }
                return true
            } catch let error as DatabaseError {
                throw judged(error, isCommitting: true)
            }
        }
    }

    /// Tries once; returns whether no reader prevented it.
    private func emptyLog() throws -> Bool {
        try queue.writeWithoutTransaction { database in
            // Between two attempts reads of this process can run.
            sqlite3_busy_timeout(database.sqliteConnection, 0)
            defer { sqlite3_busy_timeout(database.sqliteConnection, CInt(Safety.busySeconds * 1000)) }
            do {
                _ = try database.checkpoint(.truncate)
            } catch DatabaseError.SQLITE_BUSY {
                return false
            }
            return try FileStatus(place.log)?.size ?? 0 == 0
        }
    }
}
