import Foundation
import GRDB

/// The error of a database file: a stable code, a message, and the next step.
///
/// Neither its members nor its description contain values, SQL arguments or text of the user; they may contain paths
/// of the home. ``underlying`` may contain SQL text, so it must not be logged.
public struct SQLiteFileError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of error. Others may be added; keep a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The stable name, as `--json` prints it.
        public let rawValue: String

        /// Makes a code from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Another process held the lock, or the database, until the timeout. Nothing was written.
        public static let locked = Code(rawValue: "locked")
        /// The disk or the quota is full. Nothing was written; writing works again when there is space.
        public static let full = Code(rawValue: "full")
        /// The file, its folder or its disk is read-only. Nothing was written.
        public static let readOnly = Code(rawValue: "read_only")
        /// The file is corrupt. It was not changed.
        public static let damaged = Code(rawValue: "damaged")
        /// A newer version has migrated the file. It was not changed.
        public static let newerVersion = Code(rawValue: "newer_version")
        /// Not a database, or another program's. It was not changed.
        public static let notOurs = Code(rawValue: "not_ours")
        /// The file, its log or its lock was moved, deleted or replaced while it was open. Nothing was written.
        public static let moved = Code(rawValue: "moved")
        /// The system or SQLite refused to open it.
        public static let cannotOpen = Code(rawValue: "cannot_open")
        /// The file does not exist, and creation was not requested.
        public static let missing = Code(rawValue: "missing")
        /// An I/O error. Nothing was committed.
        public static let io = Code(rawValue: "io")
        /// A commit failed with an I/O error: it may or may not be there after reopening, and writes are refused
        /// until then.
        public static let broken = Code(rawValue: "broken")
        /// SQLite did not accept a setting that protects the data: a bug of ours, or of the SQLite library.
        public static let unsafe = Code(rawValue: "unsafe")
        /// A migration failed. The file was not changed.
        public static let migration = Code(rawValue: "migration")
        /// The file was closed: a mistake of the caller.
        public static let closed = Code(rawValue: "closed")
        /// Other users own the folder, or may write to it. Nothing was read or written.
        public static let notPrivate = Code(rawValue: "not_private")
        /// A write inside another write of the same file: a mistake of the caller. The inner one did nothing.
        public static let nested = Code(rawValue: "nested")
    }

    public let code: Code
    /// What happened, and what is safe.
    public let message: String
    /// The next step.
    public let next: String
    /// The underlying error, if there is one.
    public let underlying: (any Error)?

    /// Makes an error.
    public init(_ code: Code, _ message: String, next: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.next = next
        self.underlying = underlying
    }

    public var description: String { "\(code.rawValue): \(message) \(next)" }
    public var debugDescription: String { description }
}

// MARK: - SQLite

extension SQLiteFileError {
    /// Translates an error of SQLite that concerns the file; `nil` if it concerns the statement.
    ///
    /// Constraint errors, SQL errors, `SQLITE_ABORT` and the like stay `DatabaseError`, since only the author of the
    /// statement can handle them.
    init?(_ error: DatabaseError, at path: String) {
        let known: (code: Code, message: String, safe: String, next: String)?
        switch error.extendedResultCode {
        // The index of the log grows by writing zeroes; SQLite reports this error even if the disk is full.
        case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE:
            known = (.full, "No space is left for \(path)", "Nothing was written.", "Make space, then do it again.")
        case .SQLITE_READONLY_DBMOVED:
            known = (.moved, "\(path) was moved or replaced while open", "Nothing was written.", "Open it again.")
        case .SQLITE_READONLY:
            known = (
                .readOnly, "\(path) may only be read", "Nothing was written.",
                "Check who may write it: ls -l \(ShellWord.quoted(path))"
            )
        case .SQLITE_CORRUPT, .SQLITE_FORMAT, .SQLITE_IOERR_CORRUPTFS:
            known = (.damaged, "\(path) is damaged", "It was left as it is.", "Check it, or set it aside.")
        case .SQLITE_NOTADB:
            known = (.notOurs, "\(path) is not a database", "It was left as it is.", "Name another file.")
        case .SQLITE_BUSY:
            known = (.locked, "Another program holds \(path)", "Nothing was written.", "Close it, then do it again.")
        case .SQLITE_IOERR_LOCK, .SQLITE_IOERR_RDLOCK, .SQLITE_IOERR_CHECKRESERVEDLOCK, .SQLITE_IOERR_SHMLOCK:
            known = (.cannotOpen, "\(path) cannot be locked on this disk", "Nothing was written.", Self.goWhereLocksAre)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            known = (
                .cannotOpen, "\(path) cannot be opened", "It was left as it is.",
                "Check who may read it and its folder: ls -ld \(ShellWord.quoted(path))"
            )
        case .SQLITE_IOERR:
            known = (
                .io, "Reading or writing \(path) failed", "Nothing was committed.", "Check the disk, then do it again."
            )
        default:
            known = nil
        }
        guard let known else { return nil }
        let number = error.extendedResultCode.rawValue
        self.init(known.code, "\(known.message) (SQLite \(number)). \(known.safe)", next: known.next, underlying: error)
    }

    /// The error as ``DatabaseFile`` throws it: file errors of SQLite are translated, all others are unchanged.
    static func translated(_ error: any Error, at path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return SQLiteFileError(error, at: path) ?? error
    }

    /// The error as ``DatabaseFile/open(_:lockFile:schema:lock:wait:createIfMissing:isReadOnly:walPagesMax:)`` throws
    /// it.
    ///
    /// All errors of SQLite during opening concern the file: a schema that it cannot read is damage, since it was
    /// written completely.
    static func opening(_ error: any Error, at path: String) -> SQLiteFileError {
        if let error = error as? SQLiteFileError { return error }
        guard let error = error as? DatabaseError else {
            return SQLiteFileError(
                .cannotOpen, "\(path) cannot be opened. It was left as it is.",
                next: "Look what is there: ls -l \(ShellWord.quoted(path))", underlying: error)
        }
        if let known = SQLiteFileError(error, at: path) { return known }
        let number = error.extendedResultCode.rawValue
        let code: Code = error.resultCode == .SQLITE_ERROR ? .damaged : .cannotOpen
        return SQLiteFileError(
            code, "\(path) cannot be read. (SQLite \(number)) It was left as it is.",
            next: "Check it, or set it aside.", underlying: error)
    }
}

// MARK: - System

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
    private static let goWhereLocksAre =
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
