import Between
import Synchronization

/// What was printed last while keeping in step, so that a line stands for something that moved.
final class SeenOutcome: Sendable {
    private let last: Mutex<(outcome: Journal.SyncOutcome?, text: WatchText)>

    init(_ text: WatchText) { last = Mutex((nil, text)) }

    /// What to tell people of an outcome; `nil` if it is the same as the last.
    func lines(_ outcome: Journal.SyncOutcome) -> [String]? {
        last.withLock { last in
            guard outcome != last.outcome else { return nil }
            last.outcome = outcome
            return last.text.lines(outcome)
        }
    }
}
