/// The name of a field as the server sees it: 64 bits of an HMAC over entry and
/// field name, so that edits of one field meet and nobody learns which it is.
public struct FieldToken: Hashable, Comparable, Sendable {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }
}
