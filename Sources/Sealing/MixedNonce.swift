import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sealing with a nonce that is made of chance and of what is sealed.
///
/// Two texts under one key and nonce give both away. Chance alone would repeat a nonce where it repeats: in a
/// machine that is resumed twice from one image of its memory, or a process that was copied. So the nonce is a
/// MAC of the random bytes, the associated data and the content, as in SIV (RFC 5297): it repeats for the same
/// content at the same place, which then gives away that it is the same and nothing else. For all
/// others it is as good as 96 random bits: one key is good for 2^28 seals and more.
enum MixedNonce {
    /// More than the nonce has, so that chance is never what limits it.
    private static let randomByteCount = 32
    static let byteCount = 12

    /// Seals bytes: nonce, ciphertext, tag.
    ///
    /// - Parameters:
    ///   - content: padded already, where its length is to be hidden.
    ///   - key: of ChaCha20-Poly1305; that of the nonce is derived from it.
    ///   - associatedData: what the content is bound to.
    ///   - generator: the system's, or one as good.
    static func seal(
        _ content: [UInt8], under key: SymmetricKey, boundTo associatedData: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        // RFC 5869; no salt, since the key is uniform already.
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
