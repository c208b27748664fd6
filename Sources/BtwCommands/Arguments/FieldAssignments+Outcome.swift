package import CanonicalJSON
package import Records

extension FieldAssignments {
    /// The fields that an edit sets.
    package struct Outcome: Hashable, Sendable {
        /// Values as they are stored; `null` clears.
        package var fields: [FieldName: JSONValue] = [:]
        /// Fields that name another entry, by an id prefix that the store has yet to resolve.
        package var references: [FieldName: IDPrefix] = [:]
    }

    /// The assigned values, typed by the fields of a kind.
    ///
    /// - Parameters:
    ///   - present: the elements that a set of the entry has now (``Entry/elements(of:)``).
    ///   - stdin: the text on standard input, if ``readsStdin``.
    /// - Throws: ``Failure`` with exit 2, which names the field and what it accepts.
    package func outcome(
        for kind: Kind, present: (Text) -> [Text], stdin: NoteText? = nil, in localTime: LocalTime
    ) throws(Failure) -> Outcome {
        var outcome = Outcome()
        var sets: [Text: SetChange] = [:]
        var seen: Set<Text> = []
        for assignment in assignments {
            let spec = try Self.settable(assignment, of: kind)
            if spec.type == .set {
                var change = sets[spec.name] ?? SetChange(spec, present: present(spec.name))
                try change.apply(assignment)
                sets[spec.name] = change
                continue
            }
            guard seen.insert(spec.name).inserted else {
                throw Self.refusal("\(spec.name) is set twice.", next: "btw edit --help")
            }
            guard assignment.change == .replace else {
                throw Self.refusal(
                    "\(spec.name) holds one value; += and -= are for sets such as tags.",
                    next: "btw edit ID --set \(spec.name)=VALUE")
            }
            try Self.set(spec, to: assignment, stdin, localTime, &outcome)
        }
        for change in sets.values { outcome.fields.merge(change.fields) { $1 } }
        return outcome
    }

    /// The field, if users may set it.
    private static func settable(_ assignment: Assignment, of kind: Kind) throws(Failure) -> FieldSpec {
        let specs = Schema.fields(of: kind)
        guard let spec = specs.first(where: { $0.name.string == assignment.name }) else {
            let names = specs.filter { !$0.isSetOnce && $0.type != .map && $0.name != "gone" }.map(\.name.string)
            let field = Name.isName(assignment.name) ? "the field \(assignment.name)" : "such a field"
            let noun = Kind.known.contains(kind) ? "A \(kind.name)" : "An entry of this kind"
            throw refusal(
                "\(noun) does not have \(field). It has: \(names.joined(separator: ", ")).", next: "btw edit --help")
        }
        if spec.isSetOnce {
            throw refusal("\(spec.name) is set once, when the entry is made.", next: "btw edit --help")
        }
        if spec.name == "gone" {
            throw refusal("gone is not set by hand: btw rm and btw restore do that.", next: "btw rm ID")
        }
        if spec.type == .map {
            throw refusal("\(spec.name) keeps what an import brought, and is not set by hand.", next: "btw edit --help")
        }
        return spec
    }

    private static func set(
        _ spec: FieldSpec, to assignment: Assignment, _ stdin: NoteText?, _ localTime: LocalTime,
        _ outcome: inout Outcome
    ) throws(Failure) {
        let name = FieldName(spec.name)
        if assignment.value.isEmpty {
            if spec.name == "at" {
                throw refusal("at can be changed but not cleared.", next: "btw edit ID --set at=\(localTime.today)")
            }
            outcome.fields[name] = .null
        } else if spec.type == .id, spec.name != "owner", !Words.isID(assignment.value) {
            outcome.references[name] = try IDPrefix(parsing: assignment.value)
        } else {
            outcome.fields[name] = try value(of: spec, assignment, stdin, localTime)
        }
    }
}
