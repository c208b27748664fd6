import CanonicalJSON
import Records

/// Parses tags as people type them: `+sleep` in a text or alone, `--tag sleep`.
enum TagWords {
    /// The tags in a text, in order of appearance.
    ///
    /// A tag is a plus at the start or after white space, a letter, and everything up to white space or a comma,
    /// without trailing punctuation and symbols. Punctuation after which Chinese, Japanese and Arabic continue
    /// without a space ends it too. A word that is not a valid tag, for example one of a hundred letters, is ordinary
    /// text.
    static func tags(in text: String) -> [Text] {
        var tags: [Text] = []
        for word in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
            let upToComma = word.prefix { !ending.contains($0) }
            if let tag = tag(typed: upToComma), Words.isTag(tag) { tags.append(Text(tag)) }
        }
        return tags
    }

    /// Whether an argument is written as a tag.
    static func isTag(_ argument: String) -> Bool {
        argument.unicodeScalars.dropFirst().first?.properties.isAlphabetic == true && argument.utf8.first == plus
            && !argument.unicodeScalars.contains(where: \.properties.isWhitespace)
    }

    /// The tag in an argument; the plus may be missing.
    static func tag(argument: String, of command: any Command.Type) throws(Failure) -> Text {
        let typed = tag(typed: argument.unicodeScalars[...]) ?? argument.lowercased()
        guard Words.isTag(typed) else {
            throw .usage("A tag \(FieldSpec.tagRule).", of: command)
        }
        return Text(typed)
    }

    /// The lower-case word after the plus; `nil` if the word is not a plus and a letter.
    private static func tag(typed word: Substring.UnicodeScalarView) -> String? {
        guard word.first == "+", word.dropFirst().first?.properties.isAlphabetic == true else { return nil }
        var word = word.dropFirst()
        while let last = word.last, isTrailing(last) { word.removeLast() }
        return String(word).lowercased()
    }

    private static let plus = UInt8(ascii: "+")

    private static let ending = Set(",，、،﹐﹑､。｡！？；：؛؟「」『』（）《》〈〉【】〔〕［］｛｝".unicodeScalars)

    /// Whether a trailing character is not part of a tag: punctuation, symbols, emoji and variation selectors.
    ///
    /// A plus or a number sign is part of names such as C++ and C#.
    private static func isTrailing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol,
            .enclosingMark, .format:
            scalar != "+" && scalar != "#"
        default: (0xFE00...0xFE0F).contains(scalar.value)
        }
    }
}

extension FieldSpec {
    /// The rule for tags, as the end of a sentence.
    static let tagRule =
        Schema.field("tags/A", of: .note)?.problem(withElement: "A") ?? "must be a lower-case word"
}
