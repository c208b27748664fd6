import Causality
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What two devices share before one lets the other in: 128 random bits, good for one pairing.
///
/// It stands in the string that one person shows and another types. All keys of the pairing follow
/// from it, each by a label of its own. Whoever saw the string has it too, and can claim in the
/// newcomer's place: that nobody did is told by ``PairingTranscript/words`` alone. No description
/// shows any of it.
package struct PairingSecret: Sendable {
    package static let byteCount = 16
    package static let slotByteCount = 16

    /// The secret itself, for the string that is shown.
    package let bytes: [UInt8]

    /// Is `nil` unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// Draws a secret.
    ///
    /// - Parameter generator: the system's, or one as good; whoever knows what it draws has the secret.
    package static func random(using generator: inout some RandomNumberGenerator) -> PairingSecret {
        PairingSecret(drawn: generator.bytes(byteCount))
    }

    private init(drawn bytes: [UInt8]) { self.bytes = bytes }

    /// The pairing's name at the server: 16 bytes that follow from the secret and do not give it away.
    package var slot: [UInt8] {
        derived(CanonicalBytes(label: "between pairing slot 1"), byteCount: Self.slotByteCount)
    }

    /// What follows from the secret for one purpose, which the label names.
    func derived(_ info: CanonicalBytes, byteCount: Int) -> [UInt8] {
        // RFC 5869; no salt, since the secret is uniform already.
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
