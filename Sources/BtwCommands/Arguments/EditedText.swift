package import CanonicalJSON
import Records

/// The text of an entry that is opened in an editor and read back.
///
/// The file holds the text and one final line ending, as text files do; exactly that line ending is removed again, so
/// newlines of the text itself are kept. CRLF is kept if the text had CRs; otherwise it was added by the editor and
/// becomes LF.
package struct EditedText: Hashable, Sendable {
    private let text: String
    private let lineEnd: String
    private let hasCR: Bool

    package init(_ text: String) {
        self.text = text
        let bytes = text.utf8
        hasCR = bytes.contains(UInt8(ascii: "\r"))
        // If all lines end with CRLF, the last one does too: editors would show the other CRs otherwise.
        let ends = zip(bytes, bytes.dropFirst()).count { $0 == UInt8(ascii: "\r") && $1 == UInt8(ascii: "\n") }
        lineEnd = ends > 0 && ends == bytes.count { $0 == UInt8(ascii: "\n") } ? "\r\n" : "\n"
    }

    /// The bytes that the editor opens.
    package var file: [UInt8] { text.isEmpty ? [] : Array((text + lineEnd).utf8) }

    /// The text that the editor left; `nil` if it did not change.
    ///
    /// - Throws: ``Failure`` with exit 2 for bytes that are not UTF-8, a NUL, or a text over the size limit.
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
