import CanonicalJSON
import Causality
import Membership

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
