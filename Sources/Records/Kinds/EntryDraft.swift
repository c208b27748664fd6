public import CanonicalJSON
public import Causality

/// An entry that is not written yet.
public struct EntryDraft: Hashable, Sendable {
    public var kind: Kind
    /// The fields that are set; `made` and `author` are added when it is written, and `at` if it is missing.
    public var fields: [FieldName: JSONValue]
    /// Its name, if it must be known before it is written.
    public var name: EntryName?

    public init(_ kind: Kind, _ fields: [FieldName: JSONValue], name: EntryName? = nil) {
        self.kind = kind
        self.fields = fields.filter { $0.value != .null }
        self.name = name
    }

    /// A draft with what an entry of any kind may have.
    init(_ kind: Kind, at: Moment?, about: EntryID?, tags: [String], isFlagged: Bool) {
        self.init(kind, [:])
        fields.set("at", at?.description)
        fields.set("about", about?.description)
        fields.insert(tags, into: "tags")
        if isFlagged { fields["flag"] = true }
    }
}

/// A value that can be written as an entry.
public protocol Writable: Sendable {
    var draft: EntryDraft { get }
}

extension EntryDraft: Writable {
    public var draft: EntryDraft { self }
}

extension Dictionary where Key == FieldName, Value == JSONValue {
    /// Sets a text, unless it is `nil`.
    mutating func set(_ name: FieldName, _ text: String?) { self[name] = text.map { .text(Text($0)) } }

    /// Sets a number, unless it is `nil`.
    mutating func set(_ name: FieldName, _ number: Int?) { self[name] = number.map { .integer($0) } }

    /// Adds elements to a set.
    mutating func insert(_ elements: [String], into collection: Text) {
        for element in elements { self[FieldName(collection, element: Text(element))] = true }
    }
}
