import Causality
import Foundation
import GRDB
import SQLiteFile
import Synchronization

/// Writes that wait at the same time share one commit: a sync of the disk takes most of a small write's time.
///
/// Each is a savepoint of its own, so that one that fails undoes nothing of the others; all are answered when the
/// commit that they share is on the disk. While one commits, the next gather.
final class GroupCommit: Sendable {
    /// Something to write, or to look at between two writes.
    typealias Job<Answer> = @Sendable (Database, inout StoreMemory) throws -> Answer

    /// Writes that share a commit at most, so that none waits long for it.
    static let jobsPerCommitMax = 64

    private struct Waiting: Sendable {
        /// Does it; what it returns tells the one who waits, after the commit.
        let attempt: Job<@Sendable () -> Void>
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        /// How many are being committed.
        var underWayCount = 0
        var isRunning = false
    }

    private let file: DatabaseFile
    private let memory: Mutex<StoreMemory>
    private let state = Mutex(State())
    /// Syncing blocks a thread, which must be none of those that tasks run on.
    private let queue = DispatchQueue(label: "between.server.store")

    init(_ file: DatabaseFile, _ memory: StoreMemory) {
        self.file = file
        self.memory = Mutex(memory)
    }

    /// Writes that were asked for and not answered.
    var count: Int { state.withLock { $0.waiting.count + $0.underWayCount } }

    /// Does this in a transaction. It is not cancelled: what was begun is finished, and answered.
    func write<Answer: Sendable>(_ job: @escaping Job<Answer>) async throws -> Answer {
        // The queue is no task, and knows of no defences that a test took down.
        let down = Defence.down
        return try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(
                attempt: { database, memory in
                    let answer = try Defence.$down.withValue(down) { try job(database, &memory) }
                    return { continuation.resume(returning: answer) }
                }, fail: { continuation.resume(throwing: $0) })
            let mustRun = state.withLock { state in
                state.waiting.append(waiting)
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if mustRun { queue.async { self.run() } }
        }
    }

    /// Looks at what is committed, without waiting for more than the commit under way.
    func read<Answer: Sendable>(_ job: @escaping Job<Answer>) async throws -> Answer {
        try await file.read { [self] database in
            var memory = memory.withLock { $0 }
            let before = memory.keepCount
            let answer = try job(database, &memory)
            // A log that was read just now need not be read again. Nothing is written meanwhile: there is one connection.
            if memory.keepCount != before { keep(memory) }
            return answer
        }
    }

    /// Whether a space's log is in memory.
    func isKept(_ id: SpaceID) -> Bool { memory.withLock { $0.spaces[id] != nil } }

    private func keep(_ read: StoreMemory) {
        memory.withLock { memory in
            for (id, space) in read.spaces where memory.spaces[id] == nil { memory.keep(space) }
        }
    }

    private func run() {
        while let group = next() { commit(group) }
    }

    private func next() -> [Waiting]? {
        state.withLock { state in
            let group = Array(state.waiting.prefix(Self.jobsPerCommitMax))
            state.waiting.removeFirst(group.count)
            state.underWayCount = group.count
            state.isRunning = !group.isEmpty
            return group.isEmpty ? nil : group
        }
    }

    private func commit(_ group: [Waiting]) {
        do {
            let (tell, _) = try file.write { database in
                var memory = memory.withLock { $0 }
                let tell = try group.map { try Self.attempt($0, database, &memory) }
                return (tell, memory)
            } afterCommit: { _, memory in
                self.memory.withLock { $0 = memory }
            }
            for tell in tell { tell() }
        } catch  where group.count > 1 {
            // Perhaps there is room for some of them; and where the disk failed, each is told so.
            for waiting in group { commit([waiting]) }
        } catch {
            group[0].fail(error)
        }
    }

    private static func attempt(
        _ waiting: Waiting, _ database: Database, _ memory: inout StoreMemory
    ) throws -> @Sendable () -> Void {
        let before = memory
        var tell: @Sendable () -> Void = {}
        do {
            try database.inSavepoint {
                tell = try waiting.attempt(database, &memory)
                return .commit
            }
        } catch let error where isOfOneJob(error) {
            memory = before
            tell = { waiting.fail(error) }
        }
        return tell
    }

    /// Whether what went wrong concerns this job only. Trouble with the file ends the transaction, savepoints and all.
    private static func isOfOneJob(_ error: any Error) -> Bool {
        error is StoreRefusal || error is StoreDamage || (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
    }
}
