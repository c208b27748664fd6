import Causality
import Wire

/// Work in one transaction. It changes a copy of the memory, which replaces the old one after the commit.
package typealias StoreJob<Answer> = @Sendable (any StoreTransaction, inout StoreMemory) throws -> Answer

/// A server's storage engine: transactions over rows, durable when they return, and no rules.
///
/// Transactions are as if each ran after the other, in some order; a job that throws changes nothing. A job runs
/// synchronously, on a thread that the engine may block (decision 36).
package protocol StoreEngine: Sendable {
    /// Performs a job in a transaction that may write, and returns once it is durable. Jobs that wait at the same time
    /// may share a commit; one that throws undoes no other. It is not cancelled: once begun, it is finished.
    ///
    /// - Throws: the job's error, or a ``StoreEngineError``. Then nothing of the job is stored.
    func write<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer
    /// Performs a job that reads what is committed. Of the memory that it changed, ``StoreMemory/adopt(_:)`` keeps
    /// what was read.
    func read<Answer: Sendable>(_ job: @escaping StoreJob<Answer>) async throws -> Answer
    /// The memory as of the last commit.
    var memory: StoreMemory { get }
    /// Whether it was opened without the right to write.
    var isReadOnly: Bool { get }
    /// Writes a copy of the whole store to a new file.
    func backup(to path: String) async throws
    /// Removes erased content from the disk completely, if any was erased since the last time.
    ///
    /// Returns whether nothing is left; otherwise it must be tried again later.
    func scrub() async throws -> Bool
    func close() async throws
}

/// An engine that keeps a store in the folder of a daemon.
package protocol FolderEngine: StoreEngine {
    /// Opens the store of a folder and takes the folder's lock, until ``StoreEngine/close()``; a second process is
    /// refused at once.
    ///
    /// - Parameter createIfMissing: `false` if there was a store before: an empty one would hide the loss.
    static func open(in folder: DataFolder, createIfMissing: Bool) throws -> Self
    /// Whether a file is an intact store, as ``StoreEngine/backup(to:)`` writes it; no other process may have it open.
    static func isSound(_ path: String) -> Bool
    /// The suffixes of further files that it may keep beside a store's file.
    static var suffixes: [String] { get }
}

/// Why an engine could not do its work.
package protocol StoreEngineError: Error {
    /// No room is left on the disk.
    var isFull: Bool { get }
    /// Another process works on the store.
    var isLocked: Bool { get }
    /// What happened, and what is safe.
    var message: String { get }
    /// The next step for the administrator.
    var next: String { get }
}

/// A refusal that the device is told; the transaction's changes are undone.
package struct StoreRefusal: Error, Hashable {
    let code: ErrorCode
    let dot: Dot?

    init(_ code: ErrorCode, _ dot: Dot? = nil) {
        self.code = code
        self.dot = dot
    }
}

/// The rows contradict each other; names the part, without user data.
package struct StoreDamage: Error, Hashable, CustomStringConvertible {
    package let what: String

    package init(_ what: String) {
        self.what = what
    }

    package var description: String { "the store is damaged: \(what)" }
}
