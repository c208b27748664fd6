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
