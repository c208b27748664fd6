import CanonicalJSON
import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// The key of an epoch, sealed under the next.
@Suite struct KeyBridgeTests {
    private let key = [UInt8](0x40..<0x60)
    private let next = [UInt8](0x60..<0x80)

    private func hash(_ byte: UInt8) throws -> Hash256 { try #require(Hash256(Array(repeating: byte, count: 32))) }

    private func bridge(space: UInt8 = 0xA0, ending: UInt8 = 1, previous: UInt8 = 2) throws -> KeyBridge {
        let space = try #require(SpaceID([UInt8](space..<space + 16)))
        return KeyBridge(suite: .one, space: space, ending: try hash(ending), previous: try hash(previous))
    }

    @Test func opensAtItsPlaceAndUnderItsKeyOnly() throws {
        var generator = SeededGenerator(seed: 1)
        let bridge = try bridge()
        let sealed = bridge.seal(key, under: next, using: &generator)
        #expect(sealed.count == Suite.one.beforeByteCount)
        #expect(try bridge.open(sealed, under: next) == key)
        #expect(throws: SealingError.notOpened) { try bridge.open(sealed, under: key) }
        for other in [
            try self.bridge(space: 0xA1), try self.bridge(ending: 3), try self.bridge(previous: 3),
            try self.bridge(ending: 2, previous: 1),
        ] {
            #expect(throws: SealingError.notOpened) { try other.open(sealed, under: next) }
        }
        for flipped in sealed.flips {
            #expect(throws: SealingError.notOpened) { try bridge.open(flipped, under: next) }
        }
        for bytes in [[], Array(sealed.dropLast()), sealed + [0]] {
            #expect(throws: SealingError.notOpened) { try bridge.open(bytes, under: next) }
        }
    }

    @Test func chanceThatRepeatsRepeatsNoNonce() throws {
        let generator = SeededGenerator(seed: 1)
        func nonce(_ key: [UInt8]) throws -> [UInt8] {
            var same = generator
            return Array(try bridge().seal(key, under: next, using: &same).prefix(12))
        }
        #expect(try nonce(key) == nonce(key))
        #expect(try nonce(key) != nonce(next))
    }

    /// With Python's hmac and hashlib and OpenSSL's cipher.
    @Test func anotherImplementationSealsTheSame() throws {
        let sealed = try #require(
            Base64URL.bytes("0NHS09TV1tfY2drbjLuLSAsxn3vjWtoeCZQu505c472WT-wohv8xbmofLvJ6GlMXhTBZl55r6GR0zh6E"))
        #expect(try bridge().open(sealed, under: next) == key)
    }
}
