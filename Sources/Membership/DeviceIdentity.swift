public import Causality

/// The public keys of a device: one verifies its signatures, keys are wrapped to the other.
///
/// Take it only from a ``MembershipLog``: any other key is not vouched for by a member.
public struct DeviceIdentity: Hashable, Sendable {
    public static let keyByteCount = 32

    public let id: DeviceID
    /// The Ed25519 public key (RFC 8032).
    public let signingKey: [UInt8]
    /// The X25519 public key (RFC 7748).
    public let agreementKey: [UInt8]

    /// Is `nil` unless both keys have 32 bytes and the signing key is not of small order, since such signatures prove
    /// nothing. An agreement key of small order is refused where something is sealed to it.
    public init?(signingKey: [UInt8], agreementKey: [UInt8]) {
        guard signingKey.count == Self.keyByteCount, agreementKey.count == Self.keyByteCount,
            !SmallOrderKeys.contain(signingKey)
        else { return nil }
        var bytes = CanonicalBytes(label: "between device 1")
        bytes.append(signingKey)
        id = DeviceID(bits: Hash256.sha256(bytes.bytes).prefix128)
        self.signingKey = signingKey
        self.agreementKey = agreementKey
    }
}
