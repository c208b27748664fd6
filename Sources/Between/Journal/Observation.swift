public import Records
import ReplicaStore
import Synchronization

/// A query whose result can be observed.
public struct Observation<Value: Sendable & Equatable>: Sendable {
    let journal: Journal
    let fetch: @Sendable (StoreReader) throws -> Value

    /// The current result.
    public func value() async throws -> Value { try await journal.read(fetch) }

    /// The current result, and a new one after every change by this process or another.
    ///
    /// Ends when its task is cancelled. Several changes in quick succession may yield one value.
    public var values: AsyncThrowingStream<Value, any Error> {
        let (stream, continuation) = AsyncThrowingStream<Value, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        // Not awaited: its lifetime is that of the stream, whose termination cancels it.
        let watching = Task {
            do {
                var last: Value?
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let (moves, moved) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
                    moved.yield()
                    group.addTask { for await _ in journal.commits.stream() { moved.yield() } }
                    group.addTask { try await journal.watchOthers { moved.yield() } }
                    for await _ in moves {
                        let value = try await value()
                        if value != last { continuation.yield(value) }
                        last = value
                        // A watcher that failed ends the stream; neither ends by itself.
                        if Task.isCancelled { break }
                    }
                    group.cancelAll()
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in watching.cancel() }
        return stream
    }
}

extension Journal {
    /// Queries for homework.
    public struct HomeworkList: Sendable {
        let journal: Journal

        /// Open homework, newest first.
        public var open: Observation<[Entry]> {
            Observation(journal: journal) { reader in
                var query = EntryQuery()
                query.kind = .homework
                var entries: [Entry] = []
                try reader.entries(query) { if Homework($0)?.state == .open { entries.append($0) } }
                return entries
            }
        }
    }

    public var homework: HomeworkList { HomeworkList(journal: self) }

    /// The entries that a query finds.
    public func observe(_ query: EntryQuery) -> Observation<[Entry]> {
        Observation(journal: self) { reader in
            var entries: [Entry] = []
            try reader.entries(query) { entries.append($0) }
            return entries
        }
    }
}

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

// MARK: - Others

extension Journal {
    /// The polling interval for commits of processes that did not use the wake socket.
    private static let pollInterval = Duration.milliseconds(250)

    /// Calls back after commits of other processes, until the task is cancelled.
    func watchOthers(moved: @escaping @Sendable () async -> Void) async throws {
        let socket = WakeSocket(at: home.wake)
        // Here, since a process that exits does not wait for `deinit`.
        defer { socket?.leave() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let socket {
                group.addTask { for await _ in socket.wakeUps() { await moved() } }
            }
            group.addTask {
                var version = try await self.read { try $0.dataVersion() }
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.pollInterval)
                    let now = try await self.read { try $0.dataVersion() }
                    if now != version { await moved() }
                    version = now
                }
            }
            try await group.waitForAll()
        }
    }
}
