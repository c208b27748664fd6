/// The keys of a connecting device, and its proof of possession.
public struct Authentication: Hashable, Sendable {
    public static let keyByteCount = 32
    public static let signatureByteCount = 64
    public static let invitationByteCount = 16

    /// The device's Ed25519 public key.
    public let signingKey: [UInt8]
    /// The device's X25519 public key.
    public let agreementKey: [UInt8]
    /// Over the negotiated version, both nonces, the device's id and the hash of the TLS key that it saw.
    public let signature: [UInt8]
    /// The secret of an enrolment string, for a device that the server does not know yet.
    public let invitation: [UInt8]?

    /// The same without an invitation.
    public var withoutInvitation: Authentication {
        Authentication(signingKey: signingKey, agreementKey: agreementKey, signature: signature) ?? self
    }

    /// Is `nil` unless every part has its required length.
    public init?(signingKey: [UInt8], agreementKey: [UInt8], signature: [UInt8], invitation: [UInt8]? = nil) {
        guard signingKey.count == Self.keyByteCount, agreementKey.count == Self.keyByteCount,
            signature.count == Self.signatureByteCount,
            invitation?.count ?? Self.invitationByteCount == Self.invitationByteCount
        else { return nil }
        self.signingKey = signingKey
        self.agreementKey = agreementKey
        self.signature = signature
        self.invitation = invitation
    }
}

/// The data that a device signs when it connects, so that signatures cannot be replayed to another connection.
public struct Transcript: Hashable, Sendable {
    public let version: Int
    public let client: Nonce
    public let server: Nonce
    /// SHA-256 of the server's TLS key (SubjectPublicKeyInfo), as the client saw it or as the server has it.
    public let keyHash: [UInt8]

    public init(version: Int, client: Nonce, server: Nonce, keyHash: [UInt8]) {
        self.version = version
        self.client = client
        self.server = server
        self.keyHash = keyHash
    }
}

/// A range of protocol versions that one side supports.
public struct VersionRange: Hashable, Sendable {
    /// The versions that this package supports.
    public static let ours = VersionRange(1)

    public let least: Int
    public let greatest: Int

    /// Is `nil` unless both are at least 1 and in order.
    public init?(_ least: Int, _ greatest: Int) {
        guard least >= 1, least <= greatest else { return nil }
        self.least = least
        self.greatest = greatest
    }

    private init(_ only: Int) {
        least = only
        greatest = only
    }

    /// The greatest version in both ranges; `nil` if there is none.
    public func greatestCommon(with other: VersionRange) -> Int? {
        let common = min(greatest, other.greatest)
        return common >= max(least, other.least) ? common : nil
    }
}
