import Foundation

extension SQLiteFileError {
    /// What a failed call of the system means.
    static func system(_ number: Int32, _ doing: String, _ path: String) -> SQLiteFileError {
        let reason = String(cString: strerror(number))
        let message = "\(doing) \(path) failed: \(reason)."
        switch number {
        case ENOSPC, EDQUOT:
            return SQLiteFileError(.full, message, next: "Nothing was written. Make space, then do it again.")
        case EROFS, EACCES, EPERM:
            return SQLiteFileError(.readOnly, message, next: "Nothing was written. Check who may write there.")
        case EIO:
            return SQLiteFileError(.io, message, next: "Nothing was written. Check the disk.")
        default:
            return SQLiteFileError(.cannotOpen, message, next: "Nothing was written.")
        }
    }

    static func moved(_ path: String) -> SQLiteFileError {
        SQLiteFileError(
            .moved, "\(path) was moved, deleted or replaced while it was open.",
            next: "Nothing was written. Put it back, or open the file again.")
    }

    static func missing(_ path: String) -> SQLiteFileError {
        SQLiteFileError(.missing, "\(path) is not there.", next: "Nothing was made. Put it back, or restore it.")
    }

    static func readOnly(_ path: String) -> SQLiteFileError {
        SQLiteFileError(
            .readOnly, "\(path) is open for reading only, since it or its folder may not be written.",
            next: "Nothing was written. Check who may write there, then open it again.")
    }
}
