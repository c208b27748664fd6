import Foundation
import Synchronization
import UnixSignals

/// Defers signals that end the process while the terminal does not echo, so that its settings are restored first.
struct EndingSignals {
    private static let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]
    /// The last signal received; 0 if none.
    private static let seen = Atomic<Int32>(0)
    /// The longest delay until a signal that another thread received is noticed.
    private static let waitMillis: Int32 = 50

    private let before: [(number: Int32, handler: (@convention(c) (Int32) -> Void)?)]

    /// Begins to defer the signals.
    init() {
        Self.seen.store(0, ordering: .sequentiallyConsistent)
        before = Self.numbers.map { number in
            (number, signal(number) { EndingSignals.seen.store($0, ordering: .sequentiallyConsistent) })
        }
    }

    /// Waits until the file is readable. Returns false if a signal arrived before.
    static func waits(for file: Int32) -> Bool {
        while seen.load(ordering: .sequentiallyConsistent) == 0 {
            var events = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let count = poll(&events, 1, waitMillis)
            if count > 0 || count < 0 && errno != EINTR { break }
        }
        return seen.load(ordering: .sequentiallyConsistent) == 0
    }

    /// Restores the previous handlers, and raises a signal that was deferred.
    func restore() {
        for (number, handler) in before { signal(number, handler) }
        let number = Self.seen.load(ordering: .sequentiallyConsistent)
        if number != 0 { raise(number) }
    }
}

/// Handles SIGINT and SIGTERM as requests to stop.
///
/// After initialisation they no longer end the process by themselves.
struct StopSignals {
    private let signals: UnixSignalsSequence

    init() async { signals = await UnixSignalsSequence(trapping: .sigint, .sigterm) }

    /// Runs `body` until it ends or a signal arrives; then it is cancelled, and its `CancellationError` is not
    /// rethrown.
    ///
    /// A second signal ends the process at once.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let work = Task { try await body() }  // awaited below
        // Not cancelled: a second signal must also end the process while the last output is being printed.
        Task { [signals] in
            for await signal in signals {
                if work.isCancelled { _exit(128 + signal.rawValue) }
                work.cancel()
            }
        }
        do { try await work.value } catch is CancellationError where work.isCancelled {}
    }
}
