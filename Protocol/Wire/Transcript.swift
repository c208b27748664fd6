/// The data that a device signs when it connects, so that signatures cannot be replayed to another connection.
public struct Transcript: Hashable, Sendable {
    public let version: Int
    public let client: Nonce
    public let server: Nonce
    /// SHA-256 of the server's TLS key (SubjectPublicKeyInfo), as the client saw it or as the server has it.
    public let keyHash: [UInt8]

    public init(version: Int, client: Nonce, server: Nonce, keyHash: [UInt8]) {
        self.version = version
        self.client = client
        self.server = server
        self.keyHash = keyHash
    }
}
