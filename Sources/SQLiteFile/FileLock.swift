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
    private static let pauseMax = Duration.milliseconds(1)

    private let path: String
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

/// The state in the lock file: whether a holder is active, and the boot id of its writer.
///
/// One line of fixed length: `dirty ` or `clean `, the boot id, a newline. It is written dirty when the lock is
/// taken, and clean before it is released. So a dirty mark shows that a holder was killed, and another boot id that
/// the machine was rebooted, perhaps by a power loss. It is never synced: after a power loss the boot id differs,
/// whichever of the two states had reached the disk.
struct LockMark: Hashable, Sendable {
    static let bootIDLength = 36
    static let length = 6 + bootIDLength + 1
    private static let unknownBoot = String(repeating: "?", count: bootIDLength)

    private let isClean: Bool
    private let bootID: String

    /// The mark with the current boot id.
    init(isClean: Bool, bootID: String? = BootID.current) {
        self.isClean = isClean
        self.bootID = bootID ?? Self.unknownBoot
    }

    /// Parses a mark; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.last == UInt8(ascii: "\n") else { return nil }
        switch bytes.prefix(6) {
        case Self.word(isClean: true)[...]: isClean = true
        case Self.word(isClean: false)[...]: isClean = false
        default: return nil
        }
        bootID = String(decoding: bytes[6..<6 + Self.bootIDLength], as: UTF8.self)
    }

    var bytes: [UInt8] { Self.word(isClean: isClean) + Array(bootID.utf8) + [UInt8(ascii: "\n")] }

    /// Whether the last holder released the lock cleanly since the last boot. An unknown boot id never matches.
    func tellsOfACleanStop(bootID: String? = BootID.current) -> Bool {
        isClean && self.bootID == bootID
    }

    private static func word(isClean: Bool) -> [UInt8] {
        Array((isClean ? "clean " : "dirty ").utf8)
    }
}

/// The id of the machine's current boot.
///
/// Linux: `/proc/sys/kernel/random/boot_id`; macOS: `kern.bootsessionuuid`. It changes after a power loss, and not
/// after sleep or hibernation.
enum BootID {
    /// The current id; `nil` if the system does not provide it.
    static let current: String? = {
        #if os(Linux)
            let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            let id = text?.trimmingCharacters(in: .whitespacesAndNewlines)
        #else
            var length = 0
            guard sysctlbyname("kern.bootsessionuuid", nil, &length, nil, 0) == 0, length > 1 else { return nil }
            var bytes = [UInt8](repeating: 0, count: length)
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &length, nil, 0) == 0 else { return nil }
            let id: String? = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
        #endif
        guard let id, id.utf8.count == LockMark.bootIDLength else { return nil }
        return id
    }()
}
