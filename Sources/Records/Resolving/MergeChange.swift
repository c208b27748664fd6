public import CanonicalJSON
public import Causality

/// What merging chose of a field of which several values were live.
public struct MergeChange: Hashable, Sendable {
    /// Counts up; whoever has read so far goes on after it.
    public let number: Int
    public let entry: EntryID
    public let field: FieldName
    /// When the edit that brought it about was written.
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
