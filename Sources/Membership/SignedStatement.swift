public import Causality
import Crypto

/// What a device signs: a hash, or what it proves itself with, under the label of its purpose.
///
/// A device has one signing key for several purposes. Each has its own label,
/// length-prefixed, so a signature made for one never passes for another; a new
/// purpose is a new function here.
public struct SignedStatement: Hashable, Sendable {
    public static let signatureByteCount = 64

    /// The label and what follows it, as they are signed.
    public let bytes: [UInt8]

    private init(label: StaticString, _ hash: Hash256) {
        var bytes = CanonicalBytes(label: label)
        bytes.append(hash)
        self.bytes = bytes.bytes
    }

    private init(_ bytes: CanonicalBytes) { self.bytes = bytes.bytes }

    /// "I wrote this record", of ``MembershipRecord/hash``.
    public static func record(_ hash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign record 1", hash)
    }

    /// "My line stands so", of the line's hash after a batch, which covers the space and all of the line.
    public static func batch(lineHash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign batch 1", lineHash)
    }

    /// "It is me who speaks on this connection", to the server whose TLS key the device saw.
    ///
    /// - Parameters:
    ///   - version: the version of the protocol that holds, from 0 on.
    ///   - clientNonce: what the client drew for this connection.
    ///   - serverNonce: what the server drew for this connection.
    ///   - device: the device that signs.
    ///   - serverKeyHash: SHA-256 of the server's public key, 32 bytes.
    public static func authentication(
        version: Int, clientNonce: [UInt8], serverNonce: [UInt8], device: DeviceID, serverKeyHash: [UInt8]
    ) -> SignedStatement {
        var bytes = CanonicalBytes(label: "between sign auth 1")
        bytes.append(version)
        bytes.append(clientNonce)
        bytes.append(serverNonce)
        bytes.append(device.bits)
        bytes.append(serverKeyHash)
        return SignedStatement(bytes)
    }

    /// Whether these bytes, any bytes, are this device's signature of this statement.
    public func isSigned(by device: DeviceIdentity, _ signature: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: device.signingKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}

extension Batch {
    /// Whether this device signed the batch.
    ///
    /// - Parameters:
    ///   - device: the device whose key the line's ``ReplicaOrigin`` announced.
    ///   - lineHash: the line's hash after this batch, as ``LineState/judge(_:holding:_:)`` has worked it out.
    /// - Returns: whether it did; `false` for a signature of any other length or purpose.
    public func isSigned(by device: DeviceIdentity, lineHash: Hash256) -> Bool {
        SignedStatement.batch(lineHash: lineHash).isSigned(by: device, signature)
    }
}
