import Foundation

extension DatabaseFile {
    /// Renames a database with its log and index; deletes nothing.
    ///
    /// For a damaged file, from which readable content can still be recovered. `journal.db` with `journal.db-wal`
    /// becomes `journal.db.SUFFIX` with `journal.db.SUFFIX-wal`, so that SQLite finds the two together. The database
    /// is renamed first: after an interruption the rest prevents the creation of a new file, and another call moves
    /// it.
    ///
    /// - Parameters:
    ///   - path: The database, which this process must have closed.
    ///   - lockFile: The lock file of all users of the database; held meanwhile.
    ///   - suffix: The time and the reason, for example `damaged-2026-03-01`. Not empty, no slash.
    /// - Returns: The paths that exist now.
    /// - Throws: `missing` if there is nothing to move, `cannotOpen` if the new name exists.
    public static func moveAside(
        _ path: String, lockFile: String, suffix: String, wait: Duration = DatabaseFile.lockWait
    ) throws(SQLiteFileError) -> [String] {
        precondition(!suffix.isEmpty && !suffix.contains("/"), "a suffix is part of a name")
        let place = FilePlace(path)
        do {
            guard let lock = try FileLock(lockFile), !lock.isReadOnly else { throw SQLiteFileError.readOnly(path) }
            _ = try lock.take(wait: wait)
            // A file that is found there later must be checked.
            defer { lock.release(leavingClean: false) }
            return try move(place, to: FilePlace("\(place.path).\(suffix)"))
        } catch {
            throw .opening(error, at: place.path)
        }
    }

    private static func move(_ place: FilePlace, to target: FilePlace) throws(SQLiteFileError) -> [String] {
        var moves: [(from: String, to: String)] = []
        for (from, to) in [
            (place.path, target.path), (place.log, target.log), (place.logIndex, target.logIndex),
            (place.journal, target.journal),
        ] where try FileStatus(from) != nil {
            guard try FileStatus(to) == nil else {
                throw SQLiteFileError(
                    .cannotOpen, "\(to) is there already. Nothing was moved.", next: "Choose another suffix.")
            }
            moves.append((from, to))
        }
        guard !moves.isEmpty else { throw .missing(place.path) }
        for (from, to) in moves {
            guard rename(from, to) == 0 else { throw .system(errno, "Moving", from) }
        }
        try Creation.sync(place.folder)
        return moves.map(\.to)
    }
}
