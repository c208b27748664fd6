import CanonicalJSON
import Causality
import Membership
import Sealing
import Testing

/// A pairing that another implementation made: Python's hmac and hashlib, OpenSSL's cipher.
///
/// The secret is the bytes 0, 1, 2, ...; the other inputs count on from where `bytes(from:)` says.
@Suite struct PairingVectorTests {
    private static let claim =
        "0NHS09TV1tfY2drbhxWVLalK81n0Nep8DuvxE6yIoLj9mmuBOHdm5SWo7UR-CvS6vZLuEbvWYUQ-02xIWHPvhqB1oai7PN"
        + "9bEsDyTm2KWeesPNWKpnOFCN5QTDVI_joEE8mijUf2gm0YIWtOw_1LXKUZxMxWghKy4SKYj1H39Txb1pEIRs92VF7uvCOd"
        + "d3fR858ziLu3b9SCnNBporvlmJcPC6R9fjfuO0oytA"
    private static let grant =
        "4OHi4-Tl5ufo6errbVFy4X-tOCojeS5KHeCZUgPslXWtZAC8z9dFQZ-5UbFnck5pFPMu6vBq1WwUwOM1qJCsGDmgf8zfSr"
        + "w5NUSksKAhP_aOt4JK6-gH0au3docep85Q7YIJnOGzrPyH9oQPjrNTfOeyi_6cy-h75lmCx_zN7nSM7BwFr9_a2oROMPcU"
        + "8ijTjJziNil1BKgMg5XM7W4p6LCt5RY5DkesBHoScSp5DGFjsJ3RlK0Ka8Rvqo1-lcCWiHLG9W3cD4Z-TALFJSLovxeqxQ"
        + "yv99eM6odBOMEP-fehHBG8XXsbw1jF4BOqdn0b8AdnM95HlWbZkryCj3zoysnqXCGm_7kLAnUyCAejnP6yNm545Ui91Fbx"
        + "QSjDaeeeuR6O5zEwHHIbhi9PvOj3zV290-7Uu1KbHX3P6mxmu_YBwM-Y4pBp5SXDHJg7L6iQT8pBcQSwpJIp-gx3RQ1-Oa"
        + "UVGPnX9dEArveLIA"

    private let secret: PairingSecret
    private let serverKeyHash = bytes(from: 0x40)
    private let claim: PairingClaim
    private let grant: PairingGrant
    private let transcript: PairingTranscript

    init() throws {
        secret = try #require(PairingSecret(Self.bytes(from: 0, 16)))
        claim = PairingClaim(
            device: try #require(
                DeviceIdentity(signingKey: Self.bytes(from: 0x60), agreementKey: Self.bytes(from: 0x80))),
            name: "Sam’s \"laptop\"")
        let ends = [
            LineEnd(Dot(ReplicaID(bits: 7), 5), try Self.hash(from: 0xA0)),
            LineEnd(Dot(ReplicaID(bits: 0x18AC_3E73_43F0_1689), Dot.nMax), try Self.hash(from: 0xC0)),
        ]
        let head = try Self.hash(from: 0x20)
        grant = PairingGrant(
            space: try #require(SpaceID(Self.bytes(from: 0x10, 16))),
            end: try #require(PairingGrant.LogEnd(count: 3, head: head)),
            clock: try #require(Frontier(ascending: ends)), person: try #require(PersonID(Self.bytes(from: 0x30, 16))),
            role: .owner, name: "Büro")
        transcript = PairingTranscript(
            of: try #require(Base64URL.bytes(Self.claim)), under: secret, serverKeyHash: serverKeyHash)
    }

    @Test func theSlotIsTheSame() {
        #expect(Base64URL.text(secret.slot) == "jdIabF4FIhS_R1I7XD42Ew")
    }

    @Test func theClaimOpensAndIsSealedTheSame() throws {
        let sealed = try #require(Base64URL.bytes(Self.claim))
        #expect(try PairingClaim(opening: sealed, under: secret, serverKeyHash: serverKeyHash) == claim)
        var nonce = PairingNonce(words: [0xD7D6_D5D4_D3D2_D1D0, 0xDBDA_D9D8])
        #expect(claim.sealed(under: secret, serverKeyHash: serverKeyHash, using: &nonce) == sealed)
    }

    @Test func theWordsAreTheSame() {
        #expect(transcript.hash.description == "bdbc5d762c2e4788bc9c6e44ba9bf96d179599ff7a9a33b4008d80b9e357aec8")
        #expect(transcript.words == ["banana", "saffron", "fruit", "jacket"])
    }

    @Test func theGrantOpensAndIsSealedTheSame() throws {
        let sealed = try #require(Base64URL.bytes(Self.grant))
        #expect(try PairingGrant(opening: sealed, under: secret, answering: transcript) == grant)
        var nonce = PairingNonce(words: [0xE7E6_E5E4_E3E2_E1E0, 0xEBEA_E9E8])
        #expect(grant.sealed(under: secret, answering: transcript, using: &nonce) == sealed)
    }

    private static func hash(from first: UInt8) throws -> Hash256 { try #require(Hash256(bytes(from: first))) }

    private static func bytes(from first: UInt8, _ count: UInt8 = 32) -> [UInt8] { (0..<count).map { first + $0 } }
}

/// Draws what it was given.
private struct PairingNonce: RandomNumberGenerator {
    var words: [UInt64]

    mutating func next() -> UInt64 { words.removeFirst() }
}
