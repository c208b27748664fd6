import Causality
import Crypto
import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why a text is no recovery key.
public enum RecoveryKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A character is wrong, missing or too many.
    case mistyped

    public var description: String {
        switch self {
        case .mistyped: "the recovery key is mistyped"
        }
    }
}

/// A device on paper: 160 random bits, printed as eight groups of five characters.
///
/// Its ``deviceKeys`` are in the log as any device's, with `isRecovery`; so whoever types it into an
/// empty machine opens everything. No description shows any of it.
///
///     let key = RecoveryKey.random(using: &generator)
///     print(key.printed)
///     let record = try log.adding(
///         device: key.deviceKeys.identity, person: me, role: .owner, isRecovery: true, by: device)
public struct RecoveryKey: Sendable {
    static let secretByteCount = 20
    static let checksumByteCount = 5
    /// Characters that are looked at, at most; whoever pastes a whole book hears it at once.
    static let typedLengthMax = 256

    /// The keys of the device that it is, the same each time.
    public let deviceKeys: DeviceKeys
    private let secret: [UInt8]

    /// Draws a key.
    ///
    /// - Parameter generator: the system's, or one as good; whoever knows what it draws has the key.
    public static func random(using generator: inout some RandomNumberGenerator) -> RecoveryKey {
        RecoveryKey(secret: generator.bytes(secretByteCount))
    }

    /// Reads what somebody typed: ``printed``, as a mail or a pencil has left it; see ``TypedBase32``.
    ///
    /// - Throws: ``RecoveryKeyError/mistyped``. A wrong text passes once in 2^40 times.
    public init(typed text: String) throws(RecoveryKeyError) {
        let typed = TypedBase32(text, scalarsMax: Self.typedLengthMax)
        let bytes = typed?.bytes { bytes in
            bytes.count == Self.secretByteCount + Self.checksumByteCount
                && Self.checksum(Array(bytes.prefix(Self.secretByteCount)))
                    .elementsEqual(bytes.suffix(Self.checksumByteCount))
        }
        guard let bytes else { throw .mistyped }
        self.init(secret: Array(bytes.prefix(Self.secretByteCount)))
    }

    private init(secret: [UInt8]) {
        let signing = Self.derive("between recovery sign 1", from: secret)
        let agreement = Self.derive("between recovery agree 1", from: secret)
        guard let keys = DeviceKeys(signing: signing, agreement: agreement) else {
            preconditionFailure("any 32 bytes are a key")
        }
        deviceKeys = keys
        self.secret = secret
    }

    /// The key as it is printed and typed: this is the secret itself.
    public var printed: String {
        Base32.grouped(Base32.text(secret + Self.checksum(secret)))
    }

    private static func derive(_ label: StaticString, from secret: [UInt8]) -> [UInt8] {
        // RFC 5869; no salt, since the secret is uniform already.
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: CanonicalBytes(label: label).bytes,
            outputByteCount: DeviceIdentity.keyByteCount)
        return key.withUnsafeBytes { Array($0) }
    }

    private static func checksum(_ secret: [UInt8]) -> [UInt8] {
        var bytes = CanonicalBytes(label: "between recovery check 1")
        bytes.append(secret)
        return Array(Hash256.sha256(bytes.bytes).bytes.prefix(checksumByteCount))
    }
}

extension RecoveryKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
