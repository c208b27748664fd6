import Records
import ReplicaStore
import Synchronization

/// Writes down when both sides were last in step, once a second at most.
final class SyncStamp: Sendable {
    static let pauseMillis = 1000

    private let journal: Journal
    private let last = Mutex<Timestamp?>(nil)

    init(_ journal: Journal) { self.journal = journal }

    /// Both sides are in step now.
    func mark() async {
        let now = journal.environment.now()
        let isDue = last.withLock { last in
            // A clock that was set back is no reason to wait for it.
            if let last, abs(now.millisSince1970 - last.millisSince1970) < Self.pauseMillis { return false }
            last = now
            return true
        }
        guard isDue else { return }
        // It is only told to people: an exchange that went well does not fail for it, and no commit waits for the disk.
        try? await journal.store.write(isDurable: false) { try $0.set(Journal.syncedSetting, to: now.description) }
    }
}
