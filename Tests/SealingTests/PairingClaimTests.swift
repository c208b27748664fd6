import CanonicalJSON
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct PairingClaimTests {
    @Test(arguments: ["", "a", "Sam’s “laptop”", "e\u{301}", "\u{e9}", "👩‍💻", String(repeating: "\"", count: 64)])
    func comesBack(_ name: String) throws {
        for seed in 0..<20 {
            let meeting = PairingMeeting(seed: seed, name: name)
            let opened = try meeting.opened(meeting.sealed)
            #expect(opened == meeting.claim)
            #expect(opened.device == meeting.newcomer.identity)
            #expect(opened.name.utf8.elementsEqual(name.utf8))
            #expect(meeting.sealed.count <= PairingLimits.claimLengthMax)
        }
    }

    @Test func whateverIsDamagedDoesNotOpen() {
        let meeting = PairingMeeting(seed: 1)
        for bytes in PairingSealed.damaged(meeting.sealed) {
            #expect(throws: SealingError.notOpened) { try meeting.opened(bytes) }
        }
    }

    @Test func opensUnderItsSecretAndServerOnly() throws {
        let meeting = PairingMeeting(seed: 1)
        let other = PairingMeeting(seed: 2)
        for (secret, hash) in [
            (other.secret, meeting.serverKeyHash), (meeting.secret, other.serverKeyHash), (meeting.secret, []),
            (meeting.secret, Array(meeting.serverKeyHash.prefix(16))), (meeting.secret, meeting.serverKeyHash + [0]),
        ] {
            #expect(throws: SealingError.notOpened) {
                try PairingClaim(opening: meeting.sealed, under: secret, serverKeyHash: hash)
            }
        }
    }

    @Test func theNonceIsOfChanceAndOfTheClaim() {
        let meeting = PairingMeeting(seed: 1)
        var (first, same, other) = (meeting.generator, meeting.generator, meeting.generator)
        func seal(_ claim: PairingClaim, _ generator: inout SeededGenerator) -> [UInt8] {
            claim.sealed(under: meeting.secret, serverKeyHash: meeting.serverKeyHash, using: &generator)
        }
        let sealed = seal(meeting.claim, &first)
        #expect(seal(meeting.claim, &same) == sealed)
        #expect(seal(meeting.claim, &same).prefix(12) != sealed.prefix(12))
        let renamed = PairingClaim(device: meeting.claim.device, name: "another")
        #expect(seal(renamed, &other).prefix(12) != sealed.prefix(12))
    }

    @Test func namesOfOneStretchLookTheSame() {
        let lengths = (0...64).map { PairingMeeting(seed: 1, name: String(repeating: "a", count: $0)).sealed.count }
        #expect(Set(lengths).count <= 7)
        #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test(arguments: [
        (String(repeating: "a", count: 64), 64), (String(repeating: "a", count: 65), 64),
        (String(repeating: "é", count: 33), 64), ("a" + String(repeating: "é", count: 32), 63),
        (String(repeating: "👩‍💻", count: 6), 55), (String(repeating: "e\u{301}", count: 22), 63),
        ("a" + String(repeating: "\u{301}", count: 40), 0), (String(repeating: "n", count: 1 << 20), 64),
        ("laptop" + String(repeating: "\u{301}", count: 40), 5),
    ])
    func longNamesAreCutOnACharacter(_ name: String, _ length: Int) throws {
        let meeting = PairingMeeting(seed: 1, name: name)
        #expect(meeting.claim.name.utf8.count == length)
        #expect(name.utf8.starts(with: meeting.claim.name.utf8))
        #expect(try meeting.opened(meeting.sealed) == meeting.claim)
    }

    @Test(arguments: [
        ("a\nb", "ab"), ("\u{1b}[2Jlaptop", "[2Jlaptop"), ("\u{0}", ""), ("\u{7f}x\u{9b}", "x"), ("a\r\nb", "ab"),
        ("\u{202e}potpal", "potpal"), ("a\u{2028}b\u{2029}c", "abc"), ("\u{2066}x\u{2069}", "x"),
    ])
    func whatMovesTheCursorIsLeftOut(_ name: String, _ shown: String) throws {
        let meeting = PairingMeeting(seed: 1, name: name)
        #expect(meeting.claim.name == shown)
        #expect(try meeting.opened(meeting.sealed) == meeting.claim)
        let key = Base64URL.text([UInt8](repeating: 1, count: 32))
        let json: JSONValue = ["agree": .text(Text(key)), "name": .text(Text(name)), "sign": .text(Text(key))]
        let forged = try meeting.forgedClaim(json.canonicalBytes())
        #expect(throws: SealingError.notOpened) { try meeting.opened(forged) }
    }

    @Test func isReadInOneSpellingOnly() throws {
        let meeting = PairingMeeting(seed: 1)
        let key = Base64URL.text([UInt8](repeating: 1, count: 32))
        func claim(_ name: String) -> String { #"{"agree":"\#(key)","name":"\#(name)","sign":"\#(key)"}"# }
        #expect(try meeting.opened(meeting.forgedClaim(claim("Sam").utf8)).name == "Sam")
        let long = String(repeating: "a", count: 64)
        #expect(try meeting.opened(meeting.forgedClaim(claim(long).utf8)).name == long)
        let good = claim("Sam")
        for content in [
            "", "{}", "[]", "null", "\(good) ", " \(good)", "\(good)\n", good + good, claim("\\u0053am"), claim("\\n"),
            claim(long + "a"), claim("\u{1b}"), claim(String(repeating: "a", count: 1_500)),
            #"{"agree":"\#(key)","sign":"\#(key)"}"#, #"{"agree":"\#(key)","name":7,"sign":"\#(key)"}"#,
            #"{"agree":"\#(key)","name":["Sam"],"sign":"\#(key)"}"#,
            #"{"name":"Sam","agree":"\#(key)","sign":"\#(key)"}"#,
            #"{"agree":"\#(key)","more":1,"name":"Sam","sign":"\#(key)"}"#,
            #"{"agree":"\#(key)","name":"Sam","name":"Sam","sign":"\#(key)"}"#,
            #"{"agree":"\#(key)","name":"Sam","sign":"\#(key)A"}"#,
            #"{"agree":"\#(key)=","name":"Sam","sign":"\#(key)"}"#,
            #"{"agree":"\#(key.dropLast())B","name":"Sam","sign":"\#(key)"}"#,
            #"{"agree":"","name":"Sam","sign":"\#(key)"}"#,
        ] {
            let forged = try meeting.forgedClaim(content.utf8)
            #expect(throws: SealingError.notOpened, "\(content)") { try meeting.opened(forged) }
        }
        let notText = try meeting.forgedClaim(Array(claim("").utf8.prefix(62)) + [0xFF] + claim("").utf8.suffix(54))
        #expect(throws: SealingError.notOpened) { try meeting.opened(notText) }
    }

    @Test func moreThanAMessageCarriesIsRefused() throws {
        let meeting = PairingMeeting(seed: 1)
        let forged = try meeting.forgedClaim([UInt8](repeating: 0x20, count: 2_020))
        #expect(forged.count > PairingLimits.claimLengthMax)
        #expect(throws: SealingError.notOpened) { try meeting.opened(forged) }
    }
}
