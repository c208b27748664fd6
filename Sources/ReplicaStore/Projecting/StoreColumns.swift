import CanonicalJSON
import GRDB
import Records
import SQLiteFile

/// The columns of each kind's table.
enum StoreColumns {
    struct Table {
        let name: String
        let fields: [FieldSpec]
        /// The columns that are indexed for search.
        let searched: [String]
        let insert: String
        let select: String

        init(_ spec: KindSpec) {
            name = spec.kind.name.string
            fields = spec.columns
            searched = fields.filter(\.isSearched).map(\.name.string)
            let columns = fields.map { "\"\($0.name.string)\"" }.joined(separator: ", ")
            let marks = Array(repeating: "?", count: fields.count + 1).joined(separator: ", ")
            insert = "INSERT OR REPLACE INTO \(name) (entry, \(columns)) VALUES (\(marks))"
            select = "SELECT \(searched.map { "\"\($0)\"" }.joined(separator: ", ")) FROM \(name) WHERE entry = ?"
        }
    }

    static let of: [Kind: Table] = Dictionary(uniqueKeysWithValues: KindSpec.all.map { ($0.kind, Table($0)) })

    /// A field's value for its column; `null` for a value of another type, which a newer version may write.
    static func value(_ value: JSONValue, of field: FieldSpec) -> ColumnValue {
        switch (field.type, value) {
        case (.integer, .integer(let number)), (.number, .integer(let number)): number.value
        case (.number, .real(let number)): number.value
        case (.flag, .bool(let flag)): flag.value
        case (.integer, _), (.number, _), (.flag, _): .null
        case (_, .text(let text)): text.column.value
        case (_, _): .null
        }
    }

    static let tables = of.values.map(\.name).sorted()
}

extension Text {
    /// The text as a column returns it: up to the first NUL.
    var column: String {
        string.utf8.contains(0) ? String(decoding: string.utf8.prefix { $0 != 0 }, as: UTF8.self) : string
    }
}

// MARK: - Column coding

extension JSONValue {
    /// A cell's value; `null` for text that is not JSON.
    init(column text: String) { self = (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
}
