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

    /// Bytes of a file of ours at most.
    static let fileLengthMax = 64 * 1024

    func read(_ file: String) throws -> String? {
        try PrivateFile.read(file, lengthMax: Self.fileLengthMax).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ text: String, to file: String) throws {
        try PrivateFile.replace(file, with: Array(text.utf8), isDurable: true)
    }
}
