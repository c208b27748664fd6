import CanonicalJSON
import Records

/// Tags as people type them: `+sleep` in a text or alone, `--tag sleep`.
enum TagWords {
    /// The tags in a text, in their order: a plus at the start or after white space, a
    /// letter, and all up to white space or a comma, less the punctuation and symbols at
    /// its end. Marks after which Chinese, Japanese and Arabic go on without a space end
    /// it too.
    ///
    /// What cannot be a tag, such as one of a hundred letters, is just text.
    static func tags(in text: String) -> [Text] {
        var tags: [Text] = []
        for word in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
            let upToComma = word.prefix { !ending.contains($0) }
            if let tag = tag(typed: upToComma), Words.isTag(tag) { tags.append(Text(tag)) }
        }
        return tags
    }

    /// Whether an argument by itself is meant as a tag.
    static func isTag(_ argument: String) -> Bool {
        argument.unicodeScalars.dropFirst().first?.properties.isAlphabetic == true && argument.utf8.first == plus
            && !argument.unicodeScalars.contains(where: \.properties.isWhitespace)
    }

    /// The tag that an argument is; its plus may be missing.
    static func tag(argument: String, of command: any Command.Type) throws(Failure) -> Text {
        let typed = tag(typed: argument.unicodeScalars[...]) ?? argument.lowercased()
        guard Words.isTag(typed) else {
            throw .usage("A tag \(FieldSpec.tagRule).", of: command)
        }
        return Text(typed)
    }

    /// What follows the plus and begins with a letter, in lower case; `nil` if this is no such word.
    private static func tag(typed word: Substring.UnicodeScalarView) -> String? {
        guard word.first == "+", word.dropFirst().first?.properties.isAlphabetic == true else { return nil }
        var word = word.dropFirst()
        while let last = word.last, isTrailing(last) { word.removeLast() }
        return String(word).lowercased()
    }

    private static let plus = UInt8(ascii: "+")

    private static let ending = Set(",，、،﹐﹑､。｡！？；：؛؟「」『』（）《》〈〉【】〔〕［］｛｝".unicodeScalars)

    /// Whether this at the end of a word is no part of a tag: punctuation, symbols, emoji and what selects their form.
    ///
    /// But a plus or a number sign ends names such as C++ and C#.
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
    /// What every tag keeps to, in words that end a sentence.
    static let tagRule =
        Schema.field("tags/A", of: .note)?.problem(withElement: "A") ?? "must be a lower-case word"
}
