import Foundation
import Link
import SQLiteFile

/// A backup of a server in one file: the store, and the key that devices pin.
///
/// The key is appended to the engine's copy, which must bear that (SQLite ignores bytes after its last page): one file is
/// easier to keep than two.
enum Backup {
    private static let mark = "\n-----BETWEEN SERVER KEY-----\n"
    /// The greatest length of the appended key in bytes.
    private static let keyLengthMax = 8 * 1024

    static func write(to path: String, store: any ServerAdministration, identity: ServerIdentity) async throws {
        // Written under a temporary name, so that a file with the final name is always complete.
        guard !FileManager.default.fileExists(atPath: path) else {
            throw DaemonError(.usage, "\(path) is there already. Nothing was written.", next: "Name another file.")
        }
        let draft = try Draft(of: path)
        defer { draft.discard() }
        // The store refuses to overwrite a file, so it gets another name beside the draft's.
        let database = draft.path + ".db"
        defer { unlink(database) }
        try await store.backup(to: database)
        guard rename(database, draft.path) == 0 else {
            throw DaemonError(
                .unusable, "\(path) cannot be written. Nothing else was changed.", next: "Name another file.")
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: draft.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data((mark + identity.pem).utf8))
        try file.synchronize()
        try file.close()
        try draft.become(path)
    }

    /// Restores a backup into a folder without a store or remains of one.
    static func restore(_ path: String, to folder: DataFolder) throws {
        let end: (offset: Int, bytes: Data)
        do {
            end = try self.end(of: path)
        } catch {
            throw DaemonError(.notFound, "\(path) cannot be read. Nothing was changed.", next: "Check its name.")
        }
        guard let range = end.bytes.range(of: Data(mark.utf8), options: .backwards),
            (try? ServerIdentity(pem: String(decoding: end.bytes[range.upperBound...], as: UTF8.self))) != nil
        else {
            throw DaemonError(
                .usage, "\(path) is no backup of a Between server. Nothing was changed.",
                next: "Name a file that btwd backup wrote.")
        }
        try folder.prepare()
        // A serving daemon holds the lock; truncating it makes the next opening check every page.
        let lock = open(folder.lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if lock >= 0 { close(lock) }
            throw DaemonError(
                .unusable, "Another btwd works on \(folder.path). It goes on, and nothing was changed.",
                next: "Stop it first, or name an empty folder.")
        }
        defer { close(lock) }
        // An engine would take what is left of another database for a part of the restored one.
        for file in folder.databaseFiles {
            var status = stat()
            guard lstat(file, &status) != 0 else {
                throw DaemonError(
                    .unusable, "\(folder.path) holds a server already, or a rest of one: \(file). Nothing was changed.",
                    next: "Name an empty folder, or move all of that one aside: mv \(folder.path) \(folder.path).old")
            }
        }
        guard ftruncate(lock, 0) == 0 else {
            throw DaemonError(
                .unusable, "\(folder.lock) cannot be written. Nothing was changed.", next: "Name an empty folder.")
        }
        let draft = Draft(at: folder.database + ".restored", folder.engine.suffixes)
        defer { draft.discard() }
        try PrivateFile.replace(draft.path, withFirst: end.offset + range.lowerBound, of: path)
        guard folder.engine.isSound(draft.path) else {
            throw DaemonError(
                .unusable, "The database in \(path) is damaged. Nothing was restored.", next: "Restore an older backup."
            )
        }
        try PrivateFile.replace(folder.identity, with: Array(end.bytes[range.upperBound...]), isDurable: true)
        try draft.become(folder.database)
    }

    /// The end of a backup, which contains its key, and its offset; the database before it may be many gigabytes.
    private static func end(of path: String) throws -> (offset: Int, bytes: Data) {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let byteCount = try file.seekToEnd()
        let offset = byteCount - min(byteCount, UInt64(mark.utf8.count + keyLengthMax))
        try file.seek(toOffset: offset)
        return (Int(offset), try file.readToEnd() ?? Data())
    }
}
