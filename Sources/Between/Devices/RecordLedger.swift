import Synchronization
import Wire

/// Follows one exchange that is there for a membership record, and says how that ended.
final class RecordLedger: Sendable {
    private enum End: Hashable {
        /// The exchange ended before the record was asked for, or answered.
        case none
        case stands
        /// With a code of the wire or of the connection; `nil` where the server was not reached, or not for long enough.
        case failed(String?)
    }

    private let end = Mutex(End.none)
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
            case .notice(.inStep): return end != .stands
            case .notice(.recordRefused(let code)), .notice(.spaceStopped(let code)):
                if end != .stands { end = .failed(code.rawValue) }
                return false
            case .offline(let code, let problem):
                if end != .stands { end = .failed(SyncLedger.refusal(code, problem)) }
                return false
            case .connected, .claimed, .granted, .notice(.sent), .notice(.received), .notice(.serverWentBack),
                .notice(.forked),
                .notice(.rewrote), .notice(.withheld), .notice(.stuck):
                return true
            }
        }
    }

    /// - Throws: ``JournalError`` unless the record stands.
    func check(server: String) throws {
        switch end.withLock(\.self) {
        case .stands: return
        case .none, .failed(nil): throw JournalError.unreachableForRecord(server)
        case .failed(let code?): throw JournalError.recordRefused(code, server)
        }
    }
}
