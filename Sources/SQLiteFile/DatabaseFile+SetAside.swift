import Foundation

extension DatabaseFile {
    /// Moves a database out of the way, with its log and index; deletes nothing.
    ///
    /// For a damaged file: what can still be read of it is read from there.
    /// `journal.db` with `journal.db-wal` becomes `journal.db.SUFFIX` with
    /// `journal.db.SUFFIX-wal`, so SQLite finds the two together. The file goes
    /// first: were this killed half-way, the rest alone lets no new file be
    /// made, and another call moves it.
    ///
    /// - Parameters:
    ///   - path: The database, which this process must have closed.
    ///   - lockFile: The lock of those who open it; held meanwhile.
    ///   - suffix: Says when and why, such as `damaged-2026-03-01`. Not empty, no slash.
    /// - Returns: The paths that are there now.
    /// - Throws: `missing` where there is nothing to move, `cannotOpen` where the new name is taken.
    public static func setAside(
        _ path: String, lockFile: String, suffix: String, wait: Duration = DatabaseFile.lockWait
    ) throws(SQLiteFileError) -> [String] {
        precondition(!suffix.isEmpty && !suffix.contains("/"), "a suffix is part of a name")
        let place = FilePlace(path)
        do {
            guard let lock = try FileLock(lockFile), !lock.isReadOnly else { throw SQLiteFileError.readOnly(path) }
            _ = try lock.take(wait: wait)
            // Whatever lies there afterwards is to be checked.
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
