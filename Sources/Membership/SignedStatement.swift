public import Causality
import Crypto

/// What a device signs: a hash under the label of its purpose.
///
/// A device has one signing key for several purposes. Each has its own label,
/// length-prefixed, so a signature made for one never passes for another; a new
/// purpose is a new function here.
public struct SignedStatement: Hashable, Sendable {
    public static let signatureByteCount = 64

    /// The label and the hash, as they are signed.
    public let bytes: [UInt8]

    private init(label: StaticString, _ hash: Hash256) {
        var bytes = CanonicalBytes(label: label)
        bytes.append(hash)
        self.bytes = bytes.bytes
    }

    /// "I wrote this record", of ``MembershipRecord/hash``.
    public static func record(_ hash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign record 1", hash)
    }

    /// "My line stands so", of the line's hash after a batch, which covers the space and all of the line.
    public static func batch(lineHash: Hash256) -> SignedStatement {
        SignedStatement(label: "between sign batch 1", lineHash)
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
