import Foundation
import GRDB

/// Creates a new file completely or not at all.
///
/// It is created under a temporary name, synced, and renamed: so a file that is empty or has no schema is damaged,
/// and not the rest of an interrupted creation. Call it only with the lock held.
enum Creation {
    /// Creates the folder (0700) and its missing parents. An existing one is not changed.
    static func makeFolder(_ folder: String) throws(SQLiteFileError) {
        if mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, folder != "/", folder != "." else { throw .system(errno, "Making", folder) }
        try makeFolder(FilePlace(folder).folder)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .system(errno, "Making", folder) }
    }

    /// Creates the file. On failure nothing is left of it.
    static func make(_ place: FilePlace, schema: DatabaseFile.Schema, onStatement: (@Sendable (String) -> Void)?) throws
    {
        try checkNoRest(place)
        let draft = place.draft
        // The rest of an interrupted creation, which nobody has used.
        discard(draft)
        do {
            try makeEmpty(draft.path)
            try fill(draft, schema: schema, onStatement: onStatement)
            guard rename(draft.path, place.path) == 0 else { throw SQLiteFileError.system(errno, "Making", place.path) }
            try sync(place.folder)
        } catch {
            discard(draft)
            throw error
        }
    }

    /// SQLite deletes a log beside an empty file, and with it the last commits of a file that was moved.
    private static func checkNoRest(_ place: FilePlace) throws(SQLiteFileError) {
        for rest in [place.log, place.journal] where try (FileStatus(rest)?.size ?? 0) > 0 {
            throw SQLiteFileError(
                .damaged,
                "\(place.path) is not there, but \(rest) is, and may hold what was written last. Nothing was made.",
                next: "Put the file back, or set the rest aside.")
        }
    }

    /// 0600 before SQLite opens it; the log and its index inherit the mode.
    private static func makeEmpty(_ path: String) throws(SQLiteFileError) {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(errno, "Making", path) }
        close(descriptor)
    }

    private static func fill(
        _ draft: FilePlace, schema: DatabaseFile.Schema, onStatement: (@Sendable (String) -> Void)?
    ) throws {
        let queue = try Connection.open(draft, isReadOnly: false, keepsLog: false, onStatement: onStatement)
        do {
            try queue.writeWithoutTransaction { database in
                try Safety.turnLogOn(database)
                try Opener.migrate(database, schema, from: 0, at: draft.path)
                try Safety.settle(database)
                // Checkpoints everything into the file itself, since only that is renamed.
                try database.checkpoint(.truncate)
            }
            try queue.close()
        } catch {
            try? queue.close()
            throw error
        }
    }

    private static func discard(_ draft: FilePlace) {
        for path in [draft.path, draft.journal, draft.log, draft.logIndex] { unlink(path) }
    }

    /// Makes renames inside a folder durable.
    static func sync(_ folder: String) throws(SQLiteFileError) {
        let descriptor = Foundation.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, "Opening", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno, "Syncing", folder) }
    }
}
