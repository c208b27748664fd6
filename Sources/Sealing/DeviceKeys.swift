public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The private keys of a device, which sign its statements and open what is wrapped to it.
///
/// Made on the device, once, and never sent. No description, debug description or mirror shows any of it.
public struct DeviceKeys: Sendable {
    /// The public keys.
    public let identity: DeviceIdentity
    private let signing: Curve25519.Signing.PrivateKey
    let agreement: Curve25519.KeyAgreement.PrivateKey

    /// Draws the keys of a new device.
    ///
    /// - Parameter generator: a cryptographically secure generator; its output determines the keys.
    /// - Returns: the keys; store ``encoded()`` before using them.
    public static func random(using generator: inout some RandomNumberGenerator) -> DeviceKeys {
        let signing = generator.bytes(DeviceIdentity.keyByteCount)
        let agreement = generator.bytes(DeviceIdentity.keyByteCount)
        guard let keys = DeviceKeys(signing: signing, agreement: agreement) else {
            preconditionFailure("any 32 bytes are a key")
        }
        return keys
    }

    /// Is `nil` unless both keys have 32 bytes.
    init?(signing: [UInt8], agreement: [UInt8]) {
        guard let signing = try? Curve25519.Signing.PrivateKey(rawRepresentation: signing),
            let agreement = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: agreement),
            let identity = DeviceIdentity(
                signingKey: Array(signing.publicKey.rawRepresentation),
                agreementKey: Array(agreement.publicKey.rawRepresentation))
        else { return nil }
        self.identity = identity
        self.signing = signing
        self.agreement = agreement
    }

    var signingBytes: [UInt8] { Array(signing.rawRepresentation) }
    var agreementBytes: [UInt8] { Array(agreement.rawRepresentation) }

    /// Signs a statement; 64 bytes.
    public func signature(of statement: SignedStatement) -> [UInt8] {
        guard let signature = try? signing.signature(for: statement.bytes) else {
            preconditionFailure("a key that was made signs any bytes")
        }
        return Array(signature)
    }

    /// Signs a batch after which its feed has this hash.
    public func signature(ofBatch lineHash: Hash256) -> [UInt8] { signature(of: .batch(lineHash: lineHash)) }
}

extension DeviceKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
