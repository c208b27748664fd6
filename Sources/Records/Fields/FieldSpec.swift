public import CanonicalJSON

/// The specification of a field: its type, its rule for conflicts, and whether users may set it.
public struct FieldSpec: Hashable, Sendable {
    public let name: Text
    public let type: FieldType
    public let rule: FieldRule
    /// Set only by the entry's first edit.
    public let isSetOnce: Bool
    /// The default value.
    public let standard: JSONValue?
    /// Whether its text is indexed for search.
    package let isSearched: Bool

    /// - Parameter isSearched: by default true for prose only.
    init(
        _ name: Text, _ type: FieldType, _ rule: FieldRule = .greatest, isSetOnce: Bool = false,
        standard: JSONValue? = nil, isSearched: Bool? = nil
    ) {
        self.name = name
        self.type = type
        self.rule = rule
        self.isSetOnce = isSetOnce
        self.standard = standard
        self.isSearched = isSearched ?? (type == .prose)
    }

    /// Whether its elements are separate registers, named `name/element`.
    public var isCollection: Bool { type == .set || type == .map }

    /// What is wrong with an exported value; a choice may have words of a newer version.
    func exportProblem(with value: JSONValue) -> String? {
        let isOpen = if case .choice = type { true } else { false }
        return (isOpen ? FieldType.word : type).problem(with: value)
    }

    /// What is wrong with the name of an element; `nil` if it is valid.
    public func problem(withElement element: Text) -> String? {
        switch type {
        case .set where name == "feelings": Words.isFeeling(element.string) ? nil : "must be words without a comma"
        case .set: Words.isTag(element.string) ? nil : "must be lower-case words without white space or comma"
        default: element.string.isEmpty ? "must have a name" : nil
        }
    }
}

/// The name of a field: `title`, or with an element for a set or a map: `tags/sleep`, `x/jrnl`. Each element is a
/// separate register, so that concurrent additions do not conflict.
public struct FieldName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let text: Text
    /// The part before the first slash.
    public let collection: Text
    /// The part after the first slash; `nil` for a field that is not an element.
    public let element: Text?

    public init(_ text: Text) {
        self.text = text
        let name = text.string
        if let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) {
            collection = Text(String(name[..<slash]))
            element = Text(String(name[name.utf8.index(after: slash)...]))
        } else {
            collection = text
            element = nil
        }
    }

    public init(stringLiteral value: String) { self.init(Text(value)) }

    /// The field of one element of a set or a map.
    ///
    /// - Precondition: the collection's name has no slash; the element may be any text.
    public init(_ collection: Text, element: Text) {
        text = Text(collection.string + "/" + element.string)
        self.collection = collection
        self.element = element
    }

    /// Whether it is a valid name: not empty, and without NUL, at which a column would end.
    public var isWritable: Bool { !text.string.isEmpty && !text.string.utf8.contains(0) }

    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.text == rhs.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    public var description: String { text.string }
}

/// The type of a field as this version writes it. Values of newer versions are kept unchanged.
public enum FieldType: Hashable, Sendable {
    /// One line of text, of at most `RecordLimits.lineLengthMax` scalars.
    case line
    /// Text of several paragraphs, which merges.
    case prose
    /// One lower-case word out of an open set.
    case word
    /// One of these words.
    case choice([Text])
    /// Elements that are present or absent, each a separate register.
    case set
    /// Values of other programs, kept unchanged, a separate register per source.
    case map
    case flag
    case integer(ClosedRange<Int>)
    case number
    /// A day or a time of day on it; see ``Moment``.
    case moment
    /// A ``Moment``, or `next`: the next session.
    case due
    /// UTC to the millisecond; see ``Timestamp``.
    case timestamp
    /// The id of an entry or of a person: 26 characters.
    case id
}

extension FieldType {
    /// What is wrong with a value, as the end of a sentence; `nil` if it is valid. `null` clears any field.
    public func problem(with value: JSONValue) -> String? {
        switch (self, value) {
        case (_, .null): nil
        case (.line, .text(let text)): Self.problem(withLine: text.string)
        case (.prose, .text(let text)): Self.problem(withProse: text.string)
        case (.word, .text(let text)): Words.isTag(text.string) ? nil : "must be one lower-case word"
        case (.choice(let words), .text(let text)):
            words.contains(text) ? nil : "must be " + Self.list(words.map(\.string))
        case (.set, .bool), (.flag, .bool), (.map, _): nil
        case (.integer(let range), .integer(let number)):
            range.contains(number) ? nil : "must be from \(range.lowerBound) to \(range.upperBound)"
        case (.number, .integer), (.number, .real): nil
        case (.moment, .text(let text)):
            Moment(text.string) == nil ? "must be a day like 2026-10-16 or a time like 2026-10-16T10:00+02:00" : nil
        case (.due, .text(let text)):
            text == DueDate.next || Moment(text.string) != nil
                ? nil : "must be a day like 2026-10-16, a time on it, or next"
        case (.timestamp, .text(let text)):
            Timestamp(text.string) == nil ? "must be a time like 2026-10-16T08:00:00.000Z" : nil
        case (.id, .text(let text)): Words.isID(text.string) ? nil : "must be an id of 26 characters"
        case (.flag, _), (.set, _): "must be true or false"
        case (.integer(let range), _): "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case (.number, _): "must be a number"
        case (.line, _), (.prose, _), (.word, _), (.choice, _), (.moment, _), (.due, _), (.timestamp, _), (.id, _):
            "must be text"
        }
    }

    private static func problem(withLine line: String) -> String? {
        if line.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == 0 }) { return "must be one line" }
        let length = line.unicodeScalars.count
        return length > RecordLimits.lineLengthMax
            ? "has \(length) characters; \(RecordLimits.lineLengthMax) are the most" : nil
    }

    private static func problem(withProse text: String) -> String? {
        if text.utf8.contains(0) { return "holds a NUL character" }
        return text.utf8.count > RecordLimits.proseBytesMax
            ? "has \(text.utf8.count) bytes; \(RecordLimits.proseBytesMax) are the most" : nil
    }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

/// How concurrent values of a field are resolved; `MergeOutcomeTests` has a case for each row. Reading resolves; the
/// next edit of the field supersedes all of them.
public enum FieldRule: Hashable, Sendable {
    /// The value of the greatest edit; the others stay in the history.
    case greatest
    /// The merged text of all versions; see ``ProseMerge``.
    case prose
    /// The first value of this list that occurs; values outside of the list come last.
    case ranked([Text])
    /// True if any value is true.
    case anyTrue
    /// The least text; `null` only if no version has a text.
    case earliest
    /// The later date; see ``DueDate``.
    case latestDue
    /// No rule applies: the greatest edit's value is shown together with the others, until the user confirms one.
    case unsettled

    /// The name in `btw changes`.
    public var name: Text {
        switch self {
        case .greatest: "greatest"
        case .prose: "prose"
        case .ranked: "ranked"
        case .anyTrue: "any"
        case .earliest: "earliest"
        case .latestDue: "later"
        case .unsettled: "unsettled"
        }
    }
}
