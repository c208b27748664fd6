import CanonicalJSON

/// The description of a kind of entry. Each is in the file of its kind, beside the struct for programs; schema,
/// columns, counts, lists and entry lines are derived from it.
package struct KindSpec: Sendable {
    package let kind: Kind
    /// The letter before a short id, as in `h7q2`; unique, and `x` is reserved for kinds of newer versions.
    package let letter: Character
    /// The plural in lists: `btw list notes`.
    package let plural: String
    /// The rule for concurrent values of `at`.
    package let atRule: FieldRule
    /// Its fields besides those of every entry, in the order in which they are shown.
    package let fields: [FieldSpec]
    /// The parts of its line, without id and time; `nil` and empty parts are left out.
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

    /// The kinds that this version shows, in their order in help texts.
    package static let all: [KindSpec] = [note, homework, mood, session]

    /// `nil` for a kind that this version does not know.
    package static subscript(_ kind: Kind) -> KindSpec? { byKind[kind] }

    private static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })

    /// The fields with a column in the replica's table of this kind, in order: single values that are read without
    /// decrypting the entry.
    package var columns: [FieldSpec] {
        let shared = Schema.envelope.filter { $0.name == "about" || $0.name == "flag" }
        return shared + fields.filter { !$0.isCollection }
    }
}
