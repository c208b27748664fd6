import Causality
package import Wire

/// A report of a ``SyncLoop``.
package enum SyncReport: Hashable, Sendable {
    case connected
    case notice(SyncNotice)
    /// A device committed to a claim of the offered slot, which nobody else can use any more.
    case committed
    /// A device claims the slot, over the server with this key.
    case claimed(BroughtClaim, keyHash: [UInt8])
    /// The grant was delivered.
    case granted
    /// Not connected: the server's error, or the network's.
    case offline(ErrorCode?, LinkProblem?)
}

/// Why there is no connection, as far as it matters to the user.
package enum LinkProblem: Hashable, Sendable {
    /// No route, no listener, a timeout, or a lost connection.
    case unreachable
    /// Another server answers there, or an attacker in between.
    case wrongPin
    /// The peer does not speak this protocol.
    case notBetween
}
