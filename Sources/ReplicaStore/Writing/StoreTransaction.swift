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
    public func addSpace(id: [UInt8], name: String, records: [StoredRecord]) throws -> Space {
        try database.run("INSERT INTO space (id, name) VALUES (?, ?)", id.value, name.value)
        let space = Space(key: database.lastInsertedRowID, id: id, name: name, replica: nil)
        for (position, record) in records.enumerated() { try database.keep(record, at: position, of: space) }
        return space
    }

    /// Keeps what the records of a space were found to say, all of them in their order, in place of what was kept of it.
    public func keepForms(_ forms: [[UInt8]], of space: Space) throws {
        try database.run("DELETE FROM verified WHERE space = ?", space.key.value)
        for (position, form) in forms.enumerated() {
            try database.run("INSERT INTO verified VALUES (?, ?, ?)", space.key.value, position.value, form.value)
        }
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
