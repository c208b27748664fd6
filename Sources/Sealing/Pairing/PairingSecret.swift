import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The shared secret of a pairing: 128 random bits, used once.
///
/// It is part of the string that one person shows and another types. All keys of the pairing are derived from it,
/// each with its own label. Anyone who saw the string has it too, and can claim in the newcomer's place; only the
/// comparison of ``PairingTranscript/words`` detects that. No description shows any of it.
package struct PairingSecret: Sendable {
    package static let byteCount = 16
    package static let slotByteCount = 16

    /// The secret itself, for the string to show.
    package let bytes: [UInt8]

    /// Is `nil` unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Draws a secret.
    ///
    /// - Parameter generator: a cryptographically secure generator; its output determines the secret.
    package static func random(using generator: inout some RandomNumberGenerator) -> PairingSecret {
        PairingSecret(drawn: generator.bytes(byteCount))
    }

    private init(drawn bytes: [UInt8]) { self.bytes = bytes }

    /// The id of the pairing at the server: 16 bytes derived from the secret, which they do not reveal.
    package var slot: [UInt8] {
        derived(CanonicalBytes(label: "between pairing slot 1"), byteCount: Self.slotByteCount)
    }

    /// Derives bytes from the secret for one purpose, given by the label of `info`.
    func derived(_ info: CanonicalBytes, byteCount: Int) -> [UInt8] {
        // RFC 5869; without a salt, since the secret is uniform already.
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: bytes), info: info.bytes, outputByteCount: byteCount)
        return key.withUnsafeBytes { Array($0) }
    }
}

extension PairingSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[secret]" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
