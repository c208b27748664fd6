import GRDB

/// Every row of every table of a replica, as text.
enum TableDump {
    static func tables(_ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%' ORDER BY name")
    }

    static func lines(_ database: Database) throws -> [String] {
        try tables(database).flatMap { table in
            let columns = try database.columns(in: table).map { "quote(\"\($0.name)\")" }.joined(
                separator: " || '|' || ")
            return try String.fetchAll(database, sql: "SELECT \(columns) AS line FROM \"\(table)\" ORDER BY line")
                .map { table + ": " + $0 }
        }
    }
}
