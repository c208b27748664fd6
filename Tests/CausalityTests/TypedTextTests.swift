import Causality
import Testing

/// Text typed on keyboards of any script where ASCII is meant.
@Suite struct TypedTextTests {
    @Test(arguments: [
        ("", ""), ("plain 7/10", "plain 7/10"), ("７／１０", "7/10"), ("٣", "3"), ("۴", "4"), ("५", "5"),
        ("２０２６－１０－１６", "2026-10-16"),
        ("Ｔ：", "T:"), ("𝟗", "9"), ("é", "é"), ("三", "三"), ("③", "③"), ("½", "½"), ("e\u{301}", "e\u{301}"),
    ])
    func digitsOfAllScriptsAreDigits(_ typed: String, _ plain: String) {
        #expect(TypedText.plain(typed).unicodeScalars.elementsEqual(plain.unicodeScalars))
    }

    @Test func everyDecimalDigitIsOne() {
        for value: UInt32 in 0...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory == .decimalNumber else {
                continue
            }
            let plain = TypedText.plain(String(scalar))
            #expect(Int(plain).map(Double.init) == scalar.properties.numericValue, "\(scalar)")
        }
    }

    @Test func lookAlikesAreReadAsTheyAreMeant() throws {
        let meant = Array("hello oil".utf8)
        let text = Base32.text(meant)
        let typed = try #require(TypedBase32("«" + text.uppercased() + "»\n", scalarsMax: 100))
        #expect(typed.characters == Array(text.utf8))
        #expect(typed.bytes { _ in true } == meant)
        #expect(typed.bytes { _ in false } == nil)
        #expect(TypedBase32(text, scalarsMax: text.utf8.count - 1) == nil)
        // Two valid readings are refused.
        let two = try #require(TypedBase32("a1", scalarsMax: 2))
        #expect(two.bytes { _ in true } == nil || Base32.bytes("al".utf8) == nil || Base32.bytes("ai".utf8) == nil)
        var asked = 0
        let many = try #require(TypedBase32(String(repeating: "1", count: 64), scalarsMax: 64))
        _ = many.bytes { _ in
            asked += 1
            return false
        }
        #expect(asked == 2)
    }
}
