import Foundation
import UnixSignals

/// SIGINT and SIGTERM, as wishes of a person or a system that something stops.
///
/// Once this is made they no longer end the process by themselves.
struct StopSignals {
    private let signals: UnixSignalsSequence

    init() async { signals = await UnixSignalsSequence(trapping: .sigint, .sigterm) }

    /// Does something until it ends, or is asked to stop: then it is cancelled, and to end by that is no error.
    ///
    /// Another signal while it ends is from somebody who does not want to wait, and ends the process at once.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let work = Task { try await body() }  // awaited below
        // Ends with the process: also what is printed last may take longer than somebody waits.
        Task { [signals] in
            for await signal in signals {
                if work.isCancelled { _exit(128 + signal.rawValue) }
                work.cancel()
            }
        }
        do { try await work.value } catch is CancellationError where work.isCancelled {}
    }
}
