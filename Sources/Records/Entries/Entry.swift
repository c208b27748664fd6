public import CanonicalJSON
public import Causality

/// An entry with its conflicts resolved: one value per field.
public struct Entry: Hashable, Sendable {
    public let id: EntryID
    public let kind: Kind
    /// The fields that are set; elements of sets and maps are separate fields.
    public let fields: [FieldName: JSONValue]
    public let isTrashed: Bool
    /// Fields with a conflict that no rule resolves, with all their values.
    public let unsettled: [FieldName: [JSONValue]]
    /// The join of the dots of its edits, or of their ``EditContent/origin`` if they have one.
    public let clock: VectorClock
    /// The latest time among its live edits. For display only.
    public let edited: Timestamp

    public init(
        id: EntryID, kind: Kind, fields: [FieldName: JSONValue], isTrashed: Bool = false,
        unsettled: [FieldName: [JSONValue]] = [:], clock: VectorClock, edited: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.fields = fields
        self.isTrashed = isTrashed
        self.unsettled = unsettled
        self.clock = clock
        self.edited = edited
    }

    /// Makes an entry from resolved values.
    ///
    /// - Parameters:
    ///   - versions: all live values.
    ///   - resolutions: from ``EntryVersions/resolutions(history:)``.
    ///   - clock: the entry's clock.
    ///   - edited: the latest time among its live edits.
    public init(
        _ versions: EntryVersions, _ resolutions: [FieldName: Resolution], clock: VectorClock, edited: Timestamp
    ) {
        var unsettled: [FieldName: [JSONValue]] = [:]
        for (name, resolution) in resolutions where resolution.rule == .unsettled {
            unsettled[name] = [resolution.value] + resolution.others
        }
        let fields = resolutions.mapValues(\.value).filter(Self.isSet)
        self.init(
            id: versions.id, kind: versions.kind, fields: fields, isTrashed: versions.isTrashed, unsettled: unsettled,
            clock: clock, edited: edited)
    }

    /// Whether a value counts as set: not `null`, and not `false` for an element of a set.
    public static func isSet(_ name: FieldName, _ value: JSONValue) -> Bool {
        value != .null && (value != .bool(false) || name.element == nil)
    }

    /// A field's text, if its value is a text.
    public func text(_ name: FieldName) -> String? { fields[name]?.asText }

    /// The elements of a set, sorted by bytes.
    public func elements(of collection: Text) -> [Text] {
        fields.keys.compactMap { $0.collection == collection ? $0.element : nil }.sorted()
    }

    /// The first line of its title, topic or body, cut to 60 terminal columns.
    public var title: String {
        let text = text("title") ?? text("topic") ?? text("body") ?? ""
        let start = text.utf8.firstIndex { $0 != UInt8(ascii: "\n") } ?? text.endIndex
        let end = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        return Columns.cut(text[start..<end], to: Self.titleColumnsMax)
    }

    /// The width of a title in columns: Chinese, Japanese and Korean characters and emoji take two.
    public static let titleColumnsMax = 60
}

// MARK: - JSON

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
