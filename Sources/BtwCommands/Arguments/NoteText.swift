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
