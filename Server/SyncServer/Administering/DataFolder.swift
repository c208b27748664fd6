import Foundation
import Link
import SQLiteFile

/// The folder of one daemon.
package struct DataFolder: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    var database: String { path + "/server.db" }
    /// Held by whoever has the store open.
    var lock: String { path + "/lock" }
    /// The key by which devices know this server, with its certificate, 0600.
    var identity: String { path + "/identity.pem" }
    /// The socket on which a running daemon hears its administrator.
    var control: String { path + "/control" }
    /// Whether the system takes a path that long for a socket.
    var hasRoomForControl: Bool { control.utf8.count <= ControlSocket.pathLengthMax }
    /// Where a running daemon listens, for scripts; gone after a clean stop.
    var address: String { path + "/address" }

    /// Where devices reach it, as it was last said; strings that are made while it does not run carry this.
    var advertised: String { path + "/advertised" }

    /// What nobody but the daemon's user may read or write: the key, and all that devices sent.
    var privateFiles: [String] { [identity, database, database + "-wal", database + "-shm", lock, advertised] }

    /// Makes the folder, or takes from others that they may read one that is there.
    ///
    /// Where others may write they could plant the server's key or its socket, so such a folder is refused.
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

    /// Bytes of a file of ours at most.
    static let fileLengthMax = 64 * 1024

    func read(_ file: String) throws -> String? {
        try PrivateFile.read(file, lengthMax: Self.fileLengthMax).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ text: String, to file: String) throws {
        try PrivateFile.replace(file, with: Array(text.utf8), isDurable: true)
    }
}
