package import Wire

/// Why a connection could not be made, or ended.
package enum LinkError: Error, Hashable, Sendable {
    /// No server can be reached at this address.
    case unreachable(Obstacle)
    /// The server did not answer in time.
    case timedOut
    /// The server's key is not the pinned one. Nothing was sent to it.
    case wrongPin
    /// The other side does not speak TLS 1.3, so it is no Between server.
    case notBetween
    /// The connection was lost, or closed by either side.
    case closed
    /// The other side violated the protocol, was told this code, and was closed.
    case broken(ErrorCode)
    /// The server cannot listen at this address.
    case cannotListen(ListeningObstacle)
    /// The server's key and certificate cannot be read, or do not belong together.
    case damagedIdentity

    package enum Obstacle: Hashable, Sendable {
        /// The host name has no address.
        case unresolved
        /// The connection was refused: nothing listens there.
        case refused
        /// There is no route, most likely because there is no network.
        case noRoute
    }

    package enum ListeningObstacle: Hashable, Sendable {
        /// Another process listens at this address.
        case inUse
        /// This process lacks the permission.
        case forbidden
        /// It is not an address of this machine, or not an address.
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
