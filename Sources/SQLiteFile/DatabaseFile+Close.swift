import GRDB
import Synchronization

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
