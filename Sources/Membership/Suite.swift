/// The algorithms of a space, fixed by its genesis; never negotiated, never lowered.
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
}
