public import Records
import ReplicaStore

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
