import Between
import Synchronization

/// What was printed last while keeping in step, so that a line stands for something that moved.
final class SeenOutcome: Sendable {
    private let last = Mutex<Journal.SyncOutcome?>(nil)

    /// Whether this is other than the last that was worth a line.
    func isNew(_ outcome: Journal.SyncOutcome) -> Bool {
        last.withLock { last in
            guard outcome != last else { return false }
            last = outcome
            return true
        }
    }
}
