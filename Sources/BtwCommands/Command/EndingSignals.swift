import Foundation
import Synchronization

/// Signals that end the process, put off while the terminal does not show what is typed: whoever ends it then gets the
/// terminal back as it was.
struct EndingSignals {
    private static let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
    /// The one that came last; 0 if none did.
    private static let seen = Atomic<Int32>(0)
    /// How long a signal waits at most that another thread got.
    private static let waitMillis: Int32 = 50

    private let before: [(number: Int32, handler: (@convention(c) (Int32) -> Void)?)]

    /// From now on they are put off.
    init() {
        Self.seen.store(0, ordering: .sequentiallyConsistent)
        before = Self.numbers.map { number in
            (number, signal(number) { EndingSignals.seen.store($0, ordering: .sequentiallyConsistent) })
        }
    }

    /// Waits until there is something to read. Answers whether there is, and no signal before it.
    static func waits(for file: Int32) -> Bool {
        while seen.load(ordering: .sequentiallyConsistent) == 0 {
            var events = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let count = poll(&events, 1, waitMillis)
            if count > 0 || count < 0 && errno != EINTR { break }
        }
        return seen.load(ordering: .sequentiallyConsistent) == 0
    }

    /// They do again what they did before, and one that came does it now.
    func restore() {
        for (number, handler) in before { signal(number, handler) }
        let number = Self.seen.load(ordering: .sequentiallyConsistent)
        if number != 0 { raise(number) }
    }
}
