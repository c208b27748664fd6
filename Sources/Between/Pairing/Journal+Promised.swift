import CanonicalJSON
import Causality
import Membership
import ReplicaStore

/// What a member, or a printed key, says that the server has of a space that this home enters.
///
/// It is kept until both sides are in step, whichever exchange gets there: else a server need only hang up once to go
/// unnoticed.
extension Journal {
    private static let promisedSetting = "promised"

    func promise(_ clock: Frontier, of space: SpaceID, by voucher: SpaceVoucher) async throws {
        let rows = Base64URL.text(ColumnList.bytes(clock.ends))
        try await change {
            try $0.set(Self.promisedSetting, to: "\(space.description) \(voucher.rawValue) \(rows)")
        }
    }

    /// Compares what was promised with what is here, once, now that both sides are in step.
    ///
    /// - Throws: ``JournalError``: `heldBack` if something is missing. What came is kept.
    func comparePromised(server: String) async throws {
        guard let text = try await read({ try $0.setting(Self.promisedSetting) }) else { return }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        // One that was promised of another space is of a join that was given up.
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
