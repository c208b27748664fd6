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
/// empty machine opens everything. The record that adds it is bound to it, so that the machine enters no other space:
/// ``finding(in:)``. No description shows any of it.
///
///     let key = RecoveryKey.random(using: &generator)
///     print(key.printed)
///     let record = try log.adding(key, person: me, role: .owner, holding: clock, by: device)
public struct RecoveryKey: Sendable {
    /// What was printed says it by its checksum. So no server can pass off a bound key as an old one.
    enum Edition: Hashable, CaseIterable, Sendable {
        /// Made before records were bound: the server alone says which space it opens.
        case unbound
        case bound

        var checksumLabel: StaticString {
            switch self {
            case .unbound: "between recovery check 1"
            case .bound: "between recovery check 2"
            }
        }
    }

    static let secretByteCount = 20
    static let checksumByteCount = 5
    /// Characters that are looked at, at most; whoever pastes a whole book hears it at once.
    static let typedLengthMax = 256

    /// The keys of the device that it is, the same each time.
    public let deviceKeys: DeviceKeys
    let edition: Edition
    private let secret: [UInt8]

    /// Draws a key.
    ///
    /// - Parameter generator: the system's, or one as good; whoever knows what it draws has the key.
    public static func random(using generator: inout some RandomNumberGenerator) -> RecoveryKey {
        RecoveryKey(secret: generator.bytes(secretByteCount), .bound)
    }

    /// Reads what somebody typed: ``printed``, as a mail or a pencil has left it; see ``TypedBase32``.
    ///
    /// - Throws: ``RecoveryKeyError/mistyped``. A wrong text passes once in 2^39 times.
    public init(typed text: String) throws(RecoveryKeyError) {
        let typed = TypedBase32(text, scalarsMax: Self.typedLengthMax)
        let bytes = typed?.bytes { Self.edition(of: $0) != nil }
        guard let bytes, let edition = Self.edition(of: bytes) else { throw .mistyped }
        self.init(secret: Array(bytes.prefix(Self.secretByteCount)), edition)
    }

    private init(secret: [UInt8], _ edition: Edition) {
        let signing = Self.derive("between recovery sign 1", from: secret)
        let agreement = Self.derive("between recovery agree 1", from: secret)
        guard let keys = DeviceKeys(signing: signing, agreement: agreement) else {
            preconditionFailure("any 32 bytes are a key")
        }
        deviceKeys = keys
        self.edition = edition
        self.secret = secret
    }

    /// The key as it is printed and typed: this is the secret itself.
    public var printed: String {
        Base32.grouped(Base32.text(secret + Self.checksum(secret, edition)))
    }

    /// Whether a record that adds this key is bound to it. One of an earlier version is not: then nothing but the
    /// server says which space the key opens.
    public var isBound: Bool { edition == .bound }

    /// The key of the codes that bind records to what is printed.
    var bindingKey: SymmetricKey { SymmetricKey(data: Self.derive("between recovery bound key 1", from: secret)) }

    private static func derive(_ label: StaticString, from secret: [UInt8]) -> [UInt8] {
        // RFC 5869; no salt, since the secret is uniform already.
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: CanonicalBytes(label: label).bytes,
            outputByteCount: DeviceIdentity.keyByteCount)
        return key.withUnsafeBytes { Array($0) }
    }

    /// The edition of a secret and its checksum; `nil` if they do not belong together.
    private static func edition(of bytes: [UInt8]) -> Edition? {
        guard bytes.count == secretByteCount + checksumByteCount else { return nil }
        let (secret, checksum) = (Array(bytes.prefix(secretByteCount)), bytes.suffix(checksumByteCount))
        return Edition.allCases.first { Self.checksum(secret, $0).elementsEqual(checksum) }
    }

    private static func checksum(_ secret: [UInt8], _ edition: Edition) -> [UInt8] {
        var bytes = CanonicalBytes(label: edition.checksumLabel)
        bytes.append(secret)
        return Array(Hash256.sha256(bytes.bytes).bytes.prefix(checksumByteCount))
    }
}

/// Two keys are the same if they are the same device.
extension RecoveryKey: Hashable {
    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.deviceKeys.identity == rhs.deviceKeys.identity && lhs.edition == rhs.edition
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(deviceKeys.identity) }
}

extension RecoveryKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
