package import Causality
package import Membership
package import Sealing

/// Checks that a recovery key opens the space that a server names, before anything is written, here or there, and
/// again with the log that is entered.
extension RecoveryKey {
    /// - Parameters:
    ///   - log: the server's log, verified.
    ///   - server: its name, for messages.
    ///   - acceptsUnbound: whether the server's word suffices for a key of an earlier version.
    /// - Returns: the party that vouches for the space, and the clock to which the key is bound.
    /// - Throws: ``JournalError``: `refused` if the log does not contain the key, `wrongSpace`, `unboundKey`.
    package func check(
        _ log: MembershipLog, at server: String, acceptsUnbound: Bool = false
    ) throws(JournalError) -> (voucher: SpaceVoucher, clock: Frontier) {
        guard log.isCurrentMember(deviceKeys.identity.id) else { throw .unknownKey }
        guard Defence.bindsRecovery.isUp else { return (.key, Frontier()) }
        switch finding(in: log) {
        case .bound(let clock): return (.key, clock)
        case .unbound where acceptsUnbound: return (.server, Frontier())
        case .unbound: throw .unboundKey(server)
        case .foreign: throw .wrongSpace(server)
        }
    }
}
