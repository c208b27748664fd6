#if os(Linux)
    @preconcurrency import Dispatch
#else
    import Dispatch
#endif
import Foundation
import Synchronization

/// Lets one thread of this process through at a time, in order of arrival.
///
/// Whoever is inside waits for the lock file and then writes. It is a queue of
/// its own, and not the connection's, so that reads go on while a write waits
/// for another process.
final class Gate: Sendable {
    private let queue = DispatchQueue(label: "between.sqlite.gate")
    /// The thread inside, as `pthread_self` names it; 0 for none.
    private let inside = Atomic<UInt>(0)

    /// Runs the body on the calling thread, when its turn comes.
    ///
    /// Throws `nested` at once where the calling thread is inside already.
    func pass<T>(_ body: () throws -> T) throws -> T {
        guard inside.load(ordering: .relaxed) != Self.thread else {
            throw SQLiteFileError(
                .nested, "A write began inside another write of the same file.",
                next: "Write with the connection that the outer one was given.")
        }
        return try queue.sync { try enter(body) }
    }

    /// Runs the body on a thread of the gate's own, when its turn comes; the caller's thread is free meanwhile.
    ///
    /// A cancelled task gives up its turn; what has begun is told through the argument, and may go on.
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

/// Whether the task that waits for an answer still wants it.
final class Cancellation: Sendable {
    private let isCancelled = Atomic<Bool>(false)

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func check() throws(CancellationError) {
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }
}
