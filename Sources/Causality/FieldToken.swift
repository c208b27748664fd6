/// The pseudonym of a field that the server sees: 64 bits of an HMAC over entry and field name, so that the server
/// can match edits of one field without learning which field it is.
public struct FieldToken: Hashable, Comparable, Sendable {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }
}
