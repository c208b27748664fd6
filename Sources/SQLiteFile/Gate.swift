#if os(Linux)
    @preconcurrency import Dispatch
#else
    import Dispatch
#endif
import Foundation
import Synchronization

/// Serialises the writing threads of this process, in order of arrival.
///
/// The thread inside waits for the lock file and then writes. The queue is separate from the connection's, so that
/// reads continue while a write waits for another process.
final class Gate: Sendable {
    private let queue = DispatchQueue(label: "between.sqlite.gate")
    /// The thread inside, from `pthread_self`; 0 for none.
    private let inside = Atomic<UInt>(0)

    /// Runs the body on the calling thread, after all earlier ones.
    ///
    /// Throws `nested` at once if the calling thread is inside already.
    func pass<T>(_ body: () throws -> T) throws -> T {
        guard inside.load(ordering: .relaxed) != Self.thread else {
            throw SQLiteFileError(
                .nested, "A write began inside another write of the same file.",
                next: "Write with the connection that the outer one was given.")
        }
        return try queue.sync { try enter(body) }
    }

    /// Runs the body on a thread of the gate, after all earlier ones; the caller's thread is not blocked.
    ///
    /// A cancelled task gives up its place; a running body sees the cancellation in its argument, and may continue.
    func pass<T: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> T) async throws -> T {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    continuation.resume(
                        with: Result {
                            try cancellation.check()
                            return try self.enter { try body(cancellation) }
                        })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func enter<T>(_ body: () throws -> T) rethrows -> T {
        inside.store(Self.thread, ordering: .relaxed)
        defer { inside.store(0, ordering: .relaxed) }
        return try body()
    }

    private static var thread: UInt {
        #if os(Linux)
            UInt(pthread_self())
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }
}

/// Whether the waiting task was cancelled.
final class Cancellation: Sendable {
    private let isCancelled = Atomic<Bool>(false)

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func check() throws(CancellationError) {
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }
}
