import CanonicalJSON
import Causality
import Records

extension FieldAssignments {
    /// The value of a field that holds a single value, typed and checked.
    static func value(
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
