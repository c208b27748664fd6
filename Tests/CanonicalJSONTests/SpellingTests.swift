import CanonicalJSON
import Testing

@Suite("Spelling of strings and structure")
struct SpellingTests {
    /// A string and its literal, shown escaped so that no control character reaches the log.
    struct Sample: Sendable, CustomTestStringConvertible {
        let text: String
        let literal: String

        init(_ text: String, _ literal: String) {
            self.text = text
            self.literal = literal
        }

        var testDescription: String { text.debugDescription }
    }

    @Test(arguments: [
        Sample("", #""""#), Sample("a/b", #""a/b""#), Sample("\"\\", #""\"\\""#),
        Sample("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#), Sample("\0\u{1}\u{b}\u{1f}", #""\u0000\u0001\u000b\u001f""#),
        Sample("\u{7f}\u{80}", "\"\u{7f}\u{80}\""), Sample("é😀\u{10ffff}", "\"é😀\u{10ffff}\""),
        Sample("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""),
        Sample("a run of plain text, then \n", #""a run of plain text, then \n""#),
    ])
    func escapesOnlyWhatItMust(sample: Sample) throws {
        let value = JSONValue.text(Text(sample.text))
        #expect(value.canonicalBytes() == Array(sample.literal.utf8))
        #expect(try JSONValue(parsing: sample.literal.utf8) == value)
    }

    @Test(arguments: [
        Sample("/\u{8}\u{c}\n\r\t\"\\", #""\/\b\f\n\r\t\"\\""#), Sample("Aé€", #""\u0041\u00e9\u20ac""#),
        Sample("\0", #""\u0000""#), Sample("😀!", #""\ud83d\uDE00!""#),
        Sample("\u{ffff}\u{e000}\u{d7ff}", #""\uFFFF\ue000\ud7ff""#),
        Sample("\u{10ffff}\u{10000}", #""\udbff\udfff\ud800\udc00""#),
    ])
    func understandsEveryEscape(sample: Sample) throws {
        #expect(try JSONValue(parsing: sample.literal.utf8) == .text(Text(sample.text)))
    }

    @Test func writesTheExampleOfRFC8785() throws {
        let source = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let canonical =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
            + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try JSONValue(parsing: source.utf8).canonicalText == canonical)
    }

    @Test func sortsKeysByBytesWhereRFC8785SortsByUTF16() throws {
        let value: JSONValue = ["\u{1f600}": 1, "\u{fb33}": 2, "€": 3, "\r": 4, "ö": 5, "1": 6, "\u{80}": 7]
        #expect(
            value.canonicalText
                == "{\"\\r\":4,\"1\":6,\"\u{80}\":7,\"ö\":5,\"€\":3,\"\u{fb33}\":2,\"\u{1f600}\":1}")
    }

    @Test func findsWhatNeedsEscapingAtEveryOffset() throws {
        for length in 0..<40 {
            for index in 0..<max(length, 1) {
                for special in ["\"", "\\", "\u{1f}", "\0", " ", "!", "#", "[", "]", "\u{7f}", "\u{a2}", "\u{dc}"] {
                    var parts = Array(repeating: "x", count: length)
                    if length > 0 { parts[index] = special }
                    let value = JSONValue.text(Text(parts.joined()))
                    #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
                }
            }
        }
    }

    @Test func readsAnyCollectionOfBytes() throws {
        let bytes = Array(#"[1,"two"]"#.utf8)
        let value: JSONValue = [1, "two"]
        #expect(try JSONValue(parsing: bytes) == value)
        #expect(try JSONValue(parsing: ([0, 0] + bytes + [0])[2..<(2 + bytes.count)]) == value)
        #expect(try JSONValue(parsing: bytes.withUnsafeBytes { try JSONValue(parsing: $0) }.canonicalBytes()) == value)
        #expect(try JSONValue(parsing: bytes.lazy.map { $0 }) == value)
        #expect(throws: JSONError(.unexpectedByte, byteOffset: 0)) { try JSONValue(parsing: ([0, 0] + bytes)[1...]) }
    }
}
