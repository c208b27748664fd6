public import Causality
import GRDB
import SQLiteFile

/// A consistent read-only view of a replica. Valid only within the closure that it is passed to.
public struct StoreReader {
    let database: Database

    /// A local setting of the replica, which is not synced.
    public func setting(_ name: String) throws -> String? {
        try database.first("SELECT value FROM setting WHERE name = ?", name.value)?[0]
    }

    /// A local setting of a space, which is not synced and is removed with the space.
    public func setting(_ name: String, of space: Space) throws -> String? {
        try database.first(
            "SELECT value FROM space_setting WHERE space = ? AND name = ?", space.key.value, name.value)?[0]
    }

    public func space(named name: String) throws -> Space? { try spaces().first { $0.name == name } }

    /// All spaces, including that of a pending join, in the order in which they were added.
    public func spaces() throws -> [Space] {
        try database.all(
            """
            SELECT space.key, space.id, space.name, line.replica
            FROM space LEFT JOIN line ON line.key = space.own_line ORDER BY space.key
            """
        ).map { Space(key: $0[0], id: $0.bytes(1), name: $0[2], replica: ReplicaID(column: $0.bytes(3))) }
    }

    /// The membership log of a space from a position on.
    public func records(of space: Space, from position: Int = 0) throws -> [StoredRecord] {
        try database.all(
            """
            SELECT record.bytes, verified.form FROM record LEFT JOIN verified USING (space, position)
            WHERE record.space = ? AND record.position >= ? ORDER BY record.position
            """, space.key.value, position.value
        ).map { StoredRecord($0.bytes(0), form: $0.values[1].isNull ? nil : $0.bytes(1)) }
    }

    /// The length of a feed of any space here, including open batches and stubs; `nil` if it is unknown.
    public func heldCount(of replica: ReplicaID) throws -> Int? {
        let row = try database.first(
            "SELECT max((SELECT coalesce(max(n), 0) FROM edit WHERE line = line.key)) FROM line WHERE replica = ?",
            replica.column.value)
        return row?.integer(0)
    }

    /// The length of this device's current feed; 0 if it wrote nothing.
    public func ownCount(in space: Space) throws -> Int {
        let row = try database.first(
            "SELECT max(n) FROM edit WHERE line = (SELECT own_line FROM space WHERE key = ?)", space.key.value)
        return row?.integer(0) ?? 0
    }

    /// The number of this device's feeds, in all its incarnations.
    public func ownFeedCount(in space: Space) throws -> Int {
        try database.first("SELECT count(*) FROM line WHERE space = ? AND is_own", space.key.value)?[0] ?? 0
    }
}
