import CanonicalJSON
package import Causality
package import Membership

/// A newcomer's claim in a pairing: the keys of the device that wants to join, and its name.
///
/// Anyone with the secret can make one, so it proves nothing yet. Compare the ``PairingTranscript/words`` of the
/// sealed claim before granting anything.
///
///     let sealed = claim.sealed(under: secret, serverKeyHash: hash, using: &generator)
package struct PairingClaim: Hashable, Sendable {
    package let device: DeviceIdentity
    /// The device's name as the other person reads it: at most 64 UTF-8 bytes without control characters; may be
    /// empty.
    package let name: String

    /// Takes any name, and cuts it to what a claim can carry.
    package init(device: DeviceIdentity, name: String) {
        self.device = device
        self.name = PairingName.cut(name)
    }

    /// Seals the claim for this pairing at this server: at most ``PairingLimits/claimLengthMax`` bytes.
    ///
    /// Seal it once and resend the same bytes: the words are derived from them.
    ///
    /// - Parameters:
    ///   - secret: the secret of the pairing.
    ///   - serverKeyHash: SHA-256 of the public key of the server that both devices use, 32 bytes.
    ///   - generator: a cryptographically secure generator.
    package func sealed(
        under secret: PairingSecret, serverKeyHash: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        Self.box(secret, serverKeyHash).seal(content, using: &generator)
    }

    /// The commitment that a newcomer sends before its claim, so that it cannot choose another claim later. It
    /// reveals nothing of the claim, whose nonce has 96 random bits.
    ///
    /// - Parameter sealed: the result of ``sealed(under:serverKeyHash:using:)``.
    package static func commitment(
        to sealed: [UInt8], under secret: PairingSecret, serverKeyHash: [UInt8]
    ) -> Hash256 {
        var bytes = CanonicalBytes(label: "between pairing commitment 1")
        bytes.append(secret.slot)
        bytes.append(serverKeyHash)
        bytes.append(sealed)
        return Hash256.sha256(bytes.bytes)
    }

    /// Opens an untrusted claim. Adding the device to a log checks that its keys are usable.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
    package init(opening sealed: [UInt8], under secret: PairingSecret, serverKeyHash: [UInt8]) throws(SealingError) {
        let content = try Self.box(secret, serverKeyHash).open(sealed)
        guard let object = try? JSONValue(parsing: content, limits: JSONLimits(depthMax: 1)).asObject,
            let signingKey = object.bytes("sign", count: DeviceIdentity.keyByteCount),
            let agreementKey = object.bytes("agree", count: DeviceIdentity.keyByteCount),
            let device = DeviceIdentity(signingKey: signingKey, agreementKey: agreementKey),
            let name = object["name"]?.asText
        else { throw .notOpened }
        self.init(device: device, name: name)
        // Refuses unknown members, other spellings and names beyond the limit.
        guard self.content == content else { throw .notOpened }
    }

    private var content: [UInt8] {
        let json: JSONValue = [
            "agree": .bytes(device.agreementKey), "name": .text(Text(name)), "sign": .bytes(device.signingKey),
        ]
        return json.canonicalBytes()
    }

    private static func box(_ secret: PairingSecret, _ serverKeyHash: [UInt8]) -> PairingBox {
        var place = CanonicalBytes(label: "between pairing claim 1")
        place.append(secret.slot)
        place.append(serverKeyHash)
        return PairingBox(
            secret, key: CanonicalBytes(label: "between pairing claim key 1"), boundTo: place,
            lengthMax: PairingLimits.claimLengthMax)
    }
}
