package import Wire

/// Why there is no connection, or none any more.
package enum LinkError: Error, Hashable, Sendable {
    /// No server can be reached there.
    case unreachable(Obstacle)
    /// The server did not answer in time.
    case timedOut
    /// There is a server, and its key is not the one that was pinned. Nothing was sent to it.
    case wrongPin
    /// What answers does not speak TLS 1.3: no server of ours.
    case notBetween
    /// The connection ended without a word: lost, or closed by either side.
    case closed
    /// The other side broke a rule of the wire, was told this code, and is closed.
    case broken(ErrorCode)
    /// The server cannot listen there.
    case cannotListen(ListeningObstacle)
    /// The server's key and certificate cannot be read, or do not belong together.
    case damagedIdentity

    package enum Obstacle: Hashable, Sendable {
        /// The name has no address.
        case unresolved
        /// Nobody listens there.
        case refused
        /// There is no way there: no network, most likely.
        case noRoute
    }

    package enum ListeningObstacle: Hashable, Sendable {
        /// Another process listens there.
        case inUse
        /// This process may not listen there.
        case forbidden
        /// No address of this machine, or no address.
        case notHere
        case other
    }
}

extension LinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(.unresolved): "the server's name has no address"
        case .unreachable(.refused): "nobody listens at the server's address"
        case .unreachable(.noRoute): "no way to the server"
        case .timedOut: "the server did not answer in time"
        case .wrongPin: "the server has another key than the one that was pinned"
        case .notBetween: "what answers there is no Between server"
        case .closed: "the connection was closed"
        case .broken(let code): "the other side broke a rule: \(code.rawValue)"
        case .cannotListen(.inUse): "another process listens there"
        case .cannotListen(.forbidden): "listening there is not allowed"
        case .cannotListen(.notHere): "no address of this machine"
        case .cannotListen(.other): "cannot listen there"
        case .damagedIdentity: "the server's key or certificate cannot be read"
        }
    }
}
