import Foundation

/// The lock file that serialises all writers of a database.
///
/// `flock` on a file beside the database: it is released with the descriptor, also when the process is killed, and
/// two descriptors of one process exclude each other too. The descriptor stays open for the life of this value, and
/// is not inherited by child processes (`O_CLOEXEC`). The file is never deleted.
///
/// It excludes descriptors, not threads that share one: callers must be serialised (``Gate``).
final class FileLock: Sendable {
    /// The longest pause between two attempts; a bulk writer leaves gaps of 5 ms.
    static let pauseMax = Duration.milliseconds(1)

    let path: String
    /// Whether the lock file is not writable: the lock works, but no mark is written.
    let isReadOnly: Bool
    private let descriptor: Int32

    /// Opens the lock file, and creates it (0600) if it is missing.
    ///
    /// `nil` if there is none and none can be created: the folder is not writable then.
    init?(_ path: String) throws(SQLiteFileError) {
        self.path = path
        let writable = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if writable >= 0 {
            descriptor = writable
            isReadOnly = false
            return
        }
        guard [EACCES, EPERM, EROFS].contains(errno) else { throw .system(errno, "Opening the lock", path) }
        let readable = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard readable >= 0 else { return nil }
        descriptor = readable
        isReadOnly = true
    }

    deinit { close(descriptor) }

    /// Takes the lock within the timeout, and marks it dirty.
    ///
    /// Returns whether the last holder stopped cleanly. Throws `locked` after the timeout, `moved` if the lock file
    /// was deleted meanwhile, and `CancellationError`.
    func take(wait: Duration, cancellation: Cancellation? = nil) throws -> Bool {
        let deadline = ContinuousClock.now + wait
        var pause = Duration.microseconds(50)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw SQLiteFileError.system(errno, "Locking", path) }
            try cancellation?.check()
            let left = deadline - .now
            guard left > .zero else { throw held(wait) }
            usleep(UInt32(min(pause, left) / .microseconds(1)))
            pause = min(pause * 2, Self.pauseMax)
        }
        do {
            try cancellation?.check()
            try checkStillThere()
            let wasClean = readMark()?.tellsOfACleanStop() ?? false
            if !isReadOnly { try write(LockMark(isClean: false)) }
            return wasClean
        } catch {
            flock(descriptor, LOCK_UN)
            throw error
        }
    }

    /// Releases the lock; a clean mark tells the next holder that no check is needed.
    func release(leavingClean isClean: Bool) {
        // If the mark cannot be written, the next opening only runs an unnecessary check.
        if isClean && !isReadOnly { try? write(LockMark(isClean: true)) }
        flock(descriptor, LOCK_UN)
    }

    /// Throws `moved` if the lock file was deleted: the next process would create and lock another one.
    func checkStillThere() throws(SQLiteFileError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_nlink > 0 else { throw .moved(path) }
    }

    private func readMark() -> LockMark? {
        var bytes = [UInt8](repeating: 0, count: LockMark.length)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count == bytes.count ? LockMark(bytes) : nil
    }

    private func write(_ mark: LockMark) throws(SQLiteFileError) {
        let bytes = mark.bytes
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            throw .system(errno, "Marking the lock", path)
        }
    }

    private func held(_ wait: Duration) -> SQLiteFileError {
        wait > .zero
            ? SQLiteFileError(
                .locked, "Another process has held \(path) for \(wait). Nothing was written.",
                next: "Wait until it is done, then do it again.")
            : SQLiteFileError(
                .locked, "Another process holds \(path). Nothing was written.", next: "Stop it first, then do it again."
            )
    }
}
