package import CanonicalJSON
import Records

/// What somebody wrote: words, standard input, or a file from
/// the editor.
///
/// A byte order mark at the start is dropped, CRLF becomes LF, and then one newline at the
/// end is dropped; nothing else changes.
/// `+word` in it is a tag too.
package struct NoteText: Hashable, Sendable {
    package let body: Text
    /// The tags in it, lower-case, sorted by bytes, each once.
    package let tags: [Text]

    /// Whether there is nothing to save: no text, or white space alone.
    package var isEmpty: Bool { body.string.unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// Reads what came from standard input or the editor.
    ///
    /// - Throws: ``Failure`` with exit 2 for bytes that are not UTF-8, a NUL, or more than fits.
    package init(bytes: some Collection<UInt8>) throws(Failure) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notUTF8("The text", next: "btw note -, with the text as UTF-8 on standard input")
        }
        try self.init(text)
    }

    /// Reads words that were typed as arguments.
    package init(words: [String]) throws(Failure) { try self.init(words.joined(separator: " ")) }

    package init(_ text: String) throws(Failure) {
        body = Text(Self.normalised(text))
        if let problem = FieldType.prose.problem(with: .text(body)) {
            throw .usage("The text \(problem).", next: "btw note --help")
        }
        tags = Set(TagWords.tags(in: body.string)).sorted()
    }

    private static let byteOrderMark = Array("\u{FEFF}".utf8)

    /// By bytes, since Swift takes CR and LF for one character.
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

/// Where a command's text comes from.
package enum TextSource: Hashable, Sendable {
    /// It was typed.
    case typed(NoteText)
    /// `-`: standard input, whatever it is.
    case stdin
    /// No text was given: standard input if it is no terminal, else the editor.
    case asked

    init(words: [String]) throws(Failure) {
        switch words {
        case []: self = .asked
        case ["-"]: self = .stdin
        default: self = .typed(try NoteText(words: words))
        }
    }
}
