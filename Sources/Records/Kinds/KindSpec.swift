import CanonicalJSON

/// All that this version knows of a kind of entry. Each stands in the file of its kind, beside the struct that programs
/// write; schema, columns, counts, lists and lines of entries follow from it.
package struct KindSpec: Sendable {
    package let kind: Kind
    /// The letter before a short id, as in `h7q2`; no other kind has it, and `x` is for kinds of a newer version.
    package let letter: Character
    /// What several are called where they are listed: `btw list notes`.
    package let plural: String
    /// How two values of `at` become one.
    package let atRule: FieldRule
    /// What it has beside the fields of every entry, in the order in which they are shown.
    package let fields: [FieldSpec]
    /// What its line says, without id and time; `nil` and empty parts are left out.
    package let line: @Sendable (EntryLineParts) -> [String?]

    package init(
        _ kind: Kind, letter: Character, plural: String, atRule: FieldRule = .greatest, fields: [FieldSpec],
        line: @escaping @Sendable (EntryLineParts) -> [String?]
    ) {
        self.kind = kind
        self.letter = letter
        self.plural = plural
        self.atRule = atRule
        self.fields = fields
        self.line = line
    }

    /// The kinds that this version shows, in the order in which they are named.
    package static let all: [KindSpec] = [note, homework, mood, session]

    /// `nil` for a kind that this version does not know.
    package static subscript(_ kind: Kind) -> KindSpec? { byKind[kind] }

    private static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })

    /// The fields that have a column of their own in the replica's table of this kind, in the order of its columns:
    /// those with one value that are read without opening the entry.
    package var columns: [FieldSpec] {
        let shared = Schema.envelope.filter { $0.name == "about" || $0.name == "flag" }
        return shared + fields.filter { !$0.isCollection }
    }
}
