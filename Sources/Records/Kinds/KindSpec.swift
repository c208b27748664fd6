public import CanonicalJSON
public import Causality

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

/// The style of an entry's line, for a terminal or a report.
package protocol EntryLineStyle: Sendable {
    var separator: String { get }
    var dash: String { get }
    var arrow: String { get }
    /// A user's text on one line, with control characters escaped.
    func words(_ text: String) -> String
    /// The value of a field of type moment: `2026-10-05 21:14`.
    func when(_ at: String) -> String
    /// Emphasis for good news.
    func glad(_ text: String) -> String
    /// The bar of a mood, 1 to 5, beside its digit.
    func bar(_ step: Int) -> String
}

/// The input of ``KindSpec/line``.
package struct EntryLineParts: Sendable {
    package let entry: Entry
    /// The local day.
    package let today: CivilDate
    /// The number of practice notes about it, for homework.
    package let progress: Int
    package let style: any EntryLineStyle

    package init(_ entry: Entry, today: CivilDate, progress: Int = 0, style: any EntryLineStyle) {
        self.entry = entry
        self.today = today
        self.progress = progress
        self.style = style
    }

    /// Cut again, since escaped control characters are longer.
    package var title: String { Columns.cut(style.words(entry.title)[...], to: Entry.titleColumnsMax) }

    /// The elements of a set; `nil` if there are none.
    package func elements(of set: FieldName, joined separator: String) -> String? {
        let words = entry.elements(of: set.text).map { style.words($0.string) }
        return words.isEmpty ? nil : words.joined(separator: separator)
    }

    package func join(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: style.separator)
    }
}

/// An entry that is not written yet.
public struct EntryDraft: Hashable, Sendable {
    public var kind: Kind
    /// The fields that are set; `made` and `author` are added when it is written, and `at` if it is missing.
    public var fields: [FieldName: JSONValue]
    /// Its name, if it must be known before it is written.
    public var name: EntryName?

    public init(_ kind: Kind, _ fields: [FieldName: JSONValue], name: EntryName? = nil) {
        self.kind = kind
        self.fields = fields.filter { $0.value != .null }
        self.name = name
    }

    /// A draft with what an entry of any kind may have.
    init(_ kind: Kind, at: Moment?, about: EntryID?, tags: [String], isFlagged: Bool) {
        self.init(kind, [:])
        fields.set("at", at?.description)
        fields.set("about", about?.description)
        fields.insert(tags, into: "tags")
        if isFlagged { fields["flag"] = true }
    }
}

/// A value that can be written as an entry.
public protocol Writable: Sendable {
    var draft: EntryDraft { get }
}

extension EntryDraft: Writable {
    public var draft: EntryDraft { self }
}

extension Dictionary where Key == FieldName, Value == JSONValue {
    /// Sets a text, unless it is `nil`.
    mutating func set(_ name: FieldName, _ text: String?) { self[name] = text.map { .text(Text($0)) } }

    /// Sets a number, unless it is `nil`.
    mutating func set(_ name: FieldName, _ number: Int?) { self[name] = number.map { .integer($0) } }

    /// Adds elements to a set.
    mutating func insert(_ elements: [String], into collection: Text) {
        for element in elements { self[FieldName(collection, element: Text(element))] = true }
    }
}
