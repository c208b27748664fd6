import Synchronization
import Wire

/// Follows one exchange that is there for a membership record, and says how that ended.
final class RecordLedger: Sendable {
    private enum End: Hashable {
        case stands
        /// The server was not reached, so nothing happened.
        case unreached
        /// The connection was lost: the record may stand there all the same.
        case lost
        /// With a code of the wire or of the connection.
        case refused(String)
    }

    /// What the server says of this device, and does not show.
    static let unproved = "unproved"
    /// It sends ever more that cannot be taken, and so never gets to the record.
    static let flooded = "flooded"

    private let end = Mutex(End.unreached)
    private let endsEpoch: Bool

    init(endsEpoch: Bool) { self.endsEpoch = endsEpoch }

    /// Returns whether to go on.
    func note(_ report: SyncReport) async -> Bool {
        end.withLock { end in
            switch report {
            case .notice(.recordStands):
                end = .stands
                // After an epoch has ended, this device's late edits are still to be sent again.
                return endsEpoch
            case .notice(.inStep), .notice(.unsettled): return end != .stands
            case .notice(.recordRefused(let code)), .notice(.spaceStopped(let code)):
                if end != .stands { end = .refused(code.rawValue) }
                return false
            case .notice(.unproved):
                if end != .stands { end = .refused(RecordLedger.unproved) }
                return false
            case .notice(.flooded):
                if end != .stands { end = .refused(RecordLedger.flooded) }
                return false
            case .offline(let code, let problem):
                if end != .stands, let refusal = SyncLedger.refusal(code, problem) { end = .refused(refusal) }
                return false
            case .connected:
                end = .lost
                return true
            case .committed, .claimed, .granted, .notice(.sent), .notice(.received), .notice(.serverWentBack),
                .notice(.forked), .notice(.rewrote), .notice(.withheld), .notice(.stuck), .notice(.missing),
                .notice(.beginsAgain), .notice(.keysRenewed):
                return true
            }
        }
    }

    /// - Throws: ``JournalError`` unless the record stands.
    func check(server: String) throws {
        switch end.withLock(\.self) {
        case .stands: return
        case .unreached: throw JournalError.unreachableForRecord(server)
        case .lost: throw JournalError.lostForRecord(server)
        case .refused(let code): throw JournalError.recordRefused(code, server)
        }
    }
}
