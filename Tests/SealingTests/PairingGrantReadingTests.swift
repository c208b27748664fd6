import CanonicalJSON
import Causality
import Membership
import Sealing
import Testing

/// Grants that somebody with the secret could write, and no member would.
@Suite struct PairingGrantReadingTests {
    private static let hash = Base64URL.text(Hash256.sha256([]).bytes)
    private static let id = "0123456789abcdefghjkmnpqrs"

    private let meeting = PairingMeeting(seed: 1)
    private let good: JSONValue = [
        "clock": [], "count": 3, "head": .text(Text(hash)), "name": "Phone", "person": .text(Text(id)),
        "role": "owner", "space": .text(Text(id)),
    ]

    @Test func aGoodOneIsRead() throws {
        let grant = try meeting.opened(grant: meeting.forgedGrant(good.canonicalBytes()))
        #expect(grant.end == PairingGrant.LogEnd(count: 3, head: .sha256([])))
        #expect(grant.clock == Frontier() && grant.role == .owner && grant.name == "Phone")
        #expect(grant.space.description == Self.id && grant.person.description == Self.id)
    }

    @Test(arguments: ["clock", "count", "head", "name", "person", "role", "space"] as [Text])
    func nothingMayBeMissingOrOfAnotherKind(_ key: Text) throws {
        let values: [JSONValue] = [
            .null, true, .real(7.5), [7], ["a": 1] as JSONValue, 0, "", "\u{7}", .integer(Int.max),
        ]
        try expectRefusal(of: key, as: nil)
        for value in values { try expectRefusal(of: key, as: value) }
    }

    @Test func limitsAreKept() throws {
        let count = MembershipLimits.recordsMax
        try expectReading(of: "count", as: 1)
        try expectReading(of: "count", as: .integer(count))
        for wrong in [0, -1, count + 1] { try expectRefusal(of: "count", as: .integer(wrong)) }
        try expectReading(of: "name", as: .text(Text(String(repeating: "n", count: 64))))
        for wrong in [String(repeating: "n", count: 65), "a\nb", "\u{1b}[1m", "\u{202e}x"] {
            try expectRefusal(of: "name", as: .text(Text(wrong)))
        }
        for wrong in ["Owner", "admin", "owner "] { try expectRefusal(of: "role", as: .text(Text(wrong))) }
        try expectReading(of: "role", as: "member")
        for key in ["space", "person"] as [Text] {
            for wrong in [Self.id.uppercased(), Self.id + "0", "8" + Self.id.dropFirst()] {
                try expectRefusal(of: key, as: .text(Text(wrong)))
            }
        }
        for wrong in [Self.hash + "A", String(Self.hash.dropLast()), Self.hash + "="] {
            try expectRefusal(of: "head", as: .text(Text(wrong)))
        }
        try expectRefusal(of: "more", as: 1)
    }

    @Test func clocksAscendAndHaveWholeRows() throws {
        let hash = JSONValue.text(Text(Self.hash))
        func row(_ replica: Int, _ n: Int = 1) -> JSONValue {
            [.text(Text(ReplicaID(bits: UInt64(replica)).description)), .integer(n), hash]
        }
        try expectReading(of: "clock", as: [row(1), row(2, Dot.nMax)])
        try expectReading(of: "clock", as: .array((1...4_096).map { row($0) }))
        for wrong: JSONValue in [
            [row(2), row(1)], [row(1), row(1)], [row(1, 0)], [row(1, -1)], [row(1, Dot.nMax + 1)], [[]], [[hash]],
            [row(1), []], [row(1), "x"], [["1", 1, hash]], [["000000000000000A", 1, hash]],
            [["0000000000000001", 1, "AAAA"]], [["0000000000000001", "1", hash]],
            [["0000000000000001", 1, hash, hash]], [row(1), [row(2)]], .array((1...4_097).map { row($0) }),
        ] {
            try expectRefusal(of: "clock", as: wrong)
        }
    }

    @Test func isReadInOneSpellingOnly() throws {
        let text = String(decoding: good.canonicalBytes(), as: UTF8.self)
        for wrong in [
            text + " ", "\n" + text, text + text, text.replacing("\"count\":3", with: "\"count\":3.0"),
            text.replacing("\"count\":3", with: "\"count\":3,\"count\":3"),
            text.replacing("Phone", with: "\\u0050hone"),
            text.replacing("\"count\":3,", with: "").replacing("{", with: "{\"count\":3,"),
        ] {
            #expect(wrong != text)
            let forged = try meeting.forgedGrant(wrong.utf8)
            #expect(throws: SealingError.notOpened, "\(wrong)") { try meeting.opened(grant: forged) }
        }
    }

    private func forged(_ key: Text, _ value: JSONValue?) throws -> [UInt8] {
        var object = try #require(good.asObject)
        object[key] = value
        return try meeting.forgedGrant(JSONValue.object(object).canonicalBytes())
    }

    private func expectRefusal(of key: Text, as value: JSONValue?) throws {
        // An empty name is valid.
        if key == "name", value == "" { return }
        let forged = try forged(key, value)
        #expect(throws: SealingError.notOpened, "\(key) as \(String(describing: value))") {
            try meeting.opened(grant: forged)
        }
    }

    private func expectReading(of key: Text, as value: JSONValue) throws {
        let forged = try forged(key, value)
        #expect(throws: Never.self, "\(key) as \(value)") { try meeting.opened(grant: forged) }
    }
}
