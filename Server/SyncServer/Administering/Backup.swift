import Foundation
import Link
import SQLiteFile

/// A copy of everything a server is, in one file: the store, and the key by which devices know it.
///
/// The key is appended to the database: SQLite ignores what comes after its last page, and
/// one file is easier to keep than two.
enum Backup {
    private static let mark = "\n-----BETWEEN SERVER KEY-----\n"
    /// Bytes of the key at most, as it is appended.
    private static let keyLengthMax = 8 * 1024

    static func write(to path: String, store: SQLiteServerStore, identity: ServerIdentity) async throws {
        // Made under another name, so that a file of the right name is always whole.
        let draft = path + ".part"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw DaemonError(.usage, "\(path) is there already. Nothing was written.", next: "Name another file.")
        }
        try? FileManager.default.removeItem(atPath: draft)
        do {
            try await store.backup(to: draft)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: draft))
            try file.seekToEnd()
            try file.write(contentsOf: Data((mark + identity.pem).utf8))
            try file.synchronize()
            try file.close()
            try FileManager.default.moveItem(atPath: draft, toPath: path)
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
    }

    /// Puts a backup in the place of a folder's store; the folder must have none.
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
        try PrivateFile.makeFolder(folder.path)
        guard !FileManager.default.fileExists(atPath: folder.database) else {
            throw DaemonError(
                .unusable, "\(folder.path) holds a server already. Nothing was changed.",
                next: "Name an empty folder, or move that one aside.")
        }
        try PrivateFile.replace(folder.identity, with: Array(end.bytes[range.upperBound...]), isDurable: true)
        try PrivateFile.replace(folder.database, withFirst: end.offset + range.lowerBound, of: path)
    }

    /// The part of a backup in which its key stands, and where it begins; what is before may be many gigabytes.
    private static func end(of path: String) throws -> (offset: Int, bytes: Data) {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let byteCount = try file.seekToEnd()
        let offset = byteCount - min(byteCount, UInt64(mark.utf8.count + keyLengthMax))
        try file.seek(toOffset: offset)
        return (Int(offset), try file.readToEnd() ?? Data())
    }
}
