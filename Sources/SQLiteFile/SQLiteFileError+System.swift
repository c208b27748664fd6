import Foundation

extension SQLiteFileError {
    /// Translates a failed system call.
    static func system(_ number: Int32, _ doing: String, _ path: String) -> SQLiteFileError {
        let reason = String(cString: strerror(number))
        let message = "\(doing) \(path) failed: \(reason). Nothing was written."
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return SQLiteFileError(.full, message, next: "Make space, then do it again.")
        case EROFS, EACCES, EPERM:
            return SQLiteFileError(
                .readOnly, message, next: "Check who may write there: ls -ld \(ShellWord.quoted(path))")
        case EIO:
            return SQLiteFileError(.io, message, next: "Check the disk, then do it again.")
        case ENOLCK, EOPNOTSUPP, ENOSYS:
            return SQLiteFileError(
                .cannotOpen, "\(message) The disk gives no locks, as some network disks do not.", next: goWhereLocksAre)
        default:
            return SQLiteFileError(.cannotOpen, message, next: "Look what is there: ls -ld \(ShellWord.quoted(path))")
        }
    }

    /// The advice for a file system without locks, on which two processes could write at once.
    static let goWhereLocksAre =
        "Move the folder to a disk of this machine, and name it: --home DIR, or --data DIR for btwd"

    /// No space: the disk, a quota, or a limit on file sizes.
    static func full(_ path: String, _ number: Int32, _ underlying: any Error) -> SQLiteFileError {
        SQLiteFileError(
            .full, "No space is left for \(path): \(String(cString: strerror(number))). Nothing was written.",
            next: "Make space, or raise the limit, then do it again.", underlying: underlying)
    }

    static func moved(_ path: String) -> SQLiteFileError {
        SQLiteFileError(
            .moved, "\(path) was moved, deleted or replaced while it was open. Nothing was written.",
            next: "Put it back, or open the file again.")
    }

    static func missing(_ path: String) -> SQLiteFileError {
        SQLiteFileError(.missing, "\(path) is not there. Nothing was made.", next: "Put it back, or restore it.")
    }

    static func readOnly(_ path: String) -> SQLiteFileError {
        SQLiteFileError(
            .readOnly,
            "\(path) is open for reading only, since it or its folder may not be written. Nothing was written.",
            next: "Check who may write there, then open it again.")
    }
}
