public import CanonicalJSON
public import Causality

/// All live values of an entry, before conflicts are resolved.
public struct EntryVersions: Hashable, Sendable {
    public let id: EntryID
    public var fields: [FieldName: [Version<JSONValue>]]
    /// The values of the first edit, if live values may differ; see ``FirstValues``.
    public var firsts: [FieldName: JSONValue]

    public init(
        id: EntryID, fields: [FieldName: [Version<JSONValue>]] = [:], firsts: [FieldName: JSONValue] = [:]
    ) {
        self.id = id
        self.fields = fields
        self.firsts = firsts
    }

    public static let gone: FieldName = "gone"

    /// The kind; a note if no value gives one.
    public var kind: Kind {
        let value = firsts["kind"] ?? FieldRule.greatest.resolve(fields["kind"] ?? []).value
        return value.asText.map { Kind(Text($0)) } ?? .note
    }

    /// Whether the entry is in the trash: there is a live `gone` whose author had seen every live edit of the other
    /// fields. So a concurrent or later edit takes the entry out of the trash.
    public var isTrashed: Bool {
        let others = fields.lazy.filter { $0.key != Self.gone }.flatMap(\.value)
        return (fields[Self.gone] ?? []).contains { gone in
            gone.value != .null && others.allSatisfy { $0.dot == gone.dot || gone.context.saw($0.dot) }
        }
    }

    /// Whether an edit of another field took the entry out of the trash.
    public var isRevived: Bool { !isTrashed && (fields[Self.gone] ?? []).contains { $0.value != .null } }

    /// The resolved value of every field.
    ///
    /// - Parameter history: every edit of a field that is held; called only if versions of a text must be merged.
    public func resolutions(
        history: (FieldName) -> [Version<JSONValue?>] = { _ in [] }
    ) -> [FieldName: Resolution] {
        let kind = kind
        var resolutions: [FieldName: Resolution] = [:]
        for (name, live) in fields where name != Self.gone {
            let rule = Schema.field(name, of: kind)?.rule ?? .greatest
            resolutions[name] = rule.resolve(live, history: { history(name) })
        }
        for (name, value) in firsts { resolutions[name] = Resolution(value) }
        return resolutions
    }
}

/// Resolves the fields that only the first edit of an entry sets: `kind`, `made` and `author`.
///
/// The first edit is determined by the set of edits alone, so that it cannot be changed later. An edit whose device
/// belongs to the person that the entry's id proves, and that carries the proof, precedes all others; then the least
/// edit. A kind of ``Kind/device`` comes last: it hides an entry, so it counts only if no edit gives another kind.
public enum FirstValues {
    public static let names: [FieldName] = ["kind", "made", "author"]

    /// One edit's value of such a field.
    public struct Candidate: Sendable {
        let value: JSONValue
        let precedence: Precedence
        public let isProven: Bool
        let person: PersonID?

        /// - Parameters:
        ///   - person: the person whose device signed the edit, if the edit names another author; otherwise `nil`.
        ///   - isProven: whether the edit carries the proof that this person is the entry's author.
        public init(_ value: JSONValue, _ context: CausalContext, by person: PersonID?, isProven: Bool) {
            self.value = value
            precedence = context.precedence
            self.person = person
            self.isProven = isProven
        }

        /// The value that is shown if this edit is the first: an author other than the signer is replaced by the signer.
        public func shown(as name: FieldName) -> JSONValue {
            guard name == "author", let person else { return value }
            return .text(Text(person.description))
        }
    }

    /// The first of these edits; `nil` if none has a valid value.
    public static func index(of name: FieldName, among candidates: [Candidate]) -> Int? {
        candidates.indices.filter { candidates[$0].value.asText != nil }
            .min { rank(candidates[$0], name) < rank(candidates[$1], name) }
    }

    private static func rank(_ candidate: Candidate, _ name: FieldName) -> (Int, Int, Precedence) {
        let isHiding = name == "kind" && candidate.value == .text(Kind.device.name)
        return (isHiding ? 1 : 0, candidate.isProven ? 0 : 1, candidate.precedence)
    }
}
