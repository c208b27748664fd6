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
