import CanonicalJSON
import Causality

/// The members of an exported entry, and their parsing.
struct ExportMembers {
    private let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    /// Members that are not fields: identity, and derived values.
    static let others: Set<Text> = ["id", "space", "edited", "clock", "gone", "unsettled", "needs", "fields"]

    func text(_ name: Text) throws(ImportProblem) -> Text {
        guard case .text(let text) = object[name] else { throw Self.wrong(name) }
        return text
    }

    var id: EntryID {
        get throws(ImportProblem) {
            let text = try text("id").string
            guard let id = EntryID(text), id.description == text else { throw Self.wrong("id") }
            return id
        }
    }

    var clock: VectorClock {
        get throws(ImportProblem) {
            guard let clock = object["clock"].flatMap({ VectorClock($0) }) else { throw Self.wrong("clock") }
            return clock
        }
    }

    var edited: Timestamp {
        get throws(ImportProblem) {
            guard let edited = Timestamp(try text("edited").string) else { throw Self.wrong("edited") }
            return edited
        }
    }

    var isTrashed: Bool {
        get throws(ImportProblem) {
            guard let gone = object["gone"] else { return false }
            guard gone == "trashed" else { throw Self.wrong("gone") }
            return true
        }
    }

    var unsettled: [FieldName: [JSONValue]] {
        get throws(ImportProblem) {
            guard let value = object["unsettled"] else { return [:] }
            guard let members = value.asObject else { throw Self.wrong("unsettled") }
            var unsettled: [FieldName: [JSONValue]] = [:]
            for (name, values) in members {
                guard let values = values.asArray else { throw Self.wrong("unsettled") }
                unsettled[FieldName(name)] = values
            }
            return unsettled
        }
    }

    /// Whether the line contains fields that its writer did not know.
    var needsNewer: Bool {
        get throws(ImportProblem) {
            if let needs = object["needs"], needs != "newer" { throw Self.wrong("needs") }
            return object["needs"] != nil
        }
    }

    /// Fields that the writer of the line did not know or found invalid.
    var newer: JSONObject {
        get throws(ImportProblem) {
            guard let value = object["fields"] else { return JSONObject() }
            guard let members = value.asObject else { throw Self.wrong("fields") }
            return members
        }
    }

    /// The registers of a member: one per element of a set or a map; default values and unset flags have none, since
    /// export adds them again.
    static func fields(_ name: Text, _ value: JSONValue, of kind: Kind) throws(ImportProblem) -> [FieldName: JSONValue]
    {
        guard let spec = Schema.fields(of: kind).first(where: { $0.name == name }) else {
            // An export never names a single element of a known set.
            if Schema.field(FieldName(name), of: kind) != nil { throw wrong(name) }
            return [FieldName(name): value]
        }
        switch spec.type {
        case .set:
            var fields: [FieldName: JSONValue] = [:]
            for element in value.asArray ?? [.null] {
                guard case .text(let element) = element else { throw wrong(name) }
                if let problem = spec.problem(withElement: element) {
                    throw ImportProblem(.field(name, problem: problem))
                }
                fields[FieldName(name, element: element)] = true
            }
            return fields
        case .map:
            guard let members = value.asObject else { throw wrong(name) }
            guard members[""] == nil else { throw ImportProblem(.field(name, problem: "has a source without a name")) }
            let present = members.filter { $0.value != .null }
            return Dictionary(uniqueKeysWithValues: present.map { (FieldName(name, element: $0.key), $0.value) })
        default:
            try check(value, of: spec)
            let isLeftOut = value == spec.standard || spec.type == .flag && value == .bool(false)
            return isLeftOut ? [:] : [FieldName(name): value]
        }
    }

    /// Whether this version would write the value; a choice may have words of a newer version.
    static func check(_ value: JSONValue, of spec: FieldSpec) throws(ImportProblem) {
        if let problem = spec.exportProblem(with: value) { throw ImportProblem(.field(spec.name, problem: problem)) }
    }

    static func wrong(_ name: Text) -> ImportProblem {
        ImportProblem(.shape("is not an entry of btw export --jsonl: \(name) is missing or of another form"))
    }
}
