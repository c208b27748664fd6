import CanonicalJSON
public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The private keys of a device, which sign its statements and open what is wrapped to it.
///
/// Made on the device, once, and never sent. No description, debug description or mirror shows any of it.
public struct DeviceKeys: Sendable {
    /// The public keys.
    public let identity: DeviceIdentity
    private let signing: Curve25519.Signing.PrivateKey
    let agreement: Curve25519.KeyAgreement.PrivateKey

    /// Draws the keys of a new device.
    ///
    /// - Parameter generator: a cryptographically secure generator; its output determines the keys.
    /// - Returns: the keys; store ``encoded()`` before using them.
    public static func random(using generator: inout some RandomNumberGenerator) -> DeviceKeys {
        let signing = generator.bytes(DeviceIdentity.keyByteCount)
        let agreement = generator.bytes(DeviceIdentity.keyByteCount)
        guard let keys = DeviceKeys(signing: signing, agreement: agreement) else {
            preconditionFailure("any 32 bytes are a key")
        }
        return keys
    }

    /// Is `nil` unless both keys have 32 bytes.
    init?(signing: [UInt8], agreement: [UInt8]) {
        guard let signing = try? Curve25519.Signing.PrivateKey(rawRepresentation: signing),
            let agreement = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: agreement),
            let identity = DeviceIdentity(
                signingKey: Array(signing.publicKey.rawRepresentation),
                agreementKey: Array(agreement.publicKey.rawRepresentation))
        else { return nil }
        self.identity = identity
        self.signing = signing
        self.agreement = agreement
    }

    private var signingBytes: [UInt8] { Array(signing.rawRepresentation) }
    private var agreementBytes: [UInt8] { Array(agreement.rawRepresentation) }

    /// Signs a statement; 64 bytes.
    public func signature(of statement: SignedStatement) -> [UInt8] {
        guard let signature = try? signing.signature(for: statement.bytes) else {
            preconditionFailure("a key that was made signs any bytes")
        }
        return Array(signature)
    }

    /// Signs a batch after which its feed has this hash.
    public func signature(ofBatch feedHash: Hash256) -> [UInt8] { signature(of: .batch(feedHash: feedHash)) }
}

extension DeviceKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why bytes cannot be read as the keys of a device.
public enum DeviceKeysError: Error, Hashable, Sendable, CustomStringConvertible {
    /// They were changed or truncated, or never were keys; restore a copy of the file, or use the recovery key.
    case damaged
    /// They have the format of a newer version.
    case unknownVersion(Int)

    public var description: String {
        switch self {
        case .damaged: "the device's key is damaged"
        case .unknownVersion(let version): "the device's key has the format \(version) and needs a newer version"
        }
    }
}

extension DeviceKeys {
    /// The format version that ``encoded()`` writes.
    public static let formatVersion = 1
    /// The greatest length of ``encoded()``, and of input that is read.
    public static let encodedLengthMax = 256

    /// The keys as one line of canonical JSON, for a file of mode 0600: it contains the private keys.
    public func encoded() -> [UInt8] {
        let json: JSONValue = [
            "agree": .bytes(agreementBytes), "check": .bytes(checksum), "sign": .bytes(signingBytes),
            "version": .integer(Self.formatVersion),
        ]
        return json.canonicalBytes() + [UInt8(ascii: "\n")]
    }

    /// Reads exactly what ``encoded()`` wrote.
    public init(decoding bytes: [UInt8]) throws(DeviceKeysError) {
        guard bytes.count <= Self.encodedLengthMax,
            let object = try? JSONValue(parsing: bytes, limits: JSONLimits(depthMax: 1)).asObject,
            let version = object.integer("version", in: 1...Int.max)
        else { throw .damaged }
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        guard let signing = object.bytes("sign", count: DeviceIdentity.keyByteCount),
            let agreement = object.bytes("agree", count: DeviceIdentity.keyByteCount),
            let keys = DeviceKeys(signing: signing, agreement: agreement), keys.encoded() == bytes
        else { throw .damaged }
        self = keys
    }

    /// 64 bits of SHA-256, against accidental damage only.
    private var checksum: [UInt8] {
        var bytes = CanonicalBytes(label: "between device key check 1")
        bytes.append(signingBytes)
        bytes.append(agreementBytes)
        return Array(Hash256.sha256(bytes.bytes).bytes.prefix(8))
    }
}
