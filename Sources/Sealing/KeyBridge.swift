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
        MixedNonce.seal(
            key, under: Self.sealingKey(SymmetricKey(data: next), suite, space), boundTo: associatedData,
            using: &generator)
    }

    /// Opens the key of the ended epoch.
    ///
    /// - Throws: ``SealingError/notOpened`` for any failure.
    package func open(_ sealed: [UInt8], under next: [UInt8]) throws(SealingError) -> [UInt8] {
        let opener = Opener(suite: suite, space: space, previous: previous, key: SymmetricKey(data: next))
        guard let key = opener.open(sealed, ending: ending) else { throw .notOpened }
        return key.bytes
    }

    /// Tries what lies in one record as the key of one epoch and another: what they have in common is derived once.
    struct Opener {
        private let suite: Suite
        private let previous: Hash256
        private let key: SymmetricKey
        private let prefix: CanonicalBytes

        /// - Parameter key: of the epoch that the record began.
        init(suite: Suite, space: SpaceID, previous: Hash256, key: SymmetricKey) {
            self.suite = suite
            self.previous = previous
            self.key = KeyBridge.sealingKey(key, suite, space)
            prefix = KeyBridge.associatedPrefix(suite, space)
        }

        /// The key, if it is that of this epoch.
        func open(_ sealed: [UInt8], ending: Hash256) -> SymmetricKey? {
            guard sealed.count == suite.beforeByteCount, let box = try? ChaChaPoly.SealedBox(combined: sealed)
            else { return nil }
            var data = prefix
            data.append(ending)
            data.append(previous)
            guard let opened = try? ChaChaPoly.open(box, using: key, authenticating: data.bytes),
                opened.count == SpaceKeys.keyByteCount
            else { return nil }
            return SymmetricKey(data: opened)
        }
    }

    private static func sealingKey(_ next: SymmetricKey, _ suite: Suite, _ space: SpaceID) -> SymmetricKey {
        var info = CanonicalBytes(label: "between before key 1")
        info.append(suite.rawValue)
        info.append(space.bits)
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: next, info: info.bytes, outputByteCount: SpaceKeys.keyByteCount)
    }

    private static func associatedPrefix(_ suite: Suite, _ space: SpaceID) -> CanonicalBytes {
        var bytes = CanonicalBytes(label: "between before 1")
        bytes.append(suite.rawValue)
        bytes.append(space.bits)
        return bytes
    }

    private var associatedData: [UInt8] {
        var bytes = Self.associatedPrefix(suite, space)
        bytes.append(ending)
        bytes.append(previous)
        return bytes.bytes
    }
}
