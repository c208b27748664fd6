import Synchronization
package import Wire

/// The timers of one conversation, which almost every message resets and which rarely fire.
///
/// So there is no task for each timer: one task sleeps, at most as long as the shortest timer lasts, and then looks
/// for timers that are due.
package final class Deadlines: Sendable {
    private let due = Mutex<[ConversationTimer: ContinuousClock.Instant]>([:])

    package init() {}

    /// Starts or restarts a timer.
    package func start(_ timer: ConversationTimer) {
        let instant = ContinuousClock.now + timer.duration
        due.withLock { $0[timer] = instant }
    }

    package func cancel(_ timer: ConversationTimer) {
        due.withLock { $0[timer] = nil }
    }

    /// Waits for the next timer that is due; `nil` if the task is cancelled.
    package func next() async -> ConversationTimer? {
        let longest = ConversationTimer.allCases.map(\.duration).min() ?? .seconds(1)
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let (fired, wake) = due.withLock { due in
                let fired = due.filter { $0.value <= now }.min { $0.value < $1.value }?.key
                if let fired { due[fired] = nil }
                // A timer that is started while this sleeps is not due before `longest` has passed.
                return (fired, min(due.values.min() ?? now + longest, now + longest))
            }
            if let fired { return fired }
            try? await Task.sleep(until: wake, clock: .continuous)
        }
        return nil
    }
}
