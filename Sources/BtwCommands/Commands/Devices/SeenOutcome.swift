import Between
import Synchronization

/// The last outcome that `sync --watch` printed, so that unchanged outcomes print nothing.
final class SeenOutcome: Sendable {
    private let last: Mutex<(outcome: Journal.SyncOutcome?, text: WatchText)>

    init(_ text: WatchText) { last = Mutex((nil, text)) }

    /// The lines for an outcome; `nil` if it is the same as the last.
    func lines(_ outcome: Journal.SyncOutcome) -> [String]? {
        last.withLock { last in
            guard outcome != last.outcome else { return nil }
            last.outcome = outcome
            return last.text.lines(outcome)
        }
    }
}
