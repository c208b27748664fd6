public import CanonicalJSON
public import Causality

/// An entry as people see it: one value a field.
public struct Entry: Hashable, Sendable {
    public let id: EntryID
    public let kind: Kind
    /// The fields that are set, elements of sets and maps each by its own name.
    public let fields: [FieldName: JSONValue]
    public let isTrashed: Bool
    /// Fields whose versions no rule may choose between, with all that they say.
    public let unsettled: [FieldName: [JSONValue]]
    /// The join of the dots of its edits, or of their ``EditContent/origin`` where they have one.
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

    /// An entry whose live values were resolved.
    ///
    /// - Parameters:
    ///   - versions: all live values.
    ///   - resolutions: what became of them: ``EntryVersions/resolutions(history:)``.
    ///   - clock: the entry's.
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

    /// Whether a value says that its field is set; an element that is not in its set is not.
    public static func isSet(_ name: FieldName, _ value: JSONValue) -> Bool {
        value != .null && (value != .bool(false) || name.element == nil)
    }

    /// A field's text, if it is set to one.
    public func text(_ name: FieldName) -> String? { fields[name]?.asText }

    /// The elements of a set, sorted by bytes.
    public func elements(of collection: Text) -> [Text] {
        fields.keys.compactMap { $0.collection == collection ? $0.element : nil }.sorted()
    }

    /// The first line of what it says, wherever a title is shown; never more than 60 columns of a terminal.
    public var title: String {
        let text = text("title") ?? text("topic") ?? text("body") ?? ""
        let start = text.utf8.firstIndex { $0 != UInt8(ascii: "\n") } ?? text.endIndex
        let end = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.endIndex
        return Columns.cut(text[start..<end], to: Self.titleColumnsMax)
    }

    /// Columns of a title: Chinese, Japanese and Korean characters and emoji take two each.
    public static let titleColumnsMax = 60
}
