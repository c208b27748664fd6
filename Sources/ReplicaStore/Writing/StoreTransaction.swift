import GRDB
import SQLiteFile
import Records

/// One transaction on a replica. Good only within the closure that it is handed to.
public struct StoreTransaction {
    let database: Database

    /// The replica as it stands within this transaction.
    public var reader: StoreReader { StoreReader(database: database) }

    /// Keeps a value under a name; not synced.
    public func set(_ name: String, to value: String) throws {
        try database.run(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name.value,
            value.value)
    }

    /// Begins to hold a space, with its membership log as far as it was verified.
    public func addSpace(id: [UInt8], name: String, records: [[UInt8]]) throws -> Space {
        try database.run("INSERT INTO space (id, name) VALUES (?, ?)", id.value, name.value)
        let key = database.lastInsertedRowID
        for (position, record) in records.enumerated() {
            try database.run("INSERT INTO record VALUES (?, ?, ?)", key.value, position.value, record.value)
        }
        return Space(key: key, id: id, name: name, replica: nil)
    }

    /// Writes to a space. What was written is worked into the tables when the body ends.
    ///
    /// - Parameters:
    ///   - space: as it stands in this transaction.
    ///   - keyring: the keys of the space.
    ///   - asNewIncarnation: whether this device must not go on with the line that it wrote before.
    ///   - body: writes.
    public func write<T>(
        to space: Space, _ keyring: Keyring, asNewIncarnation: Bool = false, _ body: (StoreWriter) throws -> T
    ) throws -> T {
        let writer = StoreWriter(database: database, space: space, keyring: keyring)
        if asNewIncarnation { try writer.leaveLine() }
        let result = try body(writer)
        try writer.finish()
        return result
    }
}
