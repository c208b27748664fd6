package import Link

/// Why a daemon or an administrator's command failed.
package struct DaemonError: Error, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// A file or an address cannot be used; exit 4.
        case unusable
        /// A named thing does not exist; exit 1.
        case notFound = "not_found"
        /// Wrong arguments; exit 2.
        case usage
    }

    package let code: Code
    /// What happened, and which data is safe.
    package let message: String
    /// The next step for the person, mostly a command line.
    package let next: String

    package init(_ code: Code, _ message: String, next: String) {
        self.code = code
        self.message = message
        self.next = next
    }

    package init(_ error: any StoreEngineError, in folder: DataFolder) {
        if error.isLocked, !folder.hasRoomForControl {
            self.init(
                .unusable,
                "A btwd works on \(folder.path) and cannot hear others: the path is too long for a socket "
                    + "(\(ControlSocket.pathLengthMax) bytes with /control). It goes on syncing, and nothing was changed.",
                next: "Stop it for as long as this takes, "
                    + "or move the folder to a shorter path.")
        } else if error.isLocked {
            self.init(
                .unusable, "Another btwd works on \(folder.path). It goes on, and nothing was changed.",
                next:
                    "Stop it first, or give this one a folder of its own: --data DIR"
            )
        } else {
            self.init(.unusable, error.message, next: error.next)
        }
    }

    package init(_ error: LinkError, at endpoint: Endpoint, in folder: DataFolder) {
        switch error {
        case .cannotListen(.inUse):
            self.init(
                .unusable, "Another program listens on \(endpoint). Nothing was changed.",
                next: "Choose another port, or let the system choose: --listen \(endpoint.host):0")
        case .cannotListen(.forbidden):
            self.init(
                .unusable, "This user may not listen on \(endpoint). Nothing was changed.",
                next: "Choose a port above 1023: --listen \(endpoint.host):7420")
        case .cannotListen(.notHere):
            self.init(
                .unusable, "\(endpoint.host) is no address of this machine. Nothing was changed.",
                next: "Listen on 127.0.0.1, or on 0.0.0.0 for every address.")
        case .damagedIdentity: self.init(identityIn: folder)
        default:
            self.init(
                .unusable, "Listening on \(endpoint) failed: \(error). Nothing was changed.",
                next: "Choose another address: --listen HOST:PORT")
        }
    }

    /// The server's key cannot be read or made.
    init(identityIn folder: DataFolder) {
        self.init(
            .unusable, "The server's key in \(folder.identity) cannot be read. Nothing was changed.",
            next: "Put the file back from a backup: devices know the server by it.")
    }

    package var description: String { "\(message) \(next)" }
}
