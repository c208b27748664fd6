import CanonicalJSON
import Causality
import Foundation
import Membership
import Sealing
import TestSupport
import Testing

/// `Protocol/vectors/pairing`: pairings of another implementation, made with Python's hmac and hashlib, and OpenSSL's
/// cipher.
@Suite struct PairingVectorTests {
    private static let cases = ProtocolVectors.cases("pairing/cases.jsonl")
    private static let whole = cases.filter { $0["opens"] == nil }
    private static let closed = cases.filter { $0["opens"] == false }

    @Test func thereAreSomeOfBoth() {
        #expect(
            Self.whole.count == 3 && Self.closed.count >= 15 && Self.cases.count == Self.whole.count + Self.closed.count
        )
    }

    @Test(arguments: whole.indices)
    func everyStepComesOutAsElsewhere(_ index: Int) throws {
        let vector = Vector(Self.whole[index])
        let (secret, serverKeyHash) = (try vector.secret(), try vector.bytes("server_key_hash"))
        #expect(try secret.slot == vector.bytes("slot"))
        let sealed = try vector.bytes("claim", "sealed")
        let claim = try PairingClaim(opening: sealed, under: secret, serverKeyHash: serverKeyHash)
        let content = try JSONValue(parsing: Array(vector.text("claim", "content").utf8))
        #expect(content["name"]?.asText == claim.name)
        #expect(content["sign"]?.asText == Base64URL.text(claim.device.signingKey))
        #expect(content["agree"]?.asText == Base64URL.text(claim.device.agreementKey))
        var chance = GivenChance(try vector.bytes("claim", "chance"))
        #expect(claim.sealed(under: secret, serverKeyHash: serverKeyHash, using: &chance) == sealed)

        let commitment = PairingClaim.commitment(to: sealed, under: secret, serverKeyHash: serverKeyHash)
        #expect(try commitment.bytes == vector.bytes("commitment"))
        let transcript = try PairingTranscript(
            of: sealed, committed: commitment, nonce: vector.bytes("nonce"), under: secret,
            serverKeyHash: serverKeyHash)
        #expect(try transcript.hash.bytes == vector.bytes("transcript", "hash"))
        #expect(try Hash256.sha256(vector.bytes("transcript", "bytes")) == transcript.hash)
        #expect(Self.whole[index]["words"]?.asArray?.compactMap(\.asText) == transcript.words)

        let granted = try vector.bytes("grant", "sealed")
        let grant = try PairingGrant(opening: granted, under: secret, answering: transcript)
        let said = try JSONValue(parsing: Array(vector.text("grant", "content").utf8))
        #expect(said["space"]?.asText == grant.space.description && said["person"]?.asText == grant.person.description)
        #expect(said["role"]?.asText == grant.role.rawValue && said["name"]?.asText == grant.name)
        #expect(said["count"]?.asInteger == grant.end.count && said["clock"]?.asArray?.count == grant.clock.ends.count)
        #expect(said["head"]?.asText == Base64URL.text(grant.end.head.bytes))
        chance = GivenChance(try vector.bytes("grant", "chance"))
        #expect(grant.sealed(under: secret, answering: transcript, using: &chance) == granted)
    }

    @Test(arguments: closed.indices)
    func whatDoesNotOpenElsewhereDoesNotOpenHere(_ index: Int) throws {
        let vector = Vector(Self.closed[index])
        let (secret, serverKeyHash) = (try vector.secret(), try vector.bytes("server_key_hash"))
        guard Self.closed[index]["grant"] != nil else {
            let sealed = try vector.bytes("claim", "sealed")
            #expect(throws: SealingError.notOpened, "\(vector.name)") {
                try PairingClaim(opening: sealed, under: secret, serverKeyHash: serverKeyHash)
            }
            return
        }
        let transcript = try PairingTranscript(
            of: vector.bytes("claim", "sealed"), committed: #require(Hash256(vector.bytes("commitment"))),
            nonce: vector.bytes("nonce"), under: secret, serverKeyHash: serverKeyHash)
        #expect(try transcript.hash.bytes == vector.bytes("transcript", "hash"))
        let sealed = try vector.bytes("grant", "sealed")
        #expect(throws: SealingError.notOpened, "\(vector.name)") {
            try PairingGrant(opening: sealed, under: secret, answering: transcript)
        }
    }

    /// The printed example, and the list of words for other implementations.
    @Test func theSpecificationPrintsTheFirstOfThem() throws {
        let text = try String(contentsOf: Repository.root.appending(path: "Protocol/SPEC.md"), encoding: .utf8)
        let vector = Vector(try #require(Self.whole.first))
        #expect(text.contains("    \(try vector.text("claim", "content"))\n"))
        #expect(text.contains("    \(try vector.text("grant", "content"))\n"))
        for path in [
            ["slot"], ["commitment"], ["claim", "key"], ["claim", "associated"], ["claim", "sealed"],
            ["transcript", "key"], ["transcript", "bytes"], ["transcript", "hash"], ["grant", "key"],
            ["grant", "associated"], ["grant", "sealed"],
        ] {
            let name = path.joined(separator: ".")
            #expect(text.contains("\n\(name)  \(try vector.bytes(path).hex)\n"), "\(name)")
        }
        let words = try #require(vector.json["words"]?.asArray).compactMap(\.asText)
        #expect(text.contains("\nwords  \(words.joined(separator: " "))\n"))
    }

    @Test func theListOfWordsIsTheOneThatIsShown() throws {
        let text = try String(contentsOf: Repository.root.appending(path: "Protocol/words.txt"), encoding: .utf8)
        #expect(text == PairingWords.all.map { $0 + "\n" }.joined())
        let hash = Hash256.sha256(Array(text.dropLast().utf8)).description
        let page = try String(contentsOf: Repository.root.appending(path: "Protocol/SPEC.md"), encoding: .utf8)
        #expect(hash.hasPrefix("d55d3f11") && page.contains("begins `d55d3f11`"))
    }

    private struct Vector {
        let json: JSONValue

        init(_ json: JSONValue) { self.json = json }

        var name: String { json["name"]?.asText ?? "" }

        func text(_ path: String...) throws -> String { try text(path) }

        private func text(_ path: [String]) throws -> String {
            try #require(path.reduce(json) { $0?[Text($1)] }?.asText, "\(name): \(path)")
        }

        func bytes(_ path: String...) throws -> [UInt8] { try bytes(path) }

        func bytes(_ path: [String]) throws -> [UInt8] { try #require(Base64URL.bytes(text(path)), "\(name): \(path)") }

        func secret() throws -> PairingSecret { try #require(PairingSecret(bytes("secret"))) }
    }
}

/// A generator that returns the given bytes.
private struct GivenChance: RandomNumberGenerator {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func next() -> UInt64 {
        defer { bytes = bytes.dropFirst(8) }
        return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    fileprivate var hex: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
