/// A value as SQLite has it: what is bound to a statement, and what a row gives back.
package enum ColumnValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package var isNull: Bool { self == .null }

    /// What it says, if it is a text.
    package var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// What has a form as a value of SQLite.
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

/// One row of an answer. Who asks for another type than its column has, or for what a column may lack
/// without saying so, made a mistake in the query: tables are STRICT.
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

    /// A number, where there is one.
    package func integer(_ column: Int) -> Int? {
        if case .integer(let number) = values[column] { Int(number) } else { nil }
    }

    /// A text, where there is one.
    package func text(_ column: Int) -> String? { values[column].text }

    /// A blob, or no bytes where there is none.
    package func bytes(_ column: Int) -> [UInt8] { if case .blob(let bytes) = values[column] { bytes } else { [] } }
}
