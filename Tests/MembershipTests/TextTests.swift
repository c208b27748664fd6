import CanonicalJSON
import Causality
import Membership
import TestSupport
import Testing

/// Ids, bytes and hashes as text.
@Suite struct TextTests {
    @Test func idsReadBackFromTextAndBytes() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let person = PersonID.random(using: &generator)
            #expect(person.description.utf8.count == 26)
            #expect(PersonID(person.description) == person)
            #expect(PersonID(person.bytes) == person)
        }
        #expect(SpaceID([1, 2, 3]) == nil)
        #expect(DeviceID("0") == nil)
    }

    @Test func idsSortAsTheirTextsDo() {
        var generator = SeededGenerator(seed: 2)
        let people = (0..<100).map { _ in PersonID.random(using: &generator) }
        #expect(people.sorted().map(\.description) == people.map(\.description).sorted())
    }

    /// RFC 4648, section 10, without the padding; the last two have the characters specific to base64url.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"), ("??>", "Pz8-"), ("???", "Pz8_"),
    ])
    func bytesHaveTheTextOfTheStandard(_ bytes: String, _ text: String) {
        #expect(Base64URL.text(Array(bytes.utf8)) == text)
        #expect(Base64URL.bytes(text) == Array(bytes.utf8))
    }

    @Test func bytesReadBackFromTheirText() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64URL.bytes(Base64URL.text(bytes)) == bytes)
        }
    }

    @Test(arguments: ["Z", "Zg==", "Zh", "Zm9", "Zm8=", "Pz8+", "Pz8/", "Zm9v\n", " Zm9v", "Zm9vY", "é", "Zm\u{0}8"])
    func refusesOtherSpellings(_ text: String) {
        #expect(Base64URL.bytes(text) == nil)
    }

    /// Whole groups and the rest of a text are decoded separately; every position counts in both.
    @Test func everyCharacterOfATextCounts() {
        let text = Array(Base64URL.text((0..<11).map { UInt8($0 * 23) }).utf8)
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[place] = byte
                let read = Base64URL.bytes(changed[...])
                #expect(read.map { Array(Base64URL.text($0).utf8) } ?? changed == changed)
                let isText = [UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte) || Self.isAlphanumeric(byte)
                // Two bits of the last character are unused: of each four characters that differ there one is valid.
                if place < text.count - 1 { #expect((read != nil) == isText) }
            }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        Character(UnicodeScalar(byte)).isASCII
            && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
    }

    /// FIPS 180-4's example.
    @Test func hashesAreSHA256() {
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Hash256.sha256(Array("abc".utf8)).description == hash)
    }

    @Test func aDeviceIsNamedAfterItsSigningKey() throws {
        let keys = (1...3).map { [UInt8](repeating: $0, count: 32) }
        let device = try #require(DeviceIdentity(signingKey: keys[0], agreementKey: keys[1]))
        let other = try #require(DeviceIdentity(signingKey: keys[2], agreementKey: keys[1]))
        let sibling = try #require(DeviceIdentity(signingKey: keys[0], agreementKey: keys[2]))
        #expect(device.id != other.id)
        #expect(device.id == sibling.id)
        #expect(device != sibling)
        #expect(DeviceIdentity(signingKey: keys[0], agreementKey: [1]) == nil)
        #expect(DeviceIdentity(signingKey: keys[0] + [0], agreementKey: keys[0]) == nil)
    }
}
