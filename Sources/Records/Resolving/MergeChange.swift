public import CanonicalJSON
public import Causality

/// The outcome of resolving concurrent values of a field.
public struct MergeChange: Hashable, Sendable {
    /// A sequence number, from which reading is resumed.
    public let number: Int
    public let entry: EntryID
    public let field: FieldName
    /// The time of the edit that caused it.
    public let at: Timestamp
    /// ``FieldRule/name``; `alive` for an entry that an edit took out of the trash.
    public let rule: String
    public let chosen: JSONValue
    public let others: [JSONValue]

    public init(
        number: Int, entry: EntryID, field: FieldName, at: Timestamp, rule: String, chosen: JSONValue,
        others: [JSONValue]
    ) {
        self.number = number
        self.entry = entry
        self.field = field
        self.at = at
        self.rule = rule
        self.chosen = chosen
        self.others = others
    }
}
