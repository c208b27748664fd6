import CanonicalJSON
import GRDB
import SQLiteFile
import Records

/// Which fields of which kind have a column of their own.
enum StoreColumns {
    struct Table {
        let name: String
        let fields: [FieldSpec]
        /// The columns whose text is searched.
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

    /// A field's value as its column holds it; what a newer version put there that fits no column is left out.
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
    /// This text as a column gives it back: it ends at a NUL.
    var column: String {
        string.utf8.contains(0) ? String(decoding: string.utf8.prefix { $0 != 0 }, as: UTF8.self) : string
    }
}
