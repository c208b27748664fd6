package import CanonicalJSON
import Causality
package import Records

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

    private static func readsStdin(_ assignment: Assignment) -> Bool {
        assignment.value == "-" && assignment.change == .replace
            && Kind.known.contains { Schema.field(FieldName(Text(assignment.name)), of: $0)?.type == .prose }
    }

    static func refusal(_ what: String, next: String) -> Failure {
        Failure(.usage, code: "usage", "\(what) \(Failure.nothingChanged)", next: next)
    }
}

// MARK: - Values

extension FieldAssignments {
    /// The value of a field that holds a single value, typed and checked.
    private static func value(
        of spec: FieldSpec, _ assignment: Assignment, _ stdin: NoteText?, _ localTime: LocalTime
    ) throws(Failure) -> JSONValue {
        let typed = assignment.value
        let value: JSONValue
        switch spec.type {
        case .prose:
            let text = readsStdin(assignment) ? stdin : try NoteText(typed)
            value = text.flatMap { $0.isEmpty ? nil : .text($0.body) } ?? .null
        case .flag: value = truth(typed).map { .bool($0) } ?? .text(Text(typed))
        case .integer: value = FieldReader.wholeNumber(typed).map { .integer($0) } ?? .text(Text(typed))
        case .number: value = number(typed) ?? .text(Text(typed))
        case .moment:
            value = .text(
                Text(try AtOption.moment(typed, of: spec.name.string, in: localTime, for: EditCommand.self).description)
            )
        case .due: value = .text(try AtOption.due(typed, of: spec.name.string, in: localTime, for: EditCommand.self))
        case .line, .word, .choice, .timestamp, .id, .set, .map: value = .text(Text(typed))
        }
        if let problem = spec.type.problem(with: value) {
            let wanted = spec.type == .flag ? "must be true, false, yes or no" : problem
            throw refusal("\(spec.name) \(wanted).", next: "btw edit ID --set \(spec.name)=VALUE")
        }
        return value
    }

    private static func truth(_ typed: String) -> Bool? {
        switch typed {
        case "true", "yes": true
        case "false", "no": false
        default: nil
        }
    }

    private static func number(_ typed: String) -> JSONValue? {
        switch try? JSONValue(parsing: TypedText.plain(typed).utf8) {
        case .integer(let integer): .integer(integer)
        case .real(let real): .real(real)
        default: nil
        }
    }
}

/// Changes to the elements of a set.
struct SetChange {
    private let spec: FieldSpec
    private let present: Set<Text>
    private var wanted: Set<Text>
    /// Elements that were added explicitly. They are written even if present, since another device may be removing
    /// them concurrently, and adding wins.
    private var asserted: Set<Text> = []

    init(_ spec: FieldSpec, present: [Text]) {
        self.spec = spec
        self.present = Set(present)
        wanted = self.present
    }

    mutating func apply(_ assignment: FieldAssignments.Assignment) throws(Failure) {
        if assignment.value.isEmpty, assignment.change != .replace {
            throw FieldAssignments.refusal(
                "\(spec.name)+= and \(spec.name)-= need an element.", next: "btw edit ID --set \(spec.name)+=VALUE")
        }
        var elements: Set<Text> = []
        for part in assignment.value.split(separator: ",") {
            let element = Text(spec.name == "tags" ? part.lowercased() : String(part))
            if let problem = spec.problem(withElement: element) {
                throw FieldAssignments.refusal(
                    "\(spec.name) \(problem).", next: "btw edit ID --set \(spec.name)=a,b")
            }
            elements.insert(element)
        }
        switch assignment.change {
        case .replace: (wanted, asserted) = (elements, [])
        case .add:
            wanted.formUnion(elements)
            asserted.formUnion(elements)
        case .remove:
            wanted.subtract(elements)
            asserted.subtract(elements)
        }
    }

    /// One register per element; unchanged elements are not written.
    var fields: [FieldName: JSONValue] {
        var fields: [FieldName: JSONValue] = [:]
        for element in wanted.subtracting(present).union(asserted) {
            fields[FieldName(spec.name, element: element)] = true
        }
        for element in present.subtracting(wanted) { fields[FieldName(spec.name, element: element)] = false }
        return fields
    }
}

// MARK: - Outcome

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
