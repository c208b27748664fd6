public import CanonicalJSON
public import Causality

/// The kind of an entry. An open set: unknown kinds of newer versions are kept, forwarded and exported.
public struct Kind: Hashable, Sendable {
    public let name: Text

    public init(_ name: Text) { self.name = name }

    /// The description of a device: internal, and never shown, exported or imported.
    package static let device = Kind("device")

    /// The kinds that this version shows.
    public static let known: [Kind] = KindSpec.all.map(\.kind)

    /// The letter before a short id, as in `h7q2`; `x` for a kind that this version does not know.
    public var letter: Character { KindSpec[self]?.letter ?? "x" }
}

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
