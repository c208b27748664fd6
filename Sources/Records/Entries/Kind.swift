public import CanonicalJSON

/// What an entry is. An open set: a newer device's kinds are kept, forwarded and
/// exported by one that does not know them.
public struct Kind: Hashable, Sendable {
    public let name: Text

    public init(_ name: Text) { self.name = name }

    /// What a space knows of one of its devices: ours, never shown, exported or imported.
    package static let device = Kind("device")

    /// The kinds that this version shows.
    public static let known: [Kind] = KindSpec.all.map(\.kind)

    /// The letter before a short id, as in `h7q2`; `x` for a kind that this version does not know.
    public var letter: Character { KindSpec[self]?.letter ?? "x" }
}
