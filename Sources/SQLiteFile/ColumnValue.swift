/// A value of SQLite: bound to a statement, or returned in a row.
package enum ColumnValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package var isNull: Bool { self == .null }

    /// The text; `nil` for a value of another type.
    package var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// A type that can be bound as a value of SQLite.
package protocol ColumnBindable {
    var value: ColumnValue { get }
}

extension ColumnValue: ColumnBindable {
    package var value: ColumnValue { self }
}

extension Int: ColumnBindable {
    package var value: ColumnValue { .integer(Int64(self)) }
}

extension Int64: ColumnBindable {
    package var value: ColumnValue { .integer(self) }
}

extension Bool: ColumnBindable {
    package var value: ColumnValue { .integer(self ? 1 : 0) }
}

extension Double: ColumnBindable {
    package var value: ColumnValue { .real(self) }
}

extension String: ColumnBindable {
    package var value: ColumnValue { .text(self) }
}

extension [UInt8]: ColumnBindable {
    package var value: ColumnValue { .blob(self) }
}

extension Optional where Wrapped: ColumnBindable {
    package var value: ColumnValue { self?.value ?? .null }
}

/// One row of a result. Reading a column as another type than it has, or a nullable one without an optional, traps:
/// tables are STRICT, so that is a mistake in the query.
package struct ColumnRow: Hashable, Sendable {
    package let values: [ColumnValue]

    package subscript(_ column: Int) -> Int64 {
        guard case .integer(let number) = values[column] else { preconditionFailure("column \(column) is no integer") }
        return number
    }

    package subscript(_ column: Int) -> Int { Int(self[column] as Int64) }

    package subscript(_ column: Int) -> Bool { self[column] as Int64 != 0 }

    package subscript(_ column: Int) -> String {
        guard case .text(let text) = values[column] else { preconditionFailure("column \(column) is no text") }
        return text
    }

    /// An integer; `nil` for NULL and other types.
    package func integer(_ column: Int) -> Int? {
        if case .integer(let number) = values[column] { Int(number) } else { nil }
    }

    /// A text; `nil` for NULL and other types.
    package func text(_ column: Int) -> String? { values[column].text }

    /// A blob; empty for NULL and other types.
    package func bytes(_ column: Int) -> [UInt8] { if case .blob(let bytes) = values[column] { bytes } else { [] } }
}
