import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Seals claims and grants: nonce, padded content enciphered with ChaCha20-Poly1305 (RFC 8439), tag.
///
/// Each has its own key and associated data, so neither opens as the other.
struct PairingBox {
    private static let keyByteCount = 32

    private let key: SymmetricKey
    private let associatedData: [UInt8]
    private let lengthMax: Int

    /// Derives the key for one purpose, given by the label of `info`.
    ///
    /// - Parameter lengthMax: the greatest length of the sealed bytes, nonce and tag included.
    init(_ secret: PairingSecret, key info: CanonicalBytes, boundTo associatedData: CanonicalBytes, lengthMax: Int) {
        key = SymmetricKey(data: secret.derived(info, byteCount: Self.keyByteCount))
        self.associatedData = associatedData.bytes
        self.lengthMax = lengthMax
    }

    /// Seals content: 28 bytes more than its padded length. Claims and grants are cut to their limits when they are
    /// made.
    func seal(_ content: [UInt8], using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let sealed = MixedNonce.seal(
            BoxPadding.padded(content), under: key, boundTo: associatedData, using: &generator)
        precondition(sealed.count <= lengthMax, "a pairing's content of \(content.count) bytes")
        return sealed
    }

    /// Opens untrusted bytes.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
    func open(_ sealed: [UInt8]) throws(SealingError) -> [UInt8] {
        guard sealed.count <= lengthMax, let box = try? ChaChaPoly.SealedBox(combined: sealed),
            let padded = try? ChaChaPoly.open(box, using: key, authenticating: associatedData),
            let content = BoxPadding.content(of: Array(padded))
        else { throw .notOpened }
        return content
    }
}
