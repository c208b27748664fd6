import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sealing with a nonce that is derived from random bytes and from the content.
///
/// Two texts under one key and nonce reveal each other. Random bytes alone would repeat a nonce when they repeat: in
/// a machine resumed twice from one memory snapshot, or in a copied process. So the nonce is a MAC of random bytes,
/// associated data and content, as in SIV (RFC 5297): it repeats only for equal content at the same place, which then
/// reveals only that it is equal. Otherwise it is as good as 96 random bits: one key is good for 2^28 seals and more.
enum MixedNonce {
    /// More than the nonce has, so that the random bytes are never its bound.
    private static let randomByteCount = 32
    static let byteCount = 12

    /// Seals content: nonce, ciphertext, tag.
    ///
    /// - Parameters:
    ///   - content: padded already, if its length is to be hidden.
    ///   - key: a ChaCha20-Poly1305 key, from which the nonce's key is derived.
    ///   - associatedData: the data that the content is bound to.
    ///   - generator: a cryptographically secure generator.
    static func seal(
        _ content: [UInt8], under key: SymmetricKey, boundTo associatedData: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        // RFC 5869; without a salt, since the key is uniform already.
        let nonceKey = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: CanonicalBytes(label: "between nonce key 1").bytes, outputByteCount: 32)
        var bytes = CanonicalBytes(label: "between nonce 1")
        bytes.append(generator.bytes(randomByteCount))
        bytes.append(associatedData)
        bytes.append(content)
        let code = HMAC<SHA256>.authenticationCode(for: bytes.bytes, using: nonceKey)
        guard let nonce = try? ChaChaPoly.Nonce(data: Array(code).prefix(byteCount)),
            let box = try? ChaChaPoly.seal(content, using: key, nonce: nonce, authenticating: associatedData)
        else { preconditionFailure("a key of 32 bytes and a nonce of 12 seal any bytes") }
        return Array(box.combined)
    }
}

// MARK: - Bytes

extension RandomNumberGenerator {
    /// Draws `count` bytes, eight from each call of `next()`.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }
}
