package import CanonicalJSON
import Records

/// The text of an entry, from arguments, standard input, or the editor.
///
/// A byte order mark at the start is dropped, CRLF becomes LF, and then one newline at the end is dropped; nothing
/// else changes. `+word` in the text is also a tag.
package struct NoteText: Hashable, Sendable {
    package let body: Text
    /// The tags in the text: lower-case, unique, sorted by bytes.
    package let tags: [Text]

    /// Whether there is nothing to save: the text is empty or only white space.
    package var isEmpty: Bool { body.string.unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// Reads bytes from standard input or the editor.
    ///
    /// - Throws: ``Failure`` with exit 2 for bytes that are not UTF-8, a NUL, or a text over the size limit.
    package init(bytes: some Collection<UInt8>) throws(Failure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notUTF8("The text", next: "btw note -, with the text as UTF-8 on standard input")
        }
        try self.init(text)
    }

    /// Joins words that were typed as arguments.
    package init(words: [String]) throws(Failure) { try self.init(words.joined(separator: " ")) }

    package init(_ text: String) throws(Failure) {
        body = Text(Self.normalised(text))
        if let problem = FieldType.prose.problem(with: .text(body)) {
            throw .usage("The text \(problem).", next: "btw note --help")
        }
        tags = Set(TagWords.tags(in: body.string)).sorted()
    }

    private static let byteOrderMark = Array("\u{FEFF}".utf8)

    /// Works on bytes, since Swift treats CR LF as one character.
    private static func normalised(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8.dropFirst(text.utf8.starts(with: byteOrderMark) ? byteOrderMark.count : 0) {
            if byte == UInt8(ascii: "\n"), bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            bytes.append(byte)
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The source of a command's text.
package enum TextSource: Hashable, Sendable {
    /// Typed as arguments.
    case typed(NoteText)
    /// `-`: always standard input.
    case stdin
    /// No text was given: standard input if it is not a terminal, else the editor.
    case asked

    init(words: [String]) throws(Failure) {
        switch words {
        case []: self = .asked
        case ["-"]: self = .stdin
        default: self = .typed(try NoteText(words: words))
        }
    }
}

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
