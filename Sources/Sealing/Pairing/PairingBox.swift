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

/// Limits of claims and grants in a pairing.
package enum PairingLimits {
    /// Bytes of a sealed claim; a message on the wire carries no more.
    package static let claimLengthMax = 2 * 1024
    /// Bytes of a sealed grant: a clock of ``clockEndsMax`` rows at their longest, padded, and some to spare.
    package static let grantLengthMax = 384 * 1024
    /// UTF-8 bytes of a device's name.
    package static let nameLengthMax = 64
    /// Rows of a grant's clock: as many as a clock has on the wire, and so all that a member can know of the server.
    package static let clockEndsMax = 4096
}

/// The name that a device gives itself, safe to show on the other device's screen.
package enum PairingName {
    /// Cuts a name to at most ``PairingLimits/nameLengthMax`` bytes of whole characters.
    ///
    /// Removes characters that move the cursor, break the line or change the text direction of a terminal, since an
    /// unauthenticated name is shown in the question whether to let the device in. Cutting is idempotent, so a name
    /// that was read is checked by cutting it again.
    package static func cut(_ name: String) -> String {
        let shown = String(String.UnicodeScalarView(name.unicodeScalars.lazy.filter { !isControl($0) }))
        var cut = ""
        var length = 0
        for character in shown {
            length += character.utf8.count
            guard length <= PairingLimits.nameLengthMax else { break }
            cut.append(character)
        }
        return cut
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case _: scalar.properties.isBidiControl
        }
    }
}
