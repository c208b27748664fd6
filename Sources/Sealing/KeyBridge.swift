package import Causality
import Crypto
package import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which epoch's key lies sealed under the next: how newcomers get at what was before them.
///
/// It is bound to space, old epoch and the head before the record. Not to the new epoch, since that is named
/// after the record's body, in which it lies; whose it is, is known by the key.
package struct KeyBridge: Hashable, Sendable {
    package let suite: Suite
    package let space: SpaceID
    /// The epoch that ends.
    package let ending: Hash256
    /// The head before the record that ends it.
    package let previous: Hash256

    package init(suite: Suite, space: SpaceID, ending: Hash256, previous: Hash256) {
        self.suite = suite
        self.space = space
        self.ending = ending
        self.previous = previous
    }

    /// Seals the key of the epoch that ends: ``Suite/beforeByteCount`` bytes.
    ///
    /// - Parameters:
    ///   - key: the key of the epoch that ends.
    ///   - next: the key of the epoch that begins.
    ///   - generator: the system's, or one as good.
    package func seal(
        _ key: [UInt8], under next: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        MixedNonce.seal(key, under: sealingKey(next), boundTo: associatedData, using: &generator)
    }

    /// Opens the key of the epoch that ended.
    ///
    /// - Throws: ``SealingError/notOpened``, whatever is wrong.
    package func open(_ sealed: [UInt8], under next: [UInt8]) throws(SealingError) -> [UInt8] {
        guard sealed.count == suite.beforeByteCount, let box = try? ChaChaPoly.SealedBox(combined: sealed),
            let key = try? ChaChaPoly.open(box, using: sealingKey(next), authenticating: associatedData)
        else { throw .notOpened }
        return Array(key)
    }

    private func sealingKey(_ next: [UInt8]) -> SymmetricKey {
        var info = CanonicalBytes(label: "between before key 1")
        info.append(suite.rawValue)
        info.append(space.bits)
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: next), info: info.bytes, outputByteCount: SpaceKeys.keyByteCount)
    }

    private var associatedData: [UInt8] {
        var bytes = CanonicalBytes(label: "between before 1")
        bytes.append(suite.rawValue)
        bytes.append(space.bits)
        bytes.append(ending)
        bytes.append(previous)
        return bytes.bytes
    }
}
