import Causality
import Crypto
import Foundation
import Link
import Testing

@Suite struct IdentityTests {
    @Test func keptAndTakenUpItIsTheSame() throws {
        let identity = try ServerIdentity.make()
        let again = try ServerIdentity(pem: identity.pem)
        #expect(again.keyHash == identity.keyHash)
        #expect(again.pin == identity.pin)
        #expect(again.pem == identity.pem)
    }

    @Test func thePinIsTheFirstHalfOfTheKeysHash() throws {
        let identity = try ServerIdentity.make()
        let keyText = try #require(identity.pem.range(of: "-----BEGIN PRIVATE KEY-----"))
        let key = try P256.Signing.PrivateKey(pemRepresentation: String(identity.pem[keyText.lowerBound...]))
        #expect(identity.keyHash.bytes == Array(SHA256.hash(data: key.publicKey.derRepresentation)))
        #expect(identity.pin.bytes == Array(identity.keyHash.bytes.prefix(16)))
        #expect(Pin(identity.pin.bytes) == identity.pin)
        #expect(Pin(identity.keyHash.bytes) == nil)
    }

    @Test func twoAreDifferent() throws {
        #expect(try ServerIdentity.make().pin != ServerIdentity.make().pin)
    }

    @Test func damageIsRefused() throws {
        let (one, other) = try (ServerIdentity.make(), ServerIdentity.make())
        let split = try #require(one.pem.range(of: "-----BEGIN PRIVATE KEY-----")).lowerBound
        let otherSplit = try #require(other.pem.range(of: "-----BEGIN PRIVATE KEY-----")).lowerBound
        for pem in [
            "", "nothing", String(one.pem[..<split]), String(one.pem[split...]), one.pem + one.pem,
            // The certificate of one with the key of the other.
            String(one.pem[..<split] + other.pem[otherSplit...]),
            String(one.pem.dropLast(60)),
        ] {
            #expect(throws: LinkError.damagedIdentity) { try ServerIdentity(pem: pem) }
        }
    }

    @Test func noDescriptionShowsTheKey() throws {
        let identity = try ServerIdentity.make()
        var dumped = ""
        dump(identity, to: &dumped)
        #expect("\(identity)" == "[secret]" && String(reflecting: identity) == "[secret]")
        #expect(!dumped.contains("PRIVATE"))
    }
}
