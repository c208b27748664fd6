public import CanonicalJSON
public import Causality

extension Entry {
    /// The entry as every command prints it (CLI.md, "JSON").
    ///
    /// - Parameter space: the name of the place where it is.
    public func json(space: Text) -> JSONValue {
        var members: [Text: JSONValue] = [:]
        var newer: [Text: JSONValue] = [:]
        for spec in Schema.fields(of: kind) {
            if let value = shown(spec) { members[spec.name] = value }
        }
        for (name, value) in fields where Schema.field(name, of: kind) == nil { newer[name.text] = value }
        members["kind"] = .text(kind.name)
        members["id"] = .text(Text(id.description))
        members["space"] = .text(space)
        members["edited"] = .text(Text(edited.description))
        members["clock"] = .init(clock)
        if isTrashed { members["gone"] = "trashed" }
        if !unsettled.isEmpty {
            members["unsettled"] = .object(Self.object(unsettled.map { ($0.key.text, .array($0.value)) }))
        }
        if !newer.isEmpty || !Kind.known.contains(kind) {
            members["needs"] = "newer"
            members["fields"] = .object(Self.object(newer.map { ($0.key, $0.value) }))
        }
        return .object(Self.object(members.map { ($0.key, $0.value) }))
    }

    /// A field of the schema as it is printed; `nil` where it is left out.
    private func shown(_ spec: FieldSpec) -> JSONValue? {
        switch spec.type {
        case .set:
            let elements = elements(of: spec.name)
            return elements.isEmpty ? nil : .array(elements.map { .text($0) })
        case .map:
            let elements = elements(of: spec.name).compactMap { element in
                fields[FieldName(spec.name, element: element)].map { (element, $0) }
            }
            return elements.isEmpty ? nil : .object(Self.object(elements))
        case .flag:
            return fields[FieldName(spec.name)] == .bool(true) ? true : nil
        default:
            return fields[FieldName(spec.name)] ?? spec.standard
        }
    }

    private static func object(_ members: [(Text, JSONValue)]) -> JSONObject {
        guard let object = JSONObject(uniqueKeysWithValues: members) else {
            preconditionFailure("the members come from dictionaries and sets, whose keys are unique")
        }
        return object
    }
}

extension JSONValue {
    /// A clock as JSON: `{"REPLICA":n}`.
    public init(_ clock: VectorClock) {
        var object = JSONObject()
        for dot in clock.dots { object[Text(dot.replica.description)] = .integer(dot.n) }
        self = .object(object)
    }
}

extension VectorClock {
    /// Reads `{"REPLICA":n}`; `nil` if it is anything else.
    public init?(_ value: JSONValue) {
        guard let object = value.asObject else { return nil }
        self.init()
        for (key, value) in object {
            guard let replica = ReplicaID(key.string), let n = value.asInteger, (1...Dot.nMax).contains(n) else {
                return nil
            }
            advance(to: Dot(replica, n))
        }
    }
}
