import Membership
import Sealing
import Wire

extension Authentication {
    /// Proves the identity of this device.
    ///
    /// - Parameters:
    ///   - transcript: the handshake so far.
    ///   - invitation: the secret of an enrolment string, for a server that does not know the device yet.
    init(of device: DeviceKeys, _ transcript: Transcript, invitation: [UInt8]?) {
        let identity = device.identity
        let statement = SignedStatement.authentication(
            version: transcript.version, clientNonce: transcript.client.bytes, serverNonce: transcript.server.bytes,
            device: identity.id, serverKeyHash: transcript.keyHash)
        guard
            let proof = Authentication(
                signingKey: identity.signingKey, agreementKey: identity.agreementKey,
                signature: device.signature(of: statement), invitation: invitation)
        else { preconditionFailure("keys of 32 bytes, a signature of 64, a secret of 16") }
        self = proof
    }
}

extension Nonce {
    static func random() -> Nonce {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let nonce = Nonce(bytes) else { preconditionFailure("32 bytes") }
        return nonce
    }
}
