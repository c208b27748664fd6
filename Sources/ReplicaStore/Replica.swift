public import Causality
public import SQLiteFile

/// A replica: all edits of its spaces, their live values, and derived tables for reading.
///
/// Several processes may have one replica open. It holds no keys: everything that is sealed, opened, signed or named
/// goes through a ``Keyring``.
public final class Replica: Sendable {
    /// The database file: whether it is writable, its check, its scrubbing.
    public let file: DatabaseFile

    /// Opens a replica, and creates it if requested.
    ///
    /// - Throws: ``SQLiteFileError``.
    public init(_ path: String, lockFile: String, createIfMissing: Bool) throws {
        file = try DatabaseFile.open(
            path, lockFile: lockFile, schema: StoreSchema.schema, createIfMissing: createIfMissing)
    }

    /// Opens a replica for reading only: creates and migrates nothing, and waits for no lock.
    ///
    /// - Throws: ``SQLiteFileError``.
    public init(readOnly path: String, lockFile: String) throws {
        file = try DatabaseFile.open(path, lockFile: lockFile, schema: StoreSchema.schema, isReadOnly: true)
    }

    /// Reads a consistent state of the replica.
    public func read<T>(_ body: (StoreReader) throws -> T) throws -> T {
        try file.read { try body(StoreReader(database: $0)) }
    }

    /// Reads a consistent state of the replica, without blocking the caller's thread.
    public func read<T: Sendable>(_ body: @Sendable (StoreReader) throws -> T) async throws -> T {
        let down = Defence.down
        return try await file.read { database in
            try Self.with(down) { try body(StoreReader(database: database)) }
        }
    }

    /// Changes the replica in one durable transaction: when this returns, it is on the disk.
    ///
    /// - Parameter isDurable: false for writes that may be lost; see `DatabaseFile`.
    @discardableResult
    public func write<T>(
        isDurable: Bool = true, _ body: (StoreTransaction) throws -> T, afterCommit: (T) -> Void = { _ in }
    ) throws -> T {
        try file.write(isDurable: isDurable, { try body(StoreTransaction(database: $0)) }, afterCommit: afterCommit)
    }

    /// Changes the replica in one durable transaction, without blocking the caller's thread.
    ///
    /// - Parameter isDurable: false for writes that may be lost; see `DatabaseFile`.
    @discardableResult
    public func write<T: Sendable>(
        isDurable: Bool = true, _ body: @escaping @Sendable (StoreTransaction) throws -> T,
        afterCommit: @escaping @Sendable (T) -> Void = { _ in }
    ) async throws -> T {
        let down = Defence.down
        return try await file.write(
            isDurable: isDurable,
            { database in try Self.with(down) { try body(StoreTransaction(database: database)) } },
            afterCommit: afterCommit)
    }

    /// Passes task-local values of tests on to the database's thread.
    private static func with<T>(_ down: Set<Defence>, _ body: () throws -> T) throws -> T {
        try down.isEmpty ? body() : Defence.$down.withValue(down, operation: body)
    }
}

/// A space of this replica.
public struct Space: Hashable, Sendable {
    /// The key of its row.
    let key: Int64
    /// 16 bytes.
    public let id: [UInt8]
    /// Its local name: `journal` for the private one.
    public let name: String
    /// The name of the space of a pending join: nothing of it is shown or counted.
    public static let joining = "joining"

    /// This device's current feed; `nil` before it wrote anything.
    public let replica: ReplicaID?
}

/// A stored record of a membership log; opaque to this module.
public struct StoredRecord: Hashable, Sendable {
    /// The signed bytes, as they are exchanged.
    public let bytes: [UInt8]
    /// The parsed form of a verified record; `nil` if none was stored.
    public let form: [UInt8]?

    public init(_ bytes: [UInt8], form: [UInt8]?) {
        self.bytes = bytes
        self.form = form
    }
}
