/// The algorithms of a space, fixed by its genesis; they are never negotiated or downgraded.
public enum Suite: Int, Hashable, Sendable, CaseIterable {
    /// Ed25519; HPKE with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20Poly1305; boxes
    /// with HKDF-SHA256 and ChaCha20Poly1305; tokens with HMAC-SHA256.
    case one = 1

    /// The bytes of a wrap: an encapsulated key of 32, two keys of 32 each, a tag of 16.
    public var wrapByteCount: Int {
        switch self {
        case .one: 32 + 64 + 16
        }
    }

    /// The bytes of an epoch's key sealed under the next: a nonce of 12, a key of 32, a tag of 16.
    public var beforeByteCount: Int {
        switch self {
        case .one: 12 + 32 + 16
        }
    }
}
