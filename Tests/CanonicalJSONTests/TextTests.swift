import CanonicalJSON
import TestSupport
import Testing

@Suite("Text is its bytes")
struct TextTests {
    /// Alternating combining marks, for which String is quadratic.
    static func zalgo(byteCount: Int) -> String {
        "e" + String(repeating: "\u{301}\u{316}", count: byteCount / 4)
    }

    @Test func spellingsOfOneCharacterDiffer() {
        let composed: Text = "\u{e9}"
        let decomposed: Text = "e\u{301}"
        #expect(composed.string == decomposed.string)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, "e\u{301}"]).count == 2)
        #expect("\(composed)" == "\u{e9}" && Text("caf\(decomposed)") == "cafe\u{301}")
    }

    @Test(arguments: [
        ("", "a"), ("a", "b"), ("a", "aa"), ("Z", "a"), ("e\u{301}", "\u{e9}"), ("z", "\u{e9}"),
        ("\u{ffff}", "\u{10000}"), ("\u{e000}", "\u{1f600}"), ("12345678a", "12345678b"), ("aXXXXXXXb", "bXXXXXXXa"),
        ("same eight", "same eight and more"),
    ])
    func ordersByBytes(smaller: String, larger: String) {
        #expect(Text(smaller) < Text(larger) && !(Text(larger) < Text(smaller)))
        #expect(Text(smaller) != Text(larger) && !(Text(smaller) < Text(smaller)))
    }

    @Test(arguments: seeds)
    func agreesWithItsBytesOnRandomText(seed: UInt64) {
        var source = RandomJSON(random: SeededGenerator(seed: seed))
        for round in 0..<500 {
            let (left, right) = (source.text(), source.text())
            let (leftBytes, rightBytes) = (Array(left.string.utf8), Array(right.string.utf8))
            #expect((left == right) == (leftBytes == rightBytes), "SEED=\(seed) round \(round)")
            #expect((left < right) == leftBytes.lexicographicallyPrecedes(rightBytes), "SEED=\(seed) round \(round)")
            let copy = Text(String(decoding: leftBytes, as: UTF8.self))
            #expect(left == copy && left.hashValue == copy.hashValue, "SEED=\(seed) round \(round)")
        }
    }

    @Test func aZalgoKeyCostsNoMoreThanItsLength() throws {
        let key = Self.zalgo(byteCount: 250_000)
        let bytes = Array(#"{"\#(key)":1,"\#(key)x":2}"#.utf8)
        let time = try leastThreadTime {
            let object = try #require(try JSONValue(parsing: bytes).asObject)
            #expect(object[Text(key + "x")] == 2)
            #expect(Set(object.map(\.key)).contains(Text(key)))
            #expect(JSONValue.object(object).canonicalBytes().count == bytes.count)
        }
        #expect(time < .milliseconds(50))
    }
}
