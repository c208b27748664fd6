public import CanonicalJSON
public import Causality

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
        let isProven: Bool
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
    }

    /// The value of the first of these edits; `nil` if none has a valid value.
    public static func value(of name: FieldName, among candidates: [Candidate]) -> JSONValue? {
        let texts = candidates.filter { $0.value.asText != nil }
        guard let first = texts.min(by: { rank($0, name) < rank($1, name) }) else { return nil }
        // An author other than the signer is replaced by the signer.
        guard name == "author", let person = first.person else { return first.value }
        return .text(Text(person.description))
    }

    private static func rank(_ candidate: Candidate, _ name: FieldName) -> (Int, Int, Precedence) {
        let isHiding = name == "kind" && candidate.value == .text(Kind.device.name)
        return (isHiding ? 1 : 0, candidate.isProven ? 0 : 1, candidate.precedence)
    }
}
