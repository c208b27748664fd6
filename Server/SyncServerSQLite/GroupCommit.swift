import Causality
import Foundation
import GRDB
import SQLiteFile
import SyncServer
import Synchronization

/// Group commit: concurrent writes share one commit, since syncing the disk takes most of a small write's time.
///
/// Each write has its own savepoint, so that a failing one does not undo the others; all are answered after the
/// shared commit is durable. The next group gathers during a commit.
final class GroupCommit: Sendable {
    /// Writes that may share a commit, so that none waits long.
    static let jobsPerCommitMax = 64

    private struct Waiting: Sendable {
        /// Performs the write; returns a closure that resumes its caller after the commit.
        let attempt: StoreJob<@Sendable () -> Void>
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        /// How many writes are being committed.
        var underWayCount = 0
        var isRunning = false
    }

    private let file: DatabaseFile
    private let committed = Mutex(StoreMemory())
    private let state = Mutex(State())
    /// Syncing blocks a thread, which must not be one of the cooperative pool.
    private let queue = DispatchQueue(label: "between.server.store")

    init(_ file: DatabaseFile) {
        self.file = file
    }

    /// Writes that were requested and not answered.
    var count: Int { state.withLock { $0.waiting.count + $0.underWayCount } }

    /// The memory as of the last commit.
    var memory: StoreMemory { committed.withLock { $0 } }

    /// Performs a job in a transaction. It is not cancelled: once begun, it is finished and answered.
    func write<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        // The queue does not inherit task-local values, such as defences that a test switched off.
        let down = Defence.down
        return try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(
                attempt: { transaction, memory in
                    let answer = try Defence.$down.withValue(down) { try job(transaction, &memory) }
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

    /// Reads what is committed; waits at most for the commit in progress.
    func read<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        try await file.read { [self] database in
            var memory = memory
            let answer = try job(SQLiteTransaction(database: database), &memory)
            // No write can happen meanwhile, since there is one connection.
            committed.withLock { $0.adopt(memory) }
            return answer
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
            let (notify, _) = try file.write { database in
                var memory = memory
                let notify = try group.map { try Self.attempt($0, database, &memory) }
                return (notify, memory)
            } afterCommit: { _, memory in
                self.committed.withLock { $0 = memory }
            }
            for notify in notify { notify() }
        } catch  where group.count > 1 {
            // Some may succeed alone; if the disk failed, each gets the error.
            for waiting in group { commit([waiting]) }
        } catch {
            group[0].fail(error)
        }
    }

    private static func attempt(
        _ waiting: Waiting, _ database: Database, _ memory: inout StoreMemory
    ) throws -> @Sendable () -> Void {
        let before = memory
        var notify: @Sendable () -> Void = {}
        do {
            try database.inSavepoint {
                notify = try waiting.attempt(SQLiteTransaction(database: database), &memory)
                return .commit
            }
        } catch let error where isOfOneJob(error) {
            memory = before
            notify = { waiting.fail(error) }
        }
        return notify
    }

    /// Whether an error concerns this job only. An error of the file ends the whole transaction.
    private static func isOfOneJob(_ error: any Error) -> Bool {
        error is StoreRefusal || error is StoreDamage || (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
    }
}
