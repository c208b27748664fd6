public import CanonicalJSON

/// A field of a kind: what it may hold, how it resolves, and whether a person may set it.
public struct FieldSpec: Hashable, Sendable {
    public let name: Text
    public let type: FieldType
    public let rule: FieldRule
    /// Set by the entry's first edit and never again.
    public let isSetOnce: Bool
    /// What is shown where nothing is set.
    public let standard: JSONValue?
    /// Whether its text is in the index of words.
    package let isSearched: Bool

    /// - Parameter isSearched: texts of several lines are, unless said otherwise, and nothing else is.
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

    /// Whether its elements are registers of their own, named `name/element`.
    public var isCollection: Bool { type == .set || type == .map }

    /// What is wrong with a value that an export has under this name; a word out of several may be a newer version's.
    func exportProblem(with value: JSONValue) -> String? {
        let isOpen = if case .choice = type { true } else { false }
        return (isOpen ? FieldType.word : type).problem(with: value)
    }

    /// What is wrong with an element of a set's name; `nil` if nothing.
    public func problem(withElement element: Text) -> String? {
        switch type {
        case .set where name == "feelings": Words.isFeeling(element.string) ? nil : "must be words without a comma"
        case .set: Words.isTag(element.string) ? nil : "must be lower-case words without white space or comma"
        default: element.string.isEmpty ? "must have a name" : nil
        }
    }
}
