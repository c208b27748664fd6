import Foundation

/// The path of a database, and of the files that SQLite keeps beside it.
struct FilePlace: Sendable {
    let path: String

    /// A path that SQLite cannot parse as a URI or as `:memory:`.
    init(_ path: String) {
        self.path = path.hasPrefix("/") || path.hasPrefix("./") ? path : "./" + path
    }

    /// The write-ahead log: commits that no checkpoint has copied yet.
    var log: String { path + "-wal" }
    /// The index of the log, shared by all processes; has no content.
    var logIndex: String { path + "-shm" }
    /// The rollback journal, which exists only while a file is created.
    var journal: String { path + "-journal" }
    /// The temporary name of a new file.
    var draft: FilePlace { FilePlace(path + ".new") }

    var folder: String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

/// Quotes a path for a command that is shown to the user.
package enum ShellWord {
    /// The path, quoted for a shell if necessary.
    package static func quoted(_ path: String) -> String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%"
        if !path.isEmpty, path.allSatisfy({ plain.contains($0) }) { return path }
        return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// The identity of a file: device and inode.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// The result of `lstat`. Apart from SQLite the database file is accessed in no other way: closing another descriptor
/// of it would release the locks that this process holds on it.
struct FileStatus: Sendable {
    let identity: FileIdentity
    let isRegular: Bool
    let size: Int64

    /// `nil` if there is no file at the path.
    init?(_ path: String) throws(SQLiteFileError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .system(errno, "Looking at", path)
        }
        identity = FileIdentity(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino))
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = Int64(status.st_size)
    }
}
