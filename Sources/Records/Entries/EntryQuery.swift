public import CanonicalJSON
public import Causality

/// A query for entries. By default, all that are not in the trash.
public struct EntryQuery: Hashable, Sendable {
    /// `nil` for all kinds.
    public var kind: Kind?
    /// The first day, inclusive.
    public var from: CivilDate?
    /// The last day, inclusive.
    public var to: CivilDate?
    public var tag: Text?
    /// Only entries about this one.
    public var about: EntryID?
    /// Only the trash, or without it; `nil` for both.
    public var isTrashed: Bool? = false
    /// The most results; `nil` for all.
    public var limit: Int?

    public init() {}
}
