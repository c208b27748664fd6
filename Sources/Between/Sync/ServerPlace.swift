import CanonicalJSON
import Link
import Membership
import Sealing
import Wire

/// The address of this device's server, and the pin of its key.
struct ServerPlace: Hashable, Sendable {
    let endpoint: Endpoint
    let pin: Pin

    init(endpoint: Endpoint, pin: Pin) {
        self.endpoint = endpoint
        self.pin = pin
    }

    /// `nil` if the address in the string is invalid.
    init?(_ string: ConnectString) {
        guard let endpoint = Endpoint(string.address), let pin = Pin(string.pin) else { return nil }
        self.init(endpoint: endpoint, pin: pin)
    }

    /// `HOST:PORT`, for display.
    var name: String { endpoint.description }

    /// The form in which it is stored as a setting.
    init?(text: String) {
        guard let object = try? JSONValue(parsing: Array(text.utf8)).asObject,
            let endpoint = object["address"]?.asText.flatMap({ Endpoint($0) }),
            let pin = object.bytes("pin").flatMap({ Pin($0) })
        else { return nil }
        self.init(endpoint: endpoint, pin: pin)
    }

    var text: String {
        let json: JSONValue = ["address": .text(Text(endpoint.description)), "pin": .bytes(pin.bytes)]
        return json.canonicalText
    }
}

// MARK: - Device

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
