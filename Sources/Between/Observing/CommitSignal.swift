import Synchronization

/// Notifies observers of commits of this process.
final class CommitSignal: Sendable {
    private let watchers = Mutex<(next: Int, continuations: [Int: AsyncStream<Void>.Continuation])>((0, [:]))

    func signal() {
        let continuations = watchers.withLock { Array($0.continuations.values) }
        for continuation in continuations { continuation.yield() }
    }

    /// An element for every commit from now on; several may be coalesced.
    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let key = watchers.withLock { watchers in
            watchers.next += 1
            watchers.continuations[watchers.next] = continuation
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.watchers.withLock { _ = $0.continuations.removeValue(forKey: key) }
        }
        return stream
    }
}
