public import CanonicalJSON
public import Causality

/// All live values of an entry, before conflicts are resolved.
public struct EntryVersions: Hashable, Sendable {
    public let id: EntryID
    public var fields: [FieldName: [Version<JSONValue>]]
    /// The values of the first edit, if live values may differ; see ``FirstValues``.
    public var firsts: [FieldName: JSONValue]

    public init(
        id: EntryID, fields: [FieldName: [Version<JSONValue>]] = [:], firsts: [FieldName: JSONValue] = [:]
    ) {
        self.id = id
        self.fields = fields
        self.firsts = firsts
    }

    public static let gone: FieldName = "gone"

    /// The kind; a note if no value gives one.
    public var kind: Kind {
        let value = firsts["kind"] ?? FieldRule.greatest.resolve(fields["kind"] ?? []).value
        return value.asText.map { Kind(Text($0)) } ?? .note
    }

    /// Whether the entry is in the trash: there is a live `gone` whose author had seen every live edit of the other
    /// fields. So a concurrent or later edit takes the entry out of the trash.
    public var isTrashed: Bool {
        let others = fields.lazy.filter { $0.key != Self.gone }.flatMap(\.value)
        return (fields[Self.gone] ?? []).contains { gone in
            gone.value != .null && others.allSatisfy { $0.dot == gone.dot || gone.context.saw($0.dot) }
        }
    }

    /// Whether an edit of another field took the entry out of the trash.
    public var isRevived: Bool { !isTrashed && (fields[Self.gone] ?? []).contains { $0.value != .null } }

    /// The resolved value of every field.
    ///
    /// - Parameter history: every edit of a field that is held; called only if versions of a text must be merged.
    public func resolutions(
        history: (FieldName) -> [Version<JSONValue?>] = { _ in [] }
    ) -> [FieldName: Resolution] {
        let kind = kind
        var resolutions: [FieldName: Resolution] = [:]
        for (name, live) in fields where name != Self.gone {
            let rule = Schema.field(name, of: kind)?.rule ?? .greatest
            resolutions[name] = rule.resolve(live, history: { history(name) })
        }
        for (name, value) in firsts { resolutions[name] = Resolution(value) }
        return resolutions
    }
}
