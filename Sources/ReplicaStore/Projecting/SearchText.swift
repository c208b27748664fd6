import CanonicalJSON
import GRDB
import Records
import SQLiteFile

/// Prepares text for the full-text index, and words for its queries.
///
/// SQLite's tokenizer takes adjacent letters, digits and marks for one word, so that a Chinese sentence is one word
/// and an emoji none. Hence:
///
/// - A character of a script without spaces between words is a word of its own; so is each syllable of Korean, which
///   attaches endings to words. Several of them are searched as a phrase.
/// - A symbol or a part of an emoji is a word of its own too, mapped to a private code point of plane 15.
/// - Characters that only modify their neighbours are dropped: joiners, variation selectors, soft hyphens, points of
///   Hebrew and Arabic.
/// - Full-width letters and digits become ASCII, and decomposed syllables are composed.
///
/// The index is contentless, so an entry is removed with exactly the text that was added. Therefore this is a pure
/// function with its own tables: Swift's Unicode tables change between versions. A change of this function needs a
/// migration that rebuilds the index.
enum SearchText {
    /// The form of the index: columns, options and tokenizer.
    static let form = """
        text, words, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
        """

    /// The text for the index.
    static func indexed(_ text: String) -> String {
        if text.utf8.withContiguousStorageIfAvailable(isUnchanged) == true { return text }
        var words = Words()
        for scalar in text.unicodeScalars { words.add(scalar.value) }
        return words.text
    }

    /// An FTS5 query for all of these words, each also as a prefix; `nil` if there are none.
    static func expression(_ words: [String]) -> String? {
        // Adjacent quoted words must all match; one without letters is ignored, which AND would not do.
        words.isEmpty
            ? nil
            : words.map { word in
                let word = word.replacing("\0", with: " ").replacing("\"", with: " ")
                return "\"" + indexed(word) + "\"" + (isOpen(word) ? "*" : "")
            }.joined(separator: " ")
    }

    /// Whether a word may be a prefix: "C++" would be searched as the prefix "C".
    private static func isOpen(_ word: String) -> Bool {
        guard let last = word.unicodeScalars.last else { return false }
        guard case .plain(let value) = role(of: last.value), let scalar = Unicode.Scalar(value) else { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark, .privateUse:
            return true
        default: return false
        }
    }

    /// A quick check on bytes: text of Latin, Greek or Cyrillic is mostly unchanged.
    private static func isUnchanged(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        for (index, byte) in utf8.enumerated() where byte >= 0xC2 {
            switch byte {
            // U+00A9, U+00AD and U+00AE are changed.
            case 0xC2: if 0xA9...0xAE ~= utf8[index + 1] { return false }
            case 0xCC, 0xCD, 0xD6...0xE1, 0xE3...0xFF: return false
            // Of U+2000 to U+203B, which contains dashes and quotes, only the joiner is changed.
            case 0xE2:
                if utf8[index + 1] != 0x80 || utf8[index + 2] == 0x8D || utf8[index + 2] >= 0xBC { return false }
            default: break
            }
        }
        return true
    }

    private struct Words {
        private var scalars = String.UnicodeScalarView()
        /// A character that is a word of its own, until it is known whether the next one composes with it.
        private var held: UInt32?

        var text: String {
            var words = self
            words.release()
            return String(words.scalars)
        }

        mutating func add(_ value: UInt32) {
            switch SearchText.role(of: value) {
            case .plain(let value):
                release()
                append(value)
            case .leftOut: break
            case .word(let value):
                if let held, let whole = SearchText.composed(held, value) {
                    self.held = whole
                } else {
                    release()
                    held = value
                }
            }
        }

        private mutating func release() {
            guard let held else { return }
            self.held = nil
            scalars.append(" ")
            append(held)
            scalars.append(" ")
        }

        private mutating func append(_ value: UInt32) {
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
    }

    private enum Role {
        case plain(UInt32)
        case leftOut
        case word(UInt32)
    }

    private static func role(of value: UInt32) -> Role {
        switch value {
        case 0..<0xA9: .plain(value)
        // ©, ®, and other symbols that are also emoji.
        case 0xA9, 0xAE, 0x203C, 0x2049, 0x20E3, 0x2122, 0x2139: .word(privateUse(value))
        // Soft hyphen, and combining marks: SQLite removes some of them from letters, and one alone would match
        // everything.
        case 0xAD, 0x0300...0x036F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: .leftOut
        // Hebrew points, Arabic marks and tatweel.
        case 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7, 0x0610...0x061A, 0x0640,
            0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8, 0x06EA...0x06ED:
            .leftOut
        // Joiners and variation selectors.
        case 0x200D, 0x2060, 0xFEFF, 0xFE00...0xFE0F, 0xE0100...0xE01EF: .leftOut
        // Arrows to dingbats, other pictographs, and regional indicators.
        case 0x2190...0x2BFF, 0x3030, 0x303D, 0x3297, 0x3299, 0x1F000...0x1FBFF, 0xE0020...0xE007F:
            .word(privateUse(value))
        case 0xFF01...0xFF5E: .plain(value - 0xFEE0)
        // Thai, Lao, Burmese, Khmer.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x19E0...0x19FF, 0xA9E0...0xA9FF, 0xAA60...0xAA7F:
            .word(value)
        // Tai Le, New Tai Lue, Tai Tham, Tai Viet, Javanese, Balinese.
        case 0x1950...0x19DF, 0x1A20...0x1AAF, 0xAA80...0xAADF, 0xA980...0xA9DF, 0x1B00...0x1B7F: .word(value)
        // Korean: jamo, syllables, half-width forms.
        case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xFFA0...0xFFDC: .word(value)
        // Kana and Bopomofo.
        case 0x3041...0x30FA, 0x30FC...0x312F, 0x31A0...0x31BF, 0x31F0...0x31FF, 0xFF66...0xFF9F, 0x1AFF0...0x1B16F:
            .word(value)
        // Han characters.
        case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3021...0x302F, 0x3031...0x303C, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAFF, 0x20000...0x3FFFD:
            .word(value)
        default: .plain(value)
        }
    }

    /// Injective: symbols of planes 0, 1 and 14 have different lower 16 bits.
    private static func privateUse(_ symbol: UInt32) -> UInt32 { 0xF0000 | symbol & 0xFFFF }

    /// A Korean syllable with its next jamo, or kana with its voicing mark; `nil` if they do not compose.
    private static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        switch second {
        case 0x1161...0x1175 where (0x1100...0x1112).contains(first):
            0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        case 0x11A8...0x11C2 where (0xAC00...0xD7A3).contains(first) && (first - 0xAC00) % 28 == 0:
            first + second - 0x11A7
        case 0x3099...0x309A where (0x3041...0x3096).contains(first): marked(first, second)
        case 0x3099...0x309A where (0x30A1...0x30F6).contains(first): marked(first - 0x60, second).map { $0 + 0x60 }
        default: nil
        }
    }

    /// Hiragana with the mark of a voiced (U+3099) or semi-voiced sound; katakana are at an offset of 0x60.
    private static func marked(_ kana: UInt32, _ mark: UInt32) -> UInt32? {
        switch kana {
        case 0x306F...0x307B where kana % 3 == 0: kana + mark - 0x3098
        case _ where mark != 0x3099: nil
        case 0x304B...0x3061 where kana % 2 == 1, 0x3064, 0x3066, 0x3068: kana + 1
        case 0x3046: 0x3094
        default: nil
        }
    }
}
