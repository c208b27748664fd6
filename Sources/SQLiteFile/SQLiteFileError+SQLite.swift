import GRDB

extension SQLiteFileError {
    /// What an error of SQLite means for the file, or nil where it is about the statement.
    ///
    /// Constraints, mistakes in SQL, `SQLITE_ABORT` and the like stay
    /// `DatabaseError`, since only whoever wrote the statement can judge them.
    init?(_ error: DatabaseError, at path: String) {
        let known: (code: Code, message: String, safe: String, next: String)?
        switch error.extendedResultCode {
        // The shared index of the log grows by writing zeroes; SQLite reports even a full disk so.
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

    /// The error as callers of ``DatabaseFile`` see it: SQLite's trouble with the file told as ours, all others as they are.
    static func translated(_ error: any Error, at path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        return SQLiteFileError(error, at: path) ?? error
    }

    /// The error as ``SQLiteFile/open(_:lockFile:schema:lock:wait:createIfMissing:walPagesMax:)`` throws it.
    ///
    /// What SQLite answers there is about the file alone: a schema that it
    /// cannot read is damage, since it was written whole.
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
