public import Causality
import Crypto

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

// MARK: - Agreement

extension DeviceIdentity {
    /// Whether a key agreement with the device's key yields a secret, so that keys can be wrapped to it.
    public var isUsable: Bool { Self.isUsable(agreementKey: agreementKey) }

    /// Whether a key agreement with this X25519 key yields a secret.
    ///
    /// A point of low order gives everybody the all-zero secret, so anybody could open the wrap. RFC 9180, section
    /// 7.1.4, requires a check; swift-crypto and CryptoKit leave it to the caller. X25519 scalars are multiples of
    /// eight, so any scalar reveals it; this probe is not a secret.
    package static func isUsable(agreementKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: agreementKey),
            let probe = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32)),
            let agreed = try? probe.sharedSecretFromKeyAgreement(with: key)
        else { return false }
        return agreed.withUnsafeBytes { $0.contains { $0 != 0 } }
    }
}

/// Ed25519 public keys of small order, with which some signatures are valid for any message.
///
/// A signature by such a key proves nothing, and RFC 8032 does not refuse them. These are all their encodings (RFC
/// 8032, section 5.1.2), but for the sign: y of the points of order 1, 2, 4 and 8, and 0 and 1 again as p and p + 1,
/// which a decoder that does not reduce accepts. The same list is libsodium's, in `ge25519_has_small_order`; see also
/// K. Chalkias, F. Garillot, V. Nikolaenko, "Taming the Many EdDSAs", 2020, table 1.
enum SmallOrderKeys {
    /// y, least significant byte first.
    private static let all: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),  // 0: order 4
        [1] + [UInt8](repeating: 0, count: 31),  // 1: order 1
        last(0xEC),  // p - 1: order 2
        last(0xED),  // p: 0 again
        last(0xEE),  // p + 1: 1 again
        // Order 8.
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]

    /// Close to 2^255 - 19, with this least significant byte.
    private static func last(_ least: UInt8) -> [UInt8] { [least] + [UInt8](repeating: 0xFF, count: 30) + [0x7F] }

    /// Whether a 32-byte key is one of them, with either sign. Keys are public, so it need not take constant time.
    static func contain(_ key: [UInt8]) -> Bool {
        guard Defence.refusesSmallOrder.isUp, let last = key.last else { return false }
        let unsigned = key.dropLast() + [last & 0x7F]
        return all.contains { $0.elementsEqual(unsigned) }
    }
}
