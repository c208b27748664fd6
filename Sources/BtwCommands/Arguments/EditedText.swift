package import CanonicalJSON
import Records

/// The text of an entry on its way through an editor and back.
///
/// The file holds the text and one line end, as text files end; that line end is
/// dropped again, and nothing else, so no newline of the text itself is lost.
/// Line ends with CR are kept where the text has such; elsewhere they are an
/// editor's own, and become LF.
package struct EditedText: Hashable, Sendable {
    private let text: String
    private let lineEnd: String
    private let hasCR: Bool

    package init(_ text: String) {
        self.text = text
        let bytes = text.utf8
        hasCR = bytes.contains(UInt8(ascii: "\r"))
        // Where all lines end with CRLF, so does the last, or editors show the CRs of the others.
        let ends = zip(bytes, bytes.dropFirst()).count { $0 == UInt8(ascii: "\r") && $1 == UInt8(ascii: "\n") }
        lineEnd = ends > 0 && ends == bytes.count { $0 == UInt8(ascii: "\n") } ? "\r\n" : "\n"
    }

    /// What the editor opens.
    package var file: [UInt8] { text.isEmpty ? [] : Array((text + lineEnd).utf8) }

    /// The text that an editor left; `nil` if it is the one that it got.
    ///
    /// - Throws: ``Failure`` with exit 2 for bytes that are not UTF-8, a NUL, or more than fits.
    package func changed(to bytes: [UInt8]) throws(Failure) -> Text? {
        if bytes == file { return nil }
        let after = hasCR ? try withItsLineEnds(bytes) : try NoteText(bytes: bytes).body
        return after == Text(text) ? nil : after
    }

    private func withItsLineEnds(_ bytes: [UInt8]) throws(Failure) -> Text {
        guard let all = String(validating: bytes, as: UTF8.self) else {
            throw .notUTF8("The text", next: "btw note -, with the text as UTF-8 on standard input")
        }
        var scalars = Array(all.utf8)
        if scalars.suffix(lineEnd.utf8.count).elementsEqual(lineEnd.utf8) {
            scalars.removeLast(lineEnd.utf8.count)
        } else if scalars.last == UInt8(ascii: "\n") {
            scalars.removeLast()
        }
        let after = Text(String(decoding: scalars, as: UTF8.self))
        if let problem = FieldType.prose.problem(with: .text(after)) {
            throw .usage("The text \(problem).", next: "btw note --help")
        }
        return after
    }
}
