public import CanonicalJSON
public import Causality

/// The fields that the first edit of an entry sets and no later one: `kind`, `made` and `author`.
///
/// Which edit is the first follows from the set of edits alone, so that nobody can bring it about later. An edit whose
/// device belongs to the person that the entry's id proves, and that carries the proof, comes before all others; then
/// the least edit. A kind of ``Kind/device`` comes last: it hides an entry, so it counts only where no edit says
/// anything else.
public enum FirstValues {
    public static let names: [FieldName] = ["kind", "made", "author"]

    /// What one edit says of such a field.
    public struct Candidate: Sendable {
        let value: JSONValue
        let precedence: Precedence
        let isProven: Bool
        let person: PersonID?

        /// - Parameters:
        ///   - person: whose device signed the edit, where it names somebody else as the author; otherwise `nil`.
        ///   - isProven: whether the edit carries the proof that makes this person the entry's author.
        public init(_ value: JSONValue, _ context: CausalContext, by person: PersonID?, isProven: Bool) {
            self.value = value
            precedence = context.precedence
            self.person = person
            self.isProven = isProven
        }
    }

    /// The value of the first of these edits; `nil` where none says anything that the field may hold.
    public static func value(of name: FieldName, among candidates: [Candidate]) -> JSONValue? {
        let texts = candidates.filter { $0.value.asText != nil }
        guard let first = texts.min(by: { rank($0, name) < rank($1, name) }) else { return nil }
        // Nobody writes in another's name.
        guard name == "author", let person = first.person else { return first.value }
        return .text(Text(person.description))
    }

    private static func rank(_ candidate: Candidate, _ name: FieldName) -> (Int, Int, Precedence) {
        let isHiding = name == "kind" && candidate.value == .text(Kind.device.name)
        return (isHiding ? 1 : 0, candidate.isProven ? 0 : 1, candidate.precedence)
    }
}
