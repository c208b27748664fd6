import Foundation
import UnixSignals

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
