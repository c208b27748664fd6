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
