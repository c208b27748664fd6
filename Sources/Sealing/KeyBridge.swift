package import Causality
import Crypto
package import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The binding of an epoch's key that is sealed under the next epoch's key, for devices that were added later.
///
/// It is bound to the space, the old epoch and the head before the record. It is not bound to the new epoch, whose
/// name is the hash of the record's body that contains it; the key identifies that epoch.
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

    /// Seals the key of the ending epoch: ``Suite/beforeByteCount`` bytes.
    ///
    /// - Parameters:
    ///   - key: the key of the ending epoch.
    ///   - next: the key of the new epoch.
    ///   - generator: a cryptographically secure generator.
    package func seal(
        _ key: [UInt8], under next: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        MixedNonce.seal(key, under: sealingKey(next), boundTo: associatedData, using: &generator)
    }

    /// Opens the key of the ended epoch.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
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
