import GRDB
import Synchronization

extension DatabaseFile {
    /// Closes the connection, and lets go of the lock for good.
    ///
    /// Waits for reads and writes under way, and for the lock. What this value
    /// committed, or found in the log, is copied from there into the file, unless a reader is in the
    /// way: see ``fold(wait:)``. Log and index stay. Closing twice is fine. A
    /// value that is dropped unclosed loses nothing; the daemon's next opening
    /// then checks the file.
    ///
    /// - Throws: `locked` where the lock was not to be had; the file is still open then.
    public func close() throws {
        try gate.pass { try close(nil) }
    }

    /// Closes the connection, without blocking the caller's thread.
    public func close() async throws {
        try await gate.pass { [self] in try close($0) }
    }

    private func close(_ cancellation: Cancellation?) throws {
        guard !isClosed.load(ordering: .acquiring) else { return }
        // A lock that was deleted or moved away is no reason to stay open.
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
