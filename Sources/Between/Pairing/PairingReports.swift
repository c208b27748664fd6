import Synchronization

/// What a ``SyncLoop`` tells of while a device is let in, in order; and at once, whether the connection was lost.
final class PairingReports: Sendable {
    let all: AsyncStream<SyncReport>
    private let new: AsyncStream<SyncReport>.Continuation
    private let isAlive = Mutex(false)

    init() {
        (all, new) = AsyncStream.makeStream()
    }

    /// Whether somebody claims a place, and the connection over which he does is still the one that there is.
    var isClaimAlive: Bool { isAlive.withLock(\.self) }

    /// Always goes on: how it ends, whoever reads the reports decides.
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
