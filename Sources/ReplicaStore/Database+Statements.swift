import Foundation
import GRDB

/// Statements by their text: prepared once a connection, bound without names.
///
/// Values come as SQLite has them, so that none is boxed on its way.
extension Database {
    func run(_ sql: String, _ values: DatabaseValue...) throws {
        try bound(sql, values).execute()
    }

    /// As ``run(_:_:)``, with values that were gathered before.
    func run(_ sql: String, all values: [DatabaseValue]) throws {
        try bound(sql, values).execute()
    }

    func first(_ sql: String, _ values: DatabaseValue...) throws -> Row? {
        try Row.fetchOne(bound(sql, values))
    }

    func all(_ sql: String, _ values: DatabaseValue...) throws -> [Row] {
        try Row.fetchAll(bound(sql, values))
    }

    /// Visits rows one after another, however many there are.
    func each(_ sql: String, _ values: DatabaseValue..., visit: (Row) throws -> Void) throws {
        let rows = try Row.fetchCursor(bound(sql, values))
        while let row = try rows.next() { try visit(row) }
    }

    private func bound(_ sql: String, _ values: [DatabaseValue]) throws -> Statement {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(StatementArguments(values))
        return statement
    }
}

extension Array where Element == UInt8 {
    var value: DatabaseValue { Data(self).databaseValue }
}

extension Int {
    var value: DatabaseValue { databaseValue }
}

extension Int64 {
    var value: DatabaseValue { databaseValue }
}

extension Bool {
    var value: DatabaseValue { (self ? 1 : 0).databaseValue }
}

extension String {
    var value: DatabaseValue { databaseValue }
}

extension Optional where Wrapped: DatabaseValueConvertible {
    var value: DatabaseValue { self?.databaseValue ?? .null }
}

extension Row {
    /// A blob, or no bytes where there is none.
    func bytes(_ column: Int) -> [UInt8] { (self[column] as Data?).map(Array.init) ?? [] }
}
