public import CanonicalJSON
public import Causality

/// Which entries are asked for. As it stands, all that are not in the trash.
public struct EntryQuery: Hashable, Sendable {
    /// All kinds, where it is `nil`.
    public var kind: Kind?
    /// The first day, inclusive.
    public var from: CivilDate?
    /// The last day, inclusive.
    public var to: CivilDate?
    public var tag: Text?
    /// The entry that they are about.
    public var about: EntryID?
    /// Whether the trash is asked for; `nil` for both.
    public var isTrashed: Bool? = false
    /// How many there are at most; all, where it is `nil`.
    public var limit: Int?

    public init() {}
}
