import Foundation

/// Where a database lies, and the files that SQLite keeps beside it.
struct FilePlace: Sendable {
    let path: String

    /// A path that SQLite cannot take for a URI or for `:memory:`.
    init(_ path: String) {
        self.path = path.hasPrefix("/") || path.hasPrefix("./") ? path : "./" + path
    }

    /// The write-ahead log: commits that no checkpoint has copied yet.
    var log: String { path + "-wal" }
    /// The index of the log, shared by all processes; holds no content.
    var logIndex: String { path + "-shm" }
    /// The rollback journal, which exists only while a file is made.
    var journal: String { path + "-journal" }
    /// The name under which a new file is made, before it is moved to its own.
    var draft: FilePlace { FilePlace(path + ".new") }

    var folder: String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}

/// A path in a line that somebody is told to type.
package enum ShellWord {
    /// The path as a shell takes it.
    package static func quoted(_ path: String) -> String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%"
        if !path.isEmpty, path.allSatisfy({ plain.contains($0) }) { return path }
        return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// Which file a path names: device and inode.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// What `lstat` tells of a file. The database file is never looked at in any
/// other way but through SQLite: closing another descriptor of it would drop
/// the locks that this process holds on it.
struct FileStatus: Sendable {
    let identity: FileIdentity
    let isRegular: Bool
    let size: Int64

    /// Looks at a path; nil where nothing is there.
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
