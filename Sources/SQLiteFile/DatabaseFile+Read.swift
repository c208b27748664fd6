import CSQLite
public import GRDB
import Synchronization

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

    func checkOpen() throws(SQLiteFileError) {
        guard !isClosed.load(ordering: .acquiring) else {
            throw SQLiteFileError(.closed, "\(path) was closed before.", next: "Open it again.")
        }
    }
}
