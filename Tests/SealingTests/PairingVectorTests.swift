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
        "4OHi4-Tl5ufo6errvYdqnuYN6qPd4OCsJfh8_IFdLDAF1yepmjgmm4IgpajzCb_WbW4-sgywe5OSTre31EHg6xPopfutvq"
        + "k5K79vcSaT-TnEJ9xN2hdv4VQmumA805YRd34pJkv4NbQ1EhANxVLWnE1kKXqPsYXFyOTIx6H_EF9EjK1WkBvQEUzW74O1"
        + "e3x4qpjG-WlNqQ9soTR2vVIQJU0l3lozM-t3bTgWBqHiq1_FJsdVCQzKj2v4jFf3hhY_QthQxgF0U2mesmrG-uusu1zoFF"
        + "6AhRmv72IPwk_j6X762FFUvNKs5IvjHYRnotMKdznh9qb0KWOYtvy_WptjNDQATAtW7jD210w3Rlt4pOuKEg64PpZC3vfy"
        + "qXWs4gKj7TaO5XldYuadCpa5LFHTYAwDPTH5JJprA4lLy4_xf3AQcfPKISiV04HKTl5X9Hx8m88z2ZSmnnzHPZ6mOYtyDZ"
        + "r3LOKpLoLCMyHo1Q"

    private let secret: PairingSecret
    private let serverKeyHash = bytes(from: 0x40)
    private let claim: PairingClaim
    private let grant: PairingGrant
    private let commitment: Hash256
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
        let sealed = try #require(Base64URL.bytes(Self.claim))
        commitment = PairingClaim.commitment(to: sealed, under: secret, serverKeyHash: serverKeyHash)
        transcript = try PairingTranscript(
            of: sealed, committed: commitment, nonce: Self.bytes(from: 0xB0), under: secret,
            serverKeyHash: serverKeyHash)
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
        #expect(commitment.description == "b1cbbfe84d9a80934a178858b5049852bb07cad40be2417ab4b8b51cbe1f647e")
        #expect(transcript.hash.description == "99dc4fd833d2c4b4f158e4380fc49a694ca5ccbb97fc400b5e52d966d2534652")
        #expect(transcript.words == ["coral", "window", "silver", "bowl"])
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
