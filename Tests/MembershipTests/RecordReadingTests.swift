import CanonicalJSON
import Causality
import Membership
import Testing

/// Untrusted records.
@Suite struct RecordReadingTests {
    @Test func aGenesisReadsBackAsItWasWritten() throws {
        let founder = try Founder(seed: 1)
        let record = try MembershipRecord(parsing: founder.genesis().bytes)
        #expect(record.bytes == (try founder.genesis().bytes))
        #expect(record.author == founder.identity.id)
        #expect(record.previous == nil)
        #expect(record.isSigned(by: founder.identity))
        guard case .genesis(let genesis, let wrap) = record.content else { return #expect(Bool(false)) }
        #expect(genesis.device == founder.identity)
        #expect(genesis.bodyHash == record.bodyHash)
        #expect(wrap == KeyWrap(device: founder.identity.id, sealed: Array(repeating: 9, count: 112)))
        let written = MembershipRecord.genesis(genesis) { hash in
            #expect(hash == record.bodyHash)
            return wrap.sealed
        } signing: { statement in
            #expect(statement == .record(record.hash))
            return record.signature
        }
        #expect(written == record)
    }

    @Test func everyFlippedBitOfAGenesisIsRefused() throws {
        let bytes = try Founder(seed: 1).genesis().bytes
        #expect(throws: Never.self) { try MembershipLog(parsing: [bytes]) }
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: MembershipError.self, "bit \(bit)") { try MembershipLog(parsing: [flipped]) }
        }
    }

    @Test func everyCutIsRefused() throws {
        let bytes = try Founder(seed: 1).genesis().bytes
        for count in bytes.indices {
            let cut = Array(bytes[..<count])
            #expect(throws: MembershipError.malformed) { try MembershipRecord(parsing: cut) }
        }
    }

    @Test func refusesTextThatIsNoRecord() throws {
        let founder = try Founder(seed: 1)
        let text = String(decoding: try founder.genesis().bytes, as: UTF8.self)
        func replacing(_ old: String, _ new: String) -> String { text.split(separator: old).joined(separator: new) }
        let deep = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
        let table: [(String, MembershipError)] = [
            ("", .malformed), ("null", .malformed), ("[]", .malformed), ("{}", .malformed), (deep, .malformed),
            (text + "\n", .malformed), (text + text, .malformed), (text + "é", .malformed), (text + " ", .notCanonical),
            (replacing("\"body\":", "\"body\": "), .notCanonical),
            (replacing("\"suite\":1", "\"suite\":1.0"), .notCanonical),
            (replacing("genesis", "gen\\u0065sis"), .malformed), (replacing("genesis", "genésis"), .malformed),
            (replacing("\"suite\":1", "\"suite\":1,\"suite\":1"), .malformed),
            (replacing("\"suite\":1", "\"suite\":1e400"), .malformed),
            (String(repeating: " ", count: MembershipLimits.recordLengthMax + 1), .tooLong),
            (String(repeating: "[", count: MembershipLimits.recordLengthMax), .malformed),
        ]
        for (text, expected) in table {
            let found = error { () throws(MembershipError) in _ = try MembershipRecord(parsing: Array(text.utf8)) }
            #expect(found == expected, "\(text.prefix(80))")
        }
    }

    @Test func refusesRecordsOfTheWrongShape() throws {
        let founder = try Founder(seed: 1)
        let record = try founder.genesis()
        let signature = try #require(record["signature"])
        let table: [(JSONObject, MembershipError)] = [
            (record.with("more", 1), .malformed), (record.with("body", nil), .malformed),
            (record.with("wraps", nil), .malformed), (record.with("signature", nil), .malformed),
            (record.with("body", 1), .malformed), (record.with("wraps", [:]), .malformed),
            (record.with("signature", 1), .malformed), (record.with("signature", "AAAA"), .malformed),
            (record.with("signature", .text("\(signature.asText ?? "")==")), .malformed),
        ]
        for (record, expected) in table {
            let found = error { () throws(MembershipError) in _ = try MembershipRecord(parsing: record.bytes) }
            #expect(found == expected, "\(JSONValue.object(record).canonicalText)")
        }
    }

    /// All with valid signatures, so that only the shape can be refused.
    @Test func refusesGenesesOfTheWrongShape() throws {
        let founder = try Founder(seed: 1)
        let stranger = try Founder(seed: 2).identity
        let body = founder.body
        let wrap = founder.wrap
        let device = try #require(body["device"]?.asObject)
        let person = try #require(body["person"]?.asText)
        let wraps: JSONValue = [.object(wrap)]
        let table: [(JSONObject, JSONValue, MembershipError)] = [
            (body.with("more", 1), wraps, .malformed), (body.with("kind", nil), wraps, .malformed),
            (body.with("suite", nil), wraps, .malformed), (body.with("batch", nil), wraps, .malformed),
            (body.with("nonce", nil), wraps, .malformed), (body.with("person", nil), wraps, .malformed),
            (body.with("device", nil), wraps, .malformed), (body.with("device", "x"), wraps, .malformed),
            (body.with("suite", 0), wraps, .malformed), (body.with("suite", -1), wraps, .malformed),
            (body.with("suite", "1"), wraps, .malformed), (body.with("suite", 2), wraps, .unknownSuite(2)),
            (body.with("batch", 0), wraps, .malformed), (body.with("batch", true), wraps, .malformed),
            (body.with("batch", .integer(1 << 53)), wraps, .malformed),
            (body.with("nonce", .bytes([1])), wraps, .malformed),
            (body.with("nonce", "BwcHBwcHBwcHBwcHBwcHBx"), wraps, .malformed),
            (body.with("person", .text(Text(person.uppercased()))), wraps, .malformed),
            (body.with("person", .text("o\(String(person.dropFirst()))")), wraps, .malformed),
            (body.with("person", "0"), wraps, .malformed),
            (body.with("device", .object(device.with("sign", .bytes([1])))), wraps, .malformed),
            (body.with("device", .object(device.with("agree", nil))), wraps, .malformed),
            (body.with("device", .object(device.with("more", 1))), wraps, .malformed),
            (body.with("previous", .bytes(Array(repeating: 0, count: 32))), wraps, .malformed),
            (body, [], .malformed), (body, [.object(wrap), .object(wrap)], .malformed), (body, [1], .malformed),
            (body, [.object(wrap.with("to", nil))], .malformed), (body, [.object(wrap.with("more", 1))], .malformed),
            (body, [.object(wrap.with("to", .id(stranger.id)))], .malformed),
            (body, [.object(wrap.with("key", .bytes(Array(repeating: 9, count: 111))))], .malformed),
            (body, [.object(wrap.with("key", .bytes(Array(repeating: 9, count: 113))))], .malformed),
            (body.with("kind", ""), wraps, .malformed), (body.with("kind", "Genesis"), wraps, .malformed),
            (body.with("kind", "genesis "), wraps, .malformed), (body.with("kind", 1), wraps, .malformed),
            (body.with("kind", .text(Text(String(repeating: "a", count: 33)))), wraps, .malformed),
            (body.with("kind", "add"), wraps, .malformed),
            (body.with("kind", "add").with("previous", .bytes([1])).with("by", .id(stranger.id)), wraps, .malformed),
        ]
        for (body, wraps, expected) in table {
            let bytes = try founder.record(body, wraps: wraps).bytes
            let found = error { () throws(MembershipError) in _ = try MembershipRecord(parsing: bytes) }
            #expect(found == expected, "\(JSONValue.object(body).canonicalText)")
        }
    }
}
