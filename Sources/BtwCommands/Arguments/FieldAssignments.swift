import CanonicalJSON
import Records

/// The arguments of `--set field=value …`, as typed.
///
/// They are parsed before the entry is known; ``outcome(for:present:stdin:in:)`` types them by the fields of its
/// kind. `field=` clears; for a set, `tags=a,b` replaces, and `tags+=a` and `tags-=b` change one element. Either all
/// assignments are valid, or none is applied.
package struct FieldAssignments: Hashable, Sendable {
    enum Change: Hashable { case replace, add, remove }

    struct Assignment: Hashable {
        let name: String
        let change: Change
        let value: String
    }

    let assignments: [Assignment]

    /// - Throws: ``Failure`` with exit 2 for an argument without `=`.
    package init(_ typed: [String]) throws(Failure) {
        var assignments: [Assignment] = []
        for text in typed {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw Self.refusal("An edit is written field=value.", next: "btw edit --help")
            }
            let change: Change = parts[0].hasSuffix("+") ? .add : parts[0].hasSuffix("-") ? .remove : .replace
            let name = change == .replace ? parts[0] : parts[0].dropLast()
            assignments.append(Assignment(name: String(name), change: change, value: String(parts[1])))
        }
        self.assignments = assignments
        if assignments.filter(Self.readsStdin).count > 1 {
            throw Self.refusal("Only one field can be on standard input.", next: "btw edit ID --set body=-")
        }
    }

    /// Whether a text is read from standard input (`body=-`).
    package var readsStdin: Bool { assignments.contains(where: Self.readsStdin) }

    static func readsStdin(_ assignment: Assignment) -> Bool {
        assignment.value == "-" && assignment.change == .replace
            && Kind.known.contains { Schema.field(FieldName(Text(assignment.name)), of: $0)?.type == .prose }
    }

    static func refusal(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "usage", "\(what) \(Failure.nothingChanged)", next: next)
    }
}
