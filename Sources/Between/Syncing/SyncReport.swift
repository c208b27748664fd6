import Causality
package import Wire

/// What a ``SyncLoop`` tells of.
package enum SyncReport: Hashable, Sendable {
    case connected
    case notice(SyncNotice)
    /// Somebody is about to claim the slot that was offered: nobody else can any more.
    case committed
    /// Somebody claims it, over the server with this key.
    case claimed(BroughtClaim, keyHash: [UInt8])
    /// The grant was brought to who claimed.
    case granted
    /// Not connected, or no more: what the server said, or what the network did.
    case offline(ErrorCode?, LinkProblem?)
}

/// Why there is no connection, as far as it makes a difference to a person.
package enum LinkProblem: Hashable, Sendable {
    /// No way there, nobody listens, no answer in time, or it was lost.
    case unreachable
    /// Another server answers there, or a machine in between.
    case wrongPin
    /// What answers is no server of ours.
    case notBetween
}
