import GRDB

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
