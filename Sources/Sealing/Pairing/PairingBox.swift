import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a claim or a grant is sealed: nonce, padded content enciphered with ChaCha20-Poly1305 (RFC 8439), tag.
///
/// Each has a key of its own, and data that it is bound to; so neither ever opens as the other.
struct PairingBox {
    private static let keyByteCount = 32

    private let key: SymmetricKey
    private let associatedData: [UInt8]
    private let lengthMax: Int

    /// Derives the key of one purpose, which the label of `info` names.
    ///
    /// - Parameter lengthMax: bytes of what is sealed, nonce and tag included.
    init(_ secret: PairingSecret, key info: CanonicalBytes, boundTo associatedData: CanonicalBytes, lengthMax: Int) {
        key = SymmetricKey(data: secret.derived(info, byteCount: Self.keyByteCount))
        self.associatedData = associatedData.bytes
        self.lengthMax = lengthMax
    }

    /// Seals a content, 28 bytes more than it takes padded. What is sealed is cut to its limits when it is made.
    func seal(_ content: [UInt8], using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let sealed = MixedNonce.seal(
            BoxPadding.padded(content), under: key, boundTo: associatedData, using: &generator)
        precondition(sealed.count <= lengthMax, "a pairing's content of \(content.count) bytes")
        return sealed
    }

    /// Opens what anybody may have sent.
    ///
    /// - Throws: ``SealingError/notOpened``, whatever is wrong.
    func open(_ sealed: [UInt8]) throws(SealingError) -> [UInt8] {
        guard sealed.count <= lengthMax, let box = try? ChaChaPoly.SealedBox(combined: sealed),
            let padded = try? ChaChaPoly.open(box, using: key, authenticating: associatedData),
            let content = BoxPadding.content(of: Array(padded))
        else { throw .notOpened }
        return content
    }
}
