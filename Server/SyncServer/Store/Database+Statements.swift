import Foundation
import GRDB

/// Statements by their text: prepared once a connection, bound without names.
extension Database {
    func run(_ sql: String, _ values: (any DatabaseValueConvertible)?...) throws {
        try bound(sql, values).execute()
    }

    func first(_ sql: String, _ values: (any DatabaseValueConvertible)?...) throws -> Row? {
        try Row.fetchOne(bound(sql, values))
    }

    func all(_ sql: String, _ values: (any DatabaseValueConvertible)?...) throws -> [Row] {
        try Row.fetchAll(bound(sql, values))
    }

    /// Visits rows one after another, however many there are, for as long as the body says so.
    func each(
        _ sql: String, _ values: (any DatabaseValueConvertible)?..., visit: (Row) throws -> Bool
    ) throws {
        let rows = try Row.fetchCursor(bound(sql, values))
        while let row = try rows.next(), try visit(row) {}
    }

    private func bound(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws -> Statement {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(StatementArguments(values))
        return statement
    }
}

extension Array where Element == UInt8 {
    var value: DatabaseValue { Data(self).databaseValue }
}

extension Row {
    /// A blob, or no bytes where there is none.
    func bytes(_ column: Int) -> [UInt8] { (self[column] as Data?).map(Array.init) ?? [] }
}
