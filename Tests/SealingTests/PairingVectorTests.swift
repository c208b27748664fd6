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
        "HSNIztgAfBReh3J01UHDYSKO1zlo-f0a4m1UGiTkNx9zuG7w4esg1mSieP-wBT2Xx1GK206GWEiscusq_yiQXkgi5cIZuP"
        + "RJ_RyvwyeS7t2YMi60Z7yCp9poIk8CMPF_5-TCPze61Jm6LPvBbUSMQoDPCZ88GXSK7r-W181fdQDpsjfSpid_MxJ83IZN"
        + "-oUz8GydHJfZLXQ7mUq25BxEP9JlVHShs_un2_PzaA"
    private static let grant =
        "s6thOmIjmtrwrzFoCGyHSN7aPNofjzWRn5C435c2D4rx1zAo2WB05NKfZqVauuBw82C1HPmgywMqxwkNX6eQ-SrMC0R_SB"
        + "3ZqKO4JEBGq_HiSZ1E1j9uGOOTpupqtzUYAJJIjy5K0v2H8oKjDJRQ5v80DfUWZbBhCFc36TIIoaNDhAna7Mlg51pST0yE"
        + "sANbT0zIc0dBxQirFOvJEu7zQHxU92FDzHceCK5fz3NPFLewnTatIQ-5KXw4slP3oE5mdKuCGgqPQNR3aInNQT-7tnEZmn"
        + "7Jp9xDxbn3jsiezrttTdF6VDQb73y6aOpXAJIjbrhCE2ZksTnjuXpNXyywXTOIrHsbV5FxiR236l6YuI4fGpWShbi2x62l"
        + "GprA2jhAfFeAAAMO9PEbehop3QRY1YBn-Nq3n8RUr8hpMCsYm6pwyufFQ3R-CT04fOYTsDokI0Xp4CcU7N0mq-TymwD4UG"
        + "QBmQtiuJuqCfHpuQ"

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
        var chance = PairingChance(words: [
            0xD7D6_D5D4_D3D2_D1D0, 0xDFDE_DDDC_DBDA_D9D8, 0xE7E6_E5E4_E3E2_E1E0, 0xEFEE_EDEC_EBEA_E9E8,
        ])
        #expect(claim.sealed(under: secret, serverKeyHash: serverKeyHash, using: &chance) == sealed)
    }

    @Test func theWordsAreTheSame() {
        #expect(commitment.description == "6749cd3dcd96794abf83c8e428f4026d438b4468487bcd45f36e02c30bf7260f")
        #expect(transcript.hash.description == "22952cffce52ef25e3f6cff6f86c374ed29020a06e7fa018dcdafa296e216884")
        #expect(transcript.words == ["pyramid", "peanut", "whistle", "bell"])
    }

    @Test func theGrantOpensAndIsSealedTheSame() throws {
        let sealed = try #require(Base64URL.bytes(Self.grant))
        #expect(try PairingGrant(opening: sealed, under: secret, answering: transcript) == grant)
        var chance = PairingChance(words: [
            0xE7E6_E5E4_E3E2_E1E0, 0xEFEE_EDEC_EBEA_E9E8, 0xF7F6_F5F4_F3F2_F1F0, 0xFFFE_FDFC_FBFA_F9F8,
        ])
        #expect(grant.sealed(under: secret, answering: transcript, using: &chance) == sealed)
    }

    private static func hash(from first: UInt8) throws -> Hash256 { try #require(Hash256(bytes(from: first))) }

    private static func bytes(from first: UInt8, _ count: UInt8 = 32) -> [UInt8] { (0..<count).map { first + $0 } }
}

/// Draws what it was given.
private struct PairingChance: RandomNumberGenerator {
    var words: [UInt64]

    mutating func next() -> UInt64 { words.removeFirst() }
}
