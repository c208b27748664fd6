import Crypto

extension DeviceIdentity {
    /// Whether what is agreed on with the device's key is a secret, so that keys can be wrapped to it.
    public var isUsable: Bool { Self.isUsable(agreementKey: agreementKey) }

    /// Whether what is agreed on with this X25519 key is a secret.
    ///
    /// With a point of low order everybody agrees on zeros, and anybody opens the wrap. RFC 9180,
    /// section 7.1.4, asks to refuse it; swift-crypto leaves that to its caller, as CryptoKit
    /// does. Scalars are multiples of eight, so any of them tells; this one is no secret.
    package static func isUsable(agreementKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: agreementKey),
            let probe = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: [UInt8](repeating: 1, count: 32)),
            let agreed = try? probe.sharedSecretFromKeyAgreement(with: key)
        else { return false }
        return agreed.withUnsafeBytes { $0.contains { $0 != 0 } }
    }
}
