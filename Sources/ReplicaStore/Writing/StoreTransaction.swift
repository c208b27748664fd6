import GRDB
import Records
import SQLiteFile

/// One transaction on a replica. Valid only within the closure that it is passed to.
public struct StoreTransaction {
    let database: Database

    /// The state of the replica within this transaction.
    public var reader: StoreReader { StoreReader(database: database) }

    /// Stores a local setting, which is not synced.
    public func set(_ name: String, to value: String) throws {
        try database.run(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name.value,
            value.value)
    }

    /// Adds a space with its verified membership log.
    public func addSpace(id: [UInt8], name: String, records: [StoredRecord]) throws -> Space {
        try database.run("INSERT INTO space (id, name) VALUES (?, ?)", id.value, name.value)
        let space = Space(key: database.lastInsertedRowID, id: id, name: name, replica: nil)
        for (position, record) in records.enumerated() { try database.keep(record, at: position, of: space) }
        return space
    }

    /// Replaces the stored parsed forms of a space's records, in the order of the records.
    public func keepForms(_ forms: [[UInt8]], of space: Space) throws {
        try database.run("DELETE FROM verified WHERE space = ?", space.key.value)
        for (position, form) in forms.enumerated() {
            try database.run("INSERT INTO verified VALUES (?, ?, ?)", space.key.value, position.value, form.value)
        }
    }

    /// Writes to a space. The derived tables are updated when the body ends.
    ///
    /// - Parameters:
    ///   - space: its state in this transaction.
    ///   - keyring: the keys of the space.
    ///   - asNewIncarnation: whether this device must start a new feed.
    ///   - body: writes.
    public func write<T>(
        to space: Space, _ keyring: Keyring, asNewIncarnation: Bool = false, _ body: (StoreWriter) throws -> T
    ) throws -> T {
        let writer = StoreWriter(database: database, space: space, keyring: keyring)
        if asNewIncarnation { try writer.beginOwnFeed() }
        let result = try body(writer)
        try writer.finish()
        return result
    }
}

// MARK: - Spaces

extension StoreTransaction {
    /// Deletes a space: its log, its edits, its quarantine, and everything derived from them.
    ///
    /// Copies of its bytes may remain in the file until it is scrubbed.
    public func remove(_ space: Space) throws {
        func delete(_ tables: [String], where condition: String) throws {
            for table in tables { try database.run("DELETE FROM \(table) WHERE \(condition)", space.key.value) }
        }
        let wasShown =
            try database.first("SELECT 1 FROM entry WHERE space = ? AND kind IS NOT NULL LIMIT 1", space.key.value)
            != nil
        try database.run("UPDATE space SET own_line = NULL WHERE key = ?", space.key.value)
        try delete(
            ["cell", "lacking", "choice", "element", "change", "first_value"] + StoreColumns.tables,
            where: "entry IN (SELECT key FROM entry WHERE space = ?)")
        try delete(
            ["undone", "server", "edit", "batch"], where: "line IN (SELECT key FROM line WHERE space = ?)")
        try delete(["seen"], where: "author IN (SELECT key FROM line WHERE space = ?)")
        try delete(["aside_box", "aside_gone"], where: "aside IN (SELECT key FROM aside WHERE space = ?)")
        try delete(["aside", "alarm", "entry", "verified", "record", "line"], where: "space = ?")
        try delete(["space"], where: "key = ?")
        guard wasShown else { return }
        var words = try WordIndex(database)
        try words.rebuild()
    }

    /// Renames a space to a name that is not in use.
    public func rename(_ space: Space, to name: String) throws {
        try database.run("UPDATE space SET name = ? WHERE key = ?", name.value, space.key.value)
    }
}
