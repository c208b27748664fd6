import GRDB
import SQLiteFile

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
        if wasShown { try database.indexAnew() }
    }

    /// Renames a space to a name that is not in use.
    public func rename(_ space: Space, to name: String) throws {
        try database.run("UPDATE space SET name = ? WHERE key = ?", name.value, space.key.value)
    }
}
