import Synchronization
package import Wire

/// The timers of one conversation: set anew with almost every message, and almost never due.
///
/// So none of them is a task of its own: one task sleeps, no longer than the shortest timer
/// lasts, and looks what became due meanwhile.
package final class Deadlines: Sendable {
    private let due = Mutex<[ConversationTimer: ContinuousClock.Instant]>([:])

    package init() {}

    /// Starts a timer, or starts it again.
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
                // A timer that is set while this sleeps lasts at least so long.
                return (fired, min(due.values.min() ?? now + longest, now + longest))
            }
            if let fired { return fired }
            try? await Task.sleep(until: wake, clock: .continuous)
        }
        return nil
    }
}
