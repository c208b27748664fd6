import Crypto

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
