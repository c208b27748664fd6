/// The id of a replica: one database of one device, in one incarnation.
///
/// The first 64 bits of SHA-256(device key | nonce), so that no device can claim a feed under another's key.
public struct ReplicaID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let bits: UInt64

    public init(bits: UInt64) { self.bits = bits }

    /// Reads sixteen lower-case hex digits.
    public init?(_ text: some StringProtocol) {
        guard let bits = UInt64(hex16: text) else { return nil }
        self.bits = bits
    }

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bits < rhs.bits }

    /// Sixteen lower-case hex digits.
    public var description: String { bits.hex16 }
}
