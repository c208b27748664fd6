import CanonicalJSON
import Causality
import Foundation
import Records
import TestSupport
import Testing

/// The width of text in terminal columns.
@Suite struct ColumnsTests {
    @Test(arguments: [
        ("", 0), ("plain", 5), ("é", 1), ("e\u{301}", 1), ("公司", 4), ("カフェ", 6), ("ｶﾌｪ", 3), ("회의", 4),
        ("\u{1112}\u{116C}", 2),
        ("😀", 2), ("👍🏽", 4), ("👨‍👩‍👧", 6), ("❤", 1), ("❤️", 2), ("🇩🇪", 2), ("“”…", 3), ("หมอ", 3), ("นี้", 1),
        ("\u{200B}\u{2060}", 0),
        ("ａ", 2), ("１", 2), ("ก\u{E33}", 2), ("𠮷", 2), ("🫨", 2), ("½", 1), ("a\tb", 3),
    ])
    func wideIsTwoAndMarksAreNone(_ text: String, _ columns: Int) {
        #expect(Columns.width(of: text) == columns)
    }

    @Test(arguments: [
        ("plain", 5, "plain"), ("plain", 4, "pla…"), ("公司开会", 8, "公司开会"), ("公司开会", 7, "公司开…"), ("公司开会", 6, "公司…"),
        ("公司开会", 1, "…"), ("ae\u{301}io", 3, "ae\u{301}…"), ("a❤️b", 3, "a…"), ("a👨‍👩‍👧b", 6, "a…"), ("a👍🏽bcd", 5, "a…"),
        ("🇩🇪🇫🇷", 4, "🇩🇪🇫🇷"),
        ("a🇩🇪🇫🇷", 4, "a🇩🇪…"), ("a🇩🇪🇫🇷b", 3, "a…"), ("é", 1, "é"), ("éa", 1, "…"), ("", 1, ""),
    ])
    func nothingIsCutWithinACharacter(_ text: String, _ columns: Int, _ cut: String) {
        let result = Columns.cut(text[...], to: columns)
        #expect(result.unicodeScalars.elementsEqual(cut.unicodeScalars), "\(result)")
    }

    /// A title has at most sixty columns and a bounded number of scalars, whatever the text, at a bounded cost.
    @Test(arguments: [
        "\u{301}", "e\u{301}\u{302}\u{303}\u{304}\u{305}", "\u{200D}", "👨‍👩‍👧\u{200D}", "公", "x", "\u{FE0F}", "🇩", "한",
    ])
    func aTitleIsBounded(_ text: String) {
        let body = String(repeating: text, count: 180_000 / text.utf8.count)
        let entry = Entry(
            id: EntryID(high: 1, low: 1), kind: .note, fields: ["body": .text(Text(body))], clock: VectorClock(),
            edited: Timestamp(millisSince1970: 0))
        var title = ""
        let time = leastThreadTime(of: 2) { for _ in 0..<100 { title = entry.title } }
        #expect(title.hasSuffix("…") && title.unicodeScalars.count <= 241)
        #expect((1...60).contains(Columns.width(of: title)))
        #expect(time < .seconds(5), "\(time)")
    }

    #if os(Linux)
        private static let wideSinceUnicode16: [ClosedRange<UInt32>] = [
            0x2630...0x2637, 0x268A...0x268F, 0x4DC0...0x4DFF, 0x1D300...0x1D376,
        ]

        /// The C library's widths, for every scalar that both know; scalars on which terminals disagree are left out.
        @Test func everyScalarIsAsWideAsTheCLibrarySays() throws {
            // Foundation exports all of the C library but this.
            let symbol = try #require(dlsym(nil, "wcwidth"))
            let wcwidth = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
            let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
            defer { freelocale(locale) }
            let before = uselocale(locale)
            defer { uselocale(before) }
            var wrong: [String] = []
            for value: UInt32 in 0x20...0x3FFFD {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let theirs = wcwidth(Int32(bitPattern: value))
                let category = scalar.properties.generalCategory
                // Unknown there or here, for private use, or between two columns.
                if theirs < 0 || [.unassigned, .privateUse, .spacingMark, .control].contains(category) { continue }
                let ours = Columns.width(of: String(scalar))
                // Wide since Unicode 16, which the C library may not know yet.
                let isNews = Self.wideSinceUnicode16.contains { $0.contains(value) }
                if ours != Int(theirs), !isNews { wrong.append("U+" + String(value, radix: 16) + " \(ours) \(theirs)") }
            }
            #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(60))")
        }
    #endif
}
