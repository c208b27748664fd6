import CanonicalJSON
import Causality
import Membership
import ReplicaStore

/// The clock that a member, or a recovery key, says the server holds for the space that this home enters.
///
/// It is stored until an exchange is up to date: otherwise a server could hide missing edits by closing the
/// connection once.
extension Journal {
    private static let promisedSetting = "promised"

    func promise(_ clock: Frontier, of space: SpaceID, by voucher: SpaceVoucher) async throws {
        let rows = Base64URL.text(ColumnList.bytes(clock.ends))
        try await change {
            try $0.set(Self.promisedSetting, to: "\(space.description) \(voucher.rawValue) \(rows)")
        }
    }

    /// Compares the promised clock with the replica, once, when both sides are up to date.
    ///
    /// - Throws: ``JournalError``: `heldBack` if something is missing. What was received is kept.
    func comparePromised(server: String) async throws {
        guard let text = try await read({ try $0.setting(Self.promisedSetting) }) else { return }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        // A promise for another space belongs to a join that was given up.
        guard parts.count == 3, parts[0] == (try JournalReplica(self).space.description),
            let voucher = SpaceVoucher(rawValue: parts[1]), let rows = Base64URL.bytes(parts[2]),
            let clock = Frontier(ascending: ColumnList.ends(rows))
        else { return }
        let isThere = try await holds(clock)
        try await change { try $0.set(Self.promisedSetting, to: "") }
        guard !isThere else { return }
        throw voucher == .key ? JournalError.heldBackSinceKey(server) : .withheld(server)
    }
}
