public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why a text cannot be read as a recovery key.
public enum RecoveryKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A character is wrong, missing or surplus.
    case mistyped

    public var description: String {
        switch self {
        case .mistyped: "the recovery key is mistyped"
        }
    }
}

/// A recovery key on paper: 160 random bits, printed as eight groups of five characters.
///
/// Its ``deviceKeys`` are in the log like any device's, with `isRecovery`; so a new machine on which it is typed can
/// open everything. The record that adds it is bound to it, so that the machine cannot be led into another space; see
/// ``finding(in:)``. No description shows any of it.
///
///     let key = RecoveryKey.random(using: &generator)
///     print(key.printed)
///     let record = try log.adding(key, person: me, role: .owner, holding: clock, by: device)
public struct RecoveryKey: Sendable {
    /// Whether the key binds its record; the checksum tells, so that no server can pass off a bound key as an old
    /// one.
    enum Edition: Hashable, CaseIterable, Sendable {
        /// Made before records were bound: only the server says which space it opens.
        case unbound
        case bound

        var checksumLabel: StaticString {
            switch self {
            case .unbound: "between recovery check 1"
            case .bound: "between recovery check 2"
            }
        }
    }

    private static let secretByteCount = 20
    private static let checksumByteCount = 5
    /// The most characters of input; longer text is refused at once.
    private static let typedLengthMax = 256

    /// The device keys that are derived from the secret.
    public let deviceKeys: DeviceKeys
    private let edition: Edition
    private let secret: [UInt8]

    /// Draws a key.
    ///
    /// - Parameter generator: a cryptographically secure generator; its output determines the key.
    public static func random(using generator: inout some RandomNumberGenerator) -> RecoveryKey {
        RecoveryKey(secret: generator.bytes(secretByteCount), .bound)
    }

    /// Reads ``printed`` as people typed or pasted it; see ``TypedBase32``.
    ///
    /// - Throws: ``RecoveryKeyError/mistyped``. A wrong text passes with a probability of about 2^-39.
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

    /// The key as it is printed and typed: the secret itself with its checksum.
    public var printed: String {
        Base32.grouped(Base32.text(secret + Self.checksum(secret, edition)))
    }

    /// Whether the record that adds this key is bound to it. A key of an earlier version is not bound: only the
    /// server says which space it opens.
    public var isBound: Bool { edition == .bound }

    /// The HMAC key of the codes that bind records to the printed secret.
    private var bindingKey: SymmetricKey {
        SymmetricKey(data: Self.derive("between recovery bound key 1", from: secret))
    }

    private static func derive(_ label: StaticString, from secret: [UInt8]) -> [UInt8] {
        // RFC 5869; without a salt, since the secret is uniform already.
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: CanonicalBytes(label: label).bytes,
            outputByteCount: DeviceIdentity.keyByteCount)
        return key.withUnsafeBytes { Array($0) }
    }

    /// The edition of a secret and its checksum; `nil` if the checksum is wrong.
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

/// Two keys are equal if they are the same device.
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

// MARK: - Binding

/// Checking that a log is of the space that a printed key was made for. A machine that has only the printed key can
/// check it in no other way: the server chooses the log, and anybody can wrap their own keys to the key's public
/// half.
extension RecoveryKey {
    /// The relation of a log to the key.
    public enum Finding: Hashable, Sendable {
        /// The log is of the key's space, and contains the record that adds it; with the frontier at that time.
        case bound(Frontier)
        /// The key was printed by an earlier version, and its record has no binding.
        case unbound
        /// The log has no record of the key, or its binding is invalid: made in another space or after another
        /// record.
        case foreign
    }

    /// Checks whether this is the log that the key was made for.
    ///
    /// - Parameter log: a verified log from an untrusted server.
    public func finding(in log: MembershipLog) -> Finding {
        let device = deviceKeys.identity
        guard let record = log.record(adding: device.id), case .add(let member, _) = record.content,
            let previous = record.previous, member.device == device
        else { return .foreign }
        guard let binding = member.binding else { return isBound ? .foreign : .unbound }
        let statement = Statement(
            suite: log.suite, space: log.space, previous: previous, author: record.author, person: member.person,
            role: member.role, device: device, clock: binding.clock)
        let isValid = HMAC<SHA256>.isValidAuthenticationCode(
            binding.code, authenticating: statement.bytes, using: bindingKey)
        return isValid ? .bound(binding.clock) : .foreign
    }

    /// The binding for a record that adds this key at the head of a log.
    func binding(
        to log: MembershipLog, person: PersonID, role: Role, holding clock: Frontier, by author: DeviceID
    ) -> RecoveryBinding {
        let statement = Statement(
            suite: log.suite, space: log.space, previous: log.head, author: author, person: person, role: role,
            device: deviceKeys.identity, clock: clock)
        let code = HMAC<SHA256>.authenticationCode(for: statement.bytes, using: bindingKey)
        return RecoveryBinding(clock: clock, code: Array(code))
    }

    /// The data that a code authenticates.
    private struct Statement {
        let suite: Suite
        let space: SpaceID
        let previous: Hash256
        let author: DeviceID
        let person: PersonID
        let role: Role
        let device: DeviceIdentity
        let clock: Frontier

        var bytes: [UInt8] {
            var bytes = CanonicalBytes(label: "between recovery bound 1")
            bytes.append(suite.rawValue)
            bytes.append(space.bits)
            bytes.append(previous)
            bytes.append(author.bits)
            bytes.append(person.bits)
            bytes.append(Array(role.rawValue.utf8))
            bytes.append(device.id.bits)
            bytes.append(device.signingKey)
            bytes.append(device.agreementKey)
            bytes.append(clock.ends.count)
            for end in clock.ends {
                bytes.append(end.dot)
                bytes.append(end.hash)
            }
            return bytes.bytes
        }
    }
}
