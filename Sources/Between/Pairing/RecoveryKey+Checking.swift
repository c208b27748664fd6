package import Causality
package import Membership
package import Sealing

/// Whether a printed key opens the space that a server names. Asked before anything is written, here or there, and
/// again of the log that is entered.
extension RecoveryKey {
    /// - Parameters:
    ///   - log: what the server shows, verified.
    ///   - server: its name, for whoever is told.
    ///   - acceptsUnbound: whether the server's word is enough, of a key that an earlier version printed.
    /// - Returns: who says that it is this space, and what of it there was when the key was made.
    /// - Throws: ``JournalError``: `refused` if the log has not the key, `wrongSpace`, `unboundKey`.
    package func check(
        _ log: MembershipLog, at server: String, acceptsUnbound: Bool = false
    ) throws(JournalError) -> (voucher: SpaceVoucher, clock: Frontier) {
        guard log.isCurrentMember(deviceKeys.identity.id) else { throw .unknownKey }
        guard Defence.bindsRecovery.stands else { return (.key, Frontier()) }
        switch finding(in: log) {
        case .bound(let clock): return (.key, clock)
        case .unbound where acceptsUnbound: return (.server, Frontier())
        case .unbound: throw .unboundKey(server)
        case .foreign: throw .wrongSpace(server)
        }
    }
}
