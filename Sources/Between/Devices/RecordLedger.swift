import SyncClient
import Synchronization
import Wire

/// Follows an exchange that appends a membership record, and determines how it ended.
final class RecordLedger: Sendable {
    private enum End: Hashable {
        case accepted
        /// The server was not reached, so nothing happened.
        case unreached
        /// The connection was lost: the record may be in the server's log all the same.
        case lost
        /// With a code of the protocol or of the connection.
        case refused(String)
    }

    /// The server claims something about this device without proof.
    static let unproved = "unproved"
    /// The server keeps sending data that cannot be taken, so the exchange never reaches the record.
    static let flooded = "flooded"

    private let end = Mutex(End.unreached)
    private let endsEpoch: Bool

    init(endsEpoch: Bool) { self.endsEpoch = endsEpoch }

    /// Returns whether to continue.
    func note(_ report: SyncReport) async -> Bool {
        end.withLock { end in
            switch report {
            case .notice(.recordAccepted):
                end = .accepted
                // After the end of an epoch, this device's late edits must still be rebased and sent.
                return endsEpoch
            case .notice(.upToDate), .notice(.unsettled): return end != .accepted
            case .notice(.recordRefused(let code)), .notice(.spaceStopped(let code)):
                if end != .accepted { end = .refused(code.rawValue) }
                return false
            case .notice(.unproved):
                if end != .accepted { end = .refused(RecordLedger.unproved) }
                return false
            case .notice(.flooded):
                if end != .accepted { end = .refused(RecordLedger.flooded) }
                return false
            case .offline(let code, let problem):
                if end != .accepted, let refusal = SyncLedger.refusal(code, problem) { end = .refused(refusal) }
                return false
            case .connected:
                end = .lost
                return true
            case .committed, .claimed, .granted, .notice(.sent), .notice(.received), .notice(.serverRestored),
                .notice(.forked), .notice(.rewrote), .notice(.withheld), .notice(.stuck), .notice(.missing),
                .notice(.beginsAgain), .notice(.keysRenewed):
                return true
            }
        }
    }

    /// - Throws: ``JournalError`` unless the record is in the log.
    func check(server: String) throws {
        switch end.withLock(\.self) {
        case .accepted: return
        case .unreached: throw JournalError.unreachableForRecord(server)
        case .lost: throw JournalError.lostForRecord(server)
        case .refused(let code): throw JournalError.recordRefused(code, server)
        }
    }
}
