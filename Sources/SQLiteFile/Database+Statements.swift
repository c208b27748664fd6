import CSQLite
package import GRDB

/// Runs statements with GRDB's statement cache, and with its own binding and rows.
///
/// GRDB's binding and rows would take more time than SQLite itself.
extension Database {
    package func run(_ sql: String, _ values: ColumnValue...) throws { try run(sql, all: values) }

    /// As ``run(_:_:)``, with an array of values.
    package func run(_ sql: String, all values: [ColumnValue]) throws {
        try stepping(sql, values) { statement in
            while try step(statement, sql) {}
        }
    }

    package func first(_ sql: String, _ values: ColumnValue...) throws -> ColumnRow? {
        try first(sql, all: values)
    }

    /// As ``first(_:_:)``, with an array of values.
    package func first(_ sql: String, all values: [ColumnValue]) throws -> ColumnRow? {
        try stepping(sql, values) { try step($0, sql) ? ColumnRow($0) : nil }
    }

    package func all(_ sql: String, _ values: ColumnValue...) throws -> [ColumnRow] {
        try stepping(sql, values) { statement in
            var rows: [ColumnRow] = []
            while try step(statement, sql) { rows.append(ColumnRow(statement)) }
            return rows
        }
    }

    /// Visits rows one at a time, without holding all of them in memory.
    package func each(
        _ sql: String, _ values: ColumnValue..., visit: (ColumnRow) throws -> Void
    ) throws {
        try each(sql, all: values, visit: visit)
    }

    /// As ``each(_:_:visit:)``, with an array of values.
    package func each(
        _ sql: String, all values: [ColumnValue], visit: (ColumnRow) throws -> Void
    ) throws {
        try stepping(sql, values) { statement in
            while try step(statement, sql) { try visit(ColumnRow(statement)) }
        }
    }

    /// Visits rows one at a time, until the body returns false.
    package func visit(
        _ sql: String, _ values: ColumnValue..., while visit: (ColumnRow) throws -> Bool
    ) throws {
        try stepping(sql, values) { statement in
            while try step(statement, sql), try visit(ColumnRow(statement)) {}
        }
    }

    /// Passes a bound statement to the body, and resets it afterwards, also after an error.
    private func stepping<T>(
        _ sql: String, _ values: [ColumnValue], _ body: (OpaquePointer) throws -> T
    ) throws -> T {
        let kept = try cachedStatement(sql: sql)
        let statement = kept.sqliteStatement
        precondition(Int(sqlite3_bind_parameter_count(statement)) == values.count, "marks without values")
        defer {
            sqlite3_reset(statement)
            // The user's text must not stay in memory until the statement runs again.
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            let code = Self.bind(value, to: statement, Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code, sql) }
        }
        return try withExtendedLifetime(kept) { try body(statement) }
    }

    /// Returns whether there is a row.
    private func step(_ statement: OpaquePointer, _ sql: String) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code, sql)
        }
    }

    private func failure(_ code: Int32, _ sql: String) -> any Error {
        // Only the cancellation of a task interrupts statements.
        if code == SQLITE_INTERRUPT { return CancellationError() }
        let message = String(cString: sqlite3_errmsg(sqliteConnection))
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
    }

    private static func bind(_ value: ColumnValue, to statement: OpaquePointer, _ index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, number)
        case .real(let number): return sqlite3_bind_double(statement, index, number)
        case .text(var text):
            return text.withUTF8 { utf8 in
                // SQLite's text functions end a text at a NUL.
                let count = utf8.firstIndex(of: 0) ?? utf8.count
                guard count > 0 else { return sqlite3_bind_text(statement, index, "", 0, transient) }
                return utf8.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(statement, index, $0.baseAddress, Int32(count), transient)
                }
            }
        case .blob(let bytes):
            // A null pointer would bind NULL.
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient)
            }
        }
    }

    /// `SQLITE_TRANSIENT`, which is not imported into Swift: SQLite copies the bound bytes.
    private static var transient: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }
}

extension ColumnRow {
    /// Copies the current row of a statement.
    fileprivate init(_ statement: OpaquePointer) {
        let count = sqlite3_column_count(statement)
        values = (0..<count).map { column in
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
            case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
            case SQLITE_TEXT:
                guard let text = sqlite3_column_text(statement, column) else { return .text("") }
                let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column)))
                return .text(String(decoding: bytes, as: UTF8.self))
            case SQLITE_BLOB:
                guard let blob = sqlite3_column_blob(statement, column) else { return .blob([]) }
                return .blob(
                    [UInt8](UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(statement, column)))))
            default: return .null
            }
        }
    }
}
