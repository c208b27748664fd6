import CanonicalJSON
package import Causality
package import Membership

/// What a newcomer says of itself: the keys of the device that wants to come in, and its name.
///
/// Whoever has the secret can make one, so it proves nothing yet. Compare the
/// ``PairingTranscript/words`` of what was sealed before anything is granted.
///
///     let sealed = claim.sealed(under: secret, serverKeyHash: hash, using: &generator)
package struct PairingClaim: Hashable, Sendable {
    package let device: DeviceIdentity
    /// What the other person reads: 64 UTF-8 bytes at most, no control characters; it may be empty.
    package let name: String

    /// Takes any name; what a claim cannot carry of it is left out.
    package init(device: DeviceIdentity, name: String) {
        self.device = device
        self.name = PairingName.cut(name)
    }

    /// Seals the claim, for this pairing at this server: ``PairingLimits/claimLengthMax`` bytes at most.
    ///
    /// Seal it once and send it again as it is: the words are of these bytes.
    ///
    /// - Parameters:
    ///   - secret: the pairing's.
    ///   - serverKeyHash: SHA-256 of the public key of the server through which both speak, 32 bytes.
    ///   - generator: the system's, or one as good.
    package func sealed(
        under secret: PairingSecret, serverKeyHash: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        Self.box(secret, serverKeyHash).seal(content, using: &generator)
    }

    /// What a newcomer says before it shows a claim: it cannot show another one then. Nobody can tell from it what is
    /// sealed, whose nonce has 96 bits of chance.
    ///
    /// - Parameter sealed: what ``sealed(under:serverKeyHash:using:)`` returned.
    package static func commitment(
        to sealed: [UInt8], under secret: PairingSecret, serverKeyHash: [UInt8]
    ) -> Hash256 {
        var bytes = CanonicalBytes(label: "between pairing commitment 1")
        bytes.append(secret.slot)
        bytes.append(serverKeyHash)
        bytes.append(sealed)
        return Hash256.sha256(bytes.bytes)
    }

    /// Opens a claim that anybody may have sent. Whether its keys are any, says who adds the device to a log.
    ///
    /// - Throws: ``SealingError/notOpened``, whatever is wrong.
    package init(opening sealed: [UInt8], under secret: PairingSecret, serverKeyHash: [UInt8]) throws(SealingError) {
        let content = try Self.box(secret, serverKeyHash).open(sealed)
        guard let object = try? JSONValue(parsing: content, limits: JSONLimits(depthMax: 1)).asObject,
            let signingKey = object.bytes("sign", count: DeviceIdentity.keyByteCount),
            let agreementKey = object.bytes("agree", count: DeviceIdentity.keyByteCount),
            let device = DeviceIdentity(signingKey: signingKey, agreementKey: agreementKey),
            let name = object["name"]?.asText
        else { throw .notOpened }
        self.init(device: device, name: name)
        // So it says nothing more, nothing in another way, and nothing past a limit.
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
