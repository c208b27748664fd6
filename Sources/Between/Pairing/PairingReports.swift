import Synchronization

/// The reports of a ``SyncLoop`` while a device is admitted, in order, and the current state of the connection.
final class PairingReports: Sendable {
    let all: AsyncStream<SyncReport>
    private let new: AsyncStream<SyncReport>.Continuation
    private let isAlive = Mutex(false)

    init() {
        (all, new) = AsyncStream.makeStream()
    }

    /// Whether a device claims a place, over the connection that is still open.
    var isClaimAlive: Bool { isAlive.withLock(\.self) }

    /// Always continues: the reader of the reports decides when to end.
    func note(_ report: SyncReport) async -> Bool {
        switch report {
        case .committed: isAlive.withLock { $0 = true }
        case .offline: isAlive.withLock { $0 = false }
        case .connected, .notice, .claimed, .granted: break
        }
        new.yield(report)
        return true
    }
}
