import CanonicalJSON
import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// A space made by another implementation.
///
/// Python's hmac and hashlib, OpenSSL's curves and cipher, HPKE by hand from RFC 9180. Its secrets are the
/// bytes 0, 1, 2, ... in order.
@Suite struct VectorTests {
    private static let deviceFile =
        #"{"agree":"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8","check":"Xt53v1huqy4","#
        + #""sign":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","version":1}"# + "\n"
    private static let record =
        #"{"body":{"batch":1,"device":{"agree":"NYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ","#
        + #""sign":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"},"kind":"genesis","#
        + #""nonce":"kJGSk5SVlpeYmZqbnJ2enw","person":"40g6187145gt3rh2cahe68v3mf","suite":1},"#
        + #""signature":"_aDl3uT5OA1KzjY54-C352WkMYw43KH4nhE4VO8HIbHHSpb7tgn4j2slyfpxLkCdF52B9QRAZbTzS9B1uEVABA","#
        + #""wraps":[{"key":"YFpyXSpK3-6xop4X7dYhwbdZPujNvESsbEq24vgF0jwcgLVvQk5DnfNA-_F78uMEC068vYEszoyrLihuAm7P"#
        + #"6gbxieZ93ucY_RxoUpqW4H5FzoQRmCfD4xWYXLjDrRKFCP8uI95djIZ4462icNgfeA","to":"1z63adfstfgyx8sych25w0yn52"}]}"#
    private static let box =
        "6S0JyxPmNKzGk7n5Tgz2YCvuUZjLZsEjTE8nGPDOzre1rCja6kPewbfa4STDLVMgqqSLjmJ5AnPuSJHEyM6zlGk8uGM"
    private static let batchSignature =
        "ayzN8MiElljWk6ZSRMXxHBt_YErIfyeINM7AylJuR29J4-PpfnJBeSR4htIWZb6ykMZ_Rd3rN1mrtZpctRT-DQ"

    private let entry = EntryID(high: 0xC0C1_C2C3_C4C5_C6C7, low: 0xC8C9_CACB_CCCD_CECF)
    private let device: DeviceKeys
    private let log: MembershipLog
    private let keys: SpaceKeys

    init() throws {
        device = try DeviceKeys(decoding: Array(Self.deviceFile.utf8))
        log = try MembershipLog(parsing: [Array(Self.record.utf8)])
        keys = try SpaceKeys(of: log.epoch, in: log, openedBy: device)
    }

    @Test func theLogIsRead() {
        #expect(log.space.description == "1bs6fgc7k394jj46fyw2k6f7dt")
        #expect(log.epoch.description == "2bc99f061e6349252219fee0a6679dbaec352d9d5cbb4f0274fb244410da6602")
        #expect(log.head.description == "3792109b186b462c5267713fe48a77816fd18fc754a4ca2e84ad9d9fb0e77a07")
        #expect(device.identity.id.description == "1z63adfstfgyx8sych25w0yn52")
        #expect(log.members.map(\.device) == [device.identity])
        #expect(device.encoded() == Array(Self.deviceFile.utf8))
    }

    @Test(
        arguments: [
            ("", 0x9C4C_9DB5_75E7_D31F), ("title", 0xE04A_89A2_D56A_863E), ("tags/sleep", 0x7D4A_7E1B_15EF_46B6),
            ("Stimmung ü", 0x2760_598A_A1C4_477E), ("e\u{301}", 0x700F_A4BC_11BE_A7AB),
            (String(repeating: "x", count: 200), 0x71CA_CFDA_A1FC_486E),
        ] as [(String, UInt64)])
    func tokensAreTheSame(_ field: String, _ bits: UInt64) {
        #expect(keys.token(of: field, in: entry) == FieldToken(bits: bits))
    }

    @Test func tokensDependOnEntryAndSpelling() throws {
        let other = keys.token(of: "title", in: EntryID(high: 0, low: 0))
        #expect(other == FieldToken(bits: 0x2E2C_C71D_B5F1_61C2))
        #expect(keys.token(of: "\u{e9}", in: entry) != keys.token(of: "e\u{301}", in: entry))
    }

    @Test(arguments: [
        ("dayone", "0123", "1xk5rm6vj34c2wt90pn1jybpdm"), ("dayone0", "123", "2jeevx80w6c1zcwpver5tg86cn"),
        ("", "", "5h067ab67x67yj7aeehskg0h7k"),
    ])
    func importedEntriesHaveTheSameNames(_ source: String, _ id: String, _ name: String) {
        #expect(keys.importedEntryID(source: source, id: id).description == name)
    }

    @Test(
        arguments: [
            (0xB0, "7z4nr4kewd6k0m9wt49hq2w4y1"), (0xB1, "4cnrr90wxzg42hwbttrryxksbt"),
        ] as [(UInt8, String)])
    func whoseAnEntryIsIsProvedTheSame(_ first: UInt8, _ name: String) throws {
        let proof = try #require(EntryProof(Array(first..<first + 16)))
        let person = try #require(log.members.first?.person)
        #expect(proof.entry(of: person, in: log.space, Hash256.sha256).description == name)
    }

    @Test func theBoxOpensAndIsSealedTheSame() throws {
        let header = EditHeader(
            entry: entry, tokens: [FieldToken(bits: 1), FieldToken(bits: 2)], group: 5,
            unread: [Dot(ReplicaID(bits: 9), 3)], boxHash: nil)
        let dot = Dot(ReplicaID(bits: 7), 5)
        let box = try #require(Base64URL.bytes(Self.box))
        let content = Array("What stuck with me most: “slowly”.".utf8)
        #expect(try keys.open(box, of: header, at: dot) == content)
        var chance = FixedGenerator(words: [
            0xD7D6_D5D4_D3D2_D1D0, 0xDFDE_DDDC_DBDA_D9D8, 0xE7E6_E5E4_E3E2_E1E0, 0xEFEE_EDEC_EBEA_E9E8,
        ])
        #expect(try keys.seal(content, of: header, at: dot, using: &chance) == box)
    }

    /// Sealed with the all-zero secret, it would open for anyone who knows the place.
    @Test func refusesAWrapThatAnybodyCouldOpen() throws {
        let sealed = try #require(
            Base64URL.bytes(
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABYSF42inJjkXKF3kJfMLfiYbia7JvEZTDkzXZidPUaTuDotSNGEhOkVG8V"
                    + "6ilG1jFi2Y8XdTSUiJbzVDSL4_hOclDS9xxeJ5W8nzCGe_BwWQ"))
        let place = WrapPlace(
            suite: .one, space: log.space, epoch: log.epoch, recipient: device.identity, previous: nil)
        #expect(throws: SealingError.notOpened) { try place.unwrap(sealed, with: device) }
    }

    @Test func theBatchIsSigned() throws {
        let signature = try #require(Base64URL.bytes(Self.batchSignature))
        let statement = SignedStatement.batch(feedHash: .sha256(Array("line".utf8)))
        #expect(statement.isSigned(by: device.identity, signature))
    }
}

/// A generator that returns the given numbers.
private struct FixedGenerator: RandomNumberGenerator {
    var words: [UInt64]

    mutating func next() -> UInt64 { words.removeFirst() }
}
