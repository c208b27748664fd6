import Causality
import Foundation
import GRDB
package import SQLiteFile
package import SyncServer

/// A server's store in one SQLite file, whose lock it holds while it is open.
///
/// Reads see what is committed, and concurrent writes share a commit. After a commit failed on the disk, nothing is
/// written until the store is opened again.
package final class SQLiteEngine: FolderEngine {
    /// The database file.
    package let file: DatabaseFile
    private let commits: GroupCommit
    /// Bytes of a file that may be rebuilt in memory to scrub it, after rows moved.
    private let rebuiltLengthMax: Int

    /// Opens a store, or creates it.
    ///
    /// - Parameters:
    ///   - path: the path of the database.
    ///   - lockFile: locked until ``close()``; a second process is refused at once.
    ///   - createIfMissing: `false` if there was a store before: an empty one would hide the loss.
    ///   - rebuiltLengthMax: see ``StoreLimits/rebuiltLengthMax``.
    ///   - onStatement: called with every statement; for tests.
    /// - Throws: `SQLiteFileError`.
    package init(
        _ path: String, lockFile: String, createIfMissing: Bool,
        rebuiltLengthMax: Int = StoreLimits().rebuiltLengthMax, onStatement: (@Sendable (String) -> Void)? = nil
    ) throws {
        file = try DatabaseFile.open(
            path, lockFile: lockFile, schema: ServerSchema.schema, lock: .forLife, createIfMissing: createIfMissing,
            onStatement: onStatement)
        self.rebuiltLengthMax = rebuiltLengthMax
        if !file.isReadOnly { try file.write { try SQLiteTransaction(database: $0).indexQuarantine() } }
        commits = GroupCommit(file)
    }

    package static func open(in folder: DataFolder, createIfMissing: Bool) throws -> SQLiteEngine {
        try SQLiteEngine(folder.database, lockFile: folder.lock, createIfMissing: createIfMissing)
    }

    package func write<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        try await commits.write(job)
    }

    package func read<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer {
        try await commits.read(job)
    }

    package var memory: StoreMemory { commits.memory }

    package var isReadOnly: Bool { file.isReadOnly }

    package func close() async throws { try await file.close() }

    /// Writes that were requested and not answered; for tests of concurrent writes.
    package var writeCount: Int { commits.count }
}

// MARK: - Backup

extension SQLiteEngine {
    /// The copy is made under another name, and renamed when it is complete and durable.
    ///
    /// Reads and writes wait meanwhile: about a second for half a gigabyte.
    package func backup(to path: String) async throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw SQLiteFileError(.cannotOpen, "\(path) is there already. Nothing was copied.", next: "Name another.")
        }
        let draft = try Draft(of: path, Self.suffixes)
        do {
            try await file.read { source in
                let copy = try DatabaseQueue(path: draft.path)
                try copy.writeWithoutTransaction { target in
                    try target.execute(sql: "PRAGMA synchronous = FULL")
                    try source.backup(to: target)
                    // Otherwise it could be opened only together with its write-ahead log.
                    _ = try target.checkpoint(.truncate)
                }
                try copy.close()
            }
            try draft.become(path)
            draft.discard()
        } catch {
            draft.discard()
            throw error
        }
    }

    /// Whether a database is a server's and all its pages are intact; no other process may have it open.
    package static func isSound(_ path: String) -> Bool {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            return try queue.writeWithoutTransaction { database in
                try Int32.fetchOne(database, sql: "PRAGMA application_id") == ServerSchema.applicationID
                    && String.fetchAll(database, sql: "PRAGMA quick_check(1)") == ["ok"]
            }
        } catch {
            return false
        }
    }

    /// SQLite's files beside a database. It would replay a remaining write-ahead log into another one.
    package static var suffixes: [String] { ["-wal", "-shm", "-journal"] }
}

// MARK: - Scrubbing

extension SQLiteEngine {
    package func scrub() async throws -> Bool {
        let due = try await file.read { [rebuiltLengthMax] database -> (count: Int, isToBeRebuilt: Bool)? in
            let transaction = SQLiteTransaction(database: database)
            guard let count = try transaction.erasedCount else { return nil }
            let length = try database.first("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return (count, try transaction.hasMoved && length?[0] ?? 0 <= rebuiltLengthMax)
        }
        guard let due else { return true }
        // Every box was overwritten in place, so only the write-ahead log is left. A rebuild needs as much memory as
        // the file has bytes, so only a small file is rebuilt, and only after rows moved.
        guard try await file.scrub(rebuilding: due.isToBeRebuilt) else { return false }
        // Unless more was erased meanwhile.
        return try await file.write { database in
            try SQLiteTransaction(database: database).scrubbed(due.count, isRebuilt: due.isToBeRebuilt)
        }
    }
}
