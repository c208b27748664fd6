/// The origin of a replica, from which its id is derived; announced with the first batch of its feed.
public struct ReplicaOrigin: Hashable, Sendable {
    public static let deviceKeyByteCount = 32
    public static let nonceByteCount = 16

    /// The device's Ed25519 public key.
    public let deviceKey: [UInt8]
    /// Random, drawn for each incarnation.
    public let nonce: [UInt8]

    /// Is `nil` unless the key has 32 bytes and the nonce 16.
    public init?(deviceKey: [UInt8], nonce: [UInt8]) {
        guard deviceKey.count == Self.deviceKeyByteCount, nonce.count == Self.nonceByteCount else { return nil }
        self.deviceKey = deviceKey
        self.nonce = nonce
    }

    /// The id that is derived from this origin.
    public func replica(_ hash: HashFunction) -> ReplicaID {
        ReplicaID(bits: hash(deviceKey + nonce).prefix64)
    }
}
