import Foundation
import Link
package import SQLiteFile

/// The data folder of one daemon, and the files in it.
package struct DataFolder: Sendable {
    package let path: String
    /// The engine that keeps its store.
    package let engine: any FolderEngine.Type

    package init(path: String, engine: any FolderEngine.Type) {
        self.path = path
        self.engine = engine
    }

    package var database: String { path + "/server.db" }
    /// Locked by the process that has the store open.
    package var lock: String { path + "/lock" }
    /// The server's private key, which devices pin, with its certificate; mode 0600.
    var identity: String { path + "/identity.pem" }
    /// The control socket of a running daemon.
    var control: String { path + "/control" }
    /// Whether the path is short enough for a Unix socket.
    var hasRoomForControl: Bool { control.utf8.count <= ControlSocket.pathLengthMax }
    /// The address that a running daemon listens at, for scripts; removed after a clean stop.
    var address: String { path + "/address" }

    /// The last advertised address, for enrolment strings that are made while the daemon does not run.
    var advertised: String { path + "/advertised" }

    /// Files that only the daemon's user may read or write: the key, and all data of devices.
    var privateFiles: [String] { [identity] + databaseFiles + [lock, advertised] }

    /// The database, and further files of its engine.
    var databaseFiles: [String] { [database] + engine.suffixes.map { database + $0 } }

    /// Creates the folder, or removes other users' permission to read an existing one.
    ///
    /// If others could write to it, they could plant a key or a socket, so such a folder is refused.
    func prepare() throws {
        try PrivateFile.makeFolder(path)
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw DaemonError(.unusable, "\(path) cannot be used. Nothing was changed.", next: "Look: ls -ld \(path)")
        }
        guard status.st_uid == geteuid() else {
            throw DaemonError(
                .unusable, "\(path) belongs to another user. Nothing was changed.",
                next: "Give it to this one: chown \(geteuid()) \(path)")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw DaemonError(
                .unusable, "Others on this machine may write \(path). Nothing was changed.",
                next: "Look whose files are in it, then: chmod 700 \(path)")
        }
        _ = PrivateFile.closeToOthers(path)
    }

    /// The greatest length of a small file in bytes.
    private static let fileLengthMax = 64 * 1024

    func read(_ file: String) throws -> String? {
        try PrivateFile.read(file, lengthMax: Self.fileLengthMax).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ text: String, to file: String) throws {
        try PrivateFile.replace(file, with: Array(text.utf8), isDurable: true)
    }
}

extension SQLiteFileError: StoreEngineError {
    package var isFull: Bool { code == .full }
    package var isLocked: Bool { code == .locked }
}

/// A file under a random temporary name until it is complete; an existing file is neither opened nor removed.
package struct Draft {
    package let path: String
    private let suffixes: [String]

    /// Creates an empty draft (0600) in the folder of the final file.
    ///
    /// - Parameter suffixes: of files beside it that are discarded with it.
    package init(of file: String, _ suffixes: [String] = []) throws(SQLiteFileError) {
        self.suffixes = suffixes
        var generator = SystemRandomNumberGenerator()
        path = file + "." + String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) + ".part"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SQLiteFileError(
                .cannotOpen, "\(path) cannot be made. Nothing was written.",
                next: "Name a file in a folder that is there, and that you may write.")
        }
        close(descriptor)
    }

    /// A draft that exists.
    init(at path: String, _ suffixes: [String]) {
        self.path = path
        self.suffixes = suffixes
    }

    /// Syncs it to the disk and gives it its final name, unless a file has that name.
    package func become(_ file: String) throws(SQLiteFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(file) }
        let isSynced = fsync(descriptor) == 0
        close(descriptor)
        guard isSynced else { throw failure(file) }
        // A link fails if the name is taken; a rename would not. Not every file system supports links.
        if link(path, file) == 0 {
            unlink(path)
        } else {
            var status = stat()
            guard errno != EEXIST, lstat(file, &status) != 0, errno == ENOENT, rename(path, file) == 0 else {
                throw failure(file)
            }
        }
        let folder = open(URL(fileURLWithPath: file).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(file) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(file) }
    }

    private func failure(_ file: String) -> SQLiteFileError {
        SQLiteFileError(.cannotOpen, "\(file) cannot be written. Nothing else was changed.", next: "Name another file.")
    }

    /// Removes the draft and the files beside it.
    package func discard() {
        for suffix in [""] + suffixes { unlink(path + suffix) }
    }
}
