public import CanonicalJSON
public import Causality

extension Entry {
    /// The JSON of an entry for `--json`.
    ///
    /// - Parameter space: the name of its space.
    public func json(space: Text) -> JSONValue {
        var members: [Text: JSONValue] = [:]
        var newer: [Text: JSONValue] = [:]
        for (name, value) in fields where isOdd(name, value) { newer[name.text] = value }
        for spec in Schema.fields(of: kind) {
            if let value = shown(spec) { members[spec.name] = value }
        }
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

    /// Whether this version would not write the field: it is of a newer version, or has a value that another program
    /// wrote.
    ///
    /// Such a field is printed unchanged under its name, so that an import restores it.
    private func isOdd(_ name: FieldName, _ value: JSONValue) -> Bool {
        guard let spec = Schema.field(name, of: kind) else { return true }
        guard let element = name.element else {
            return spec.name == "kind" ? value != .text(kind.name) : spec.exportProblem(with: value) != nil
        }
        return spec.problem(withElement: element) != nil || spec.type == .set && value != .bool(true)
    }

    /// The printed value of a known field; `nil` if it is left out.
    private func shown(_ spec: FieldSpec) -> JSONValue? {
        switch spec.type {
        case .set:
            let elements = plainElements(of: spec.name)
            return elements.isEmpty ? nil : .array(elements.map { .text($0) })
        case .map:
            let elements = plainElements(of: spec.name).compactMap { element in
                fields[FieldName(spec.name, element: element)].map { (element, $0) }
            }
            return elements.isEmpty ? nil : .object(Self.object(elements))
        case .flag:
            return fields[FieldName(spec.name)] == .bool(true) ? true : nil
        default:
            let name = FieldName(spec.name)
            return fields[name].flatMap { isOdd(name, $0) ? nil : $0 } ?? (fields[name] == nil ? spec.standard : nil)
        }
    }

    private func plainElements(of collection: Text) -> [Text] {
        elements(of: collection).filter { element in
            let name = FieldName(collection, element: element)
            return fields[name].map { !isOdd(name, $0) } ?? false
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
    /// Parses `{"REPLICA":n}`; `nil` for anything else.
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
