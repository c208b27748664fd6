import Records
import ReplicaStore
import Synchronization

/// Stores the time when both sides were last up to date, at most once a second.
final class SyncStamp: Sendable {
    static let pauseMillis = 1000

    private let journal: Journal
    private let last = Mutex<Timestamp?>(nil)

    init(_ journal: Journal) { self.journal = journal }

    /// Both sides are up to date now.
    func mark() async {
        let now = journal.environment.now()
        let isDue = last.withLock { last in
            // After the clock was set back, the time is stored at once.
            if let last, abs(now.millisSince1970 - last.millisSince1970) < Self.pauseMillis { return false }
            last = now
            return true
        }
        guard isDue else { return }
        // It is only displayed: an exchange does not fail because of it, and it is not synced to the disk.
        try? await journal.store.write(isDurable: false) { try $0.set(Journal.syncedSetting, to: now.description) }
    }
}
