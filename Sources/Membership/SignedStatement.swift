public import Causality
import Crypto

/// A statement that a device signs, under the label of its purpose.
///
/// A device has one signing key for several purposes. Each purpose has its own length-prefixed label, so a signature
/// made for one is not valid for another; a new purpose is a new function here.
public struct SignedStatement: Hashable, Sendable {
    public static let signatureByteCount = 64

    /// The signed bytes: the label and what follows it.
    public let bytes: [UInt8]

    private init(label: StaticString, _ hash: Hash256) {
        var bytes = CanonicalBytes(label: label)
        bytes.append(hash)
        self.bytes = bytes.bytes
    }

    private init(_ bytes: CanonicalBytes) { self.bytes = bytes.bytes }

    /// The author wrote this record, with this ``MembershipRecord/hash``.
    public static func record(_ hash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign record 1", hash)
    }

    /// The author's feed has this hash after a batch, which covers the space and the whole feed.
    public static func batch(feedHash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign batch 1", feedHash)
    }

    /// The device authenticates on a connection to the server whose TLS key it saw.
    ///
    /// - Parameters:
    ///   - version: the protocol version of the connection, from 0 on.
    ///   - clientNonce: the client's random nonce for this connection.
    ///   - serverNonce: the server's random nonce for this connection.
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

    /// Whether `signature` is this device's signature of this statement; it may be any bytes.
    public func isSigned(by device: DeviceIdentity, _ signature: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: device.signingKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}

extension Batch {
    /// Whether this device signed the batch.
    ///
    /// - Parameters:
    ///   - device: the device whose key the feed's ``ReplicaOrigin`` announced.
    ///   - feedHash: the feed's hash after this batch, as ``FeedState/judge(_:holding:_:)`` computed it.
    /// - Returns: `false` also for a signature of any other length or purpose.
    public func isSigned(by device: DeviceIdentity, feedHash: Hash256) -> Bool {
        SignedStatement.batch(feedHash: feedHash).isSigned(by: device, signature)
    }
}
