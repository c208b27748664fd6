import BtwCommands
import CanonicalJSON
import Records
import Testing

/// The text of an entry for an editor, and back.
@Suite struct EditedTextTests {
    static let texts = [
        "", "a", "a\n", "\n", "a\n\n", "a\r\nb", "a\r\nb\r\n", "a\r\nb\n", "a\rb", "a\r", "\r\n", "\r", "é\r\n\n",
    ]

    @Test(arguments: texts)
    func theSameBytesAreNoChange(_ text: String) throws {
        let edited = EditedText(text)
        #expect(try edited.changed(to: edited.file) == nil)
    }

    @Test(arguments: texts)
    func aChangeElsewhereKeepsEveryLineEnd(_ text: String) throws {
        let edited = EditedText(text)
        let file = edited.file
        guard !file.isEmpty else { return }
        #expect(try edited.changed(to: Array("x".utf8) + file) == Text("x" + text))
    }

    @Test(
        arguments: [
            ("a", "a", nil), ("a", "a\r\n", nil), ("a", "b\r\nc\r\n", "b\nc"), ("a\n", "a\n", "a"),
            ("a\r\nb", "a\r\nb", nil),
            ("a\r\nb", "a\r\nc\n", "a\r\nc"), ("a\r\nb", "a\nb\n", "a\nb"), ("", "a\n", "a"), ("a", "", ""),
        ] as [(String, String, String?)])
    func lineEndsOfTheEditorsOwnAreNotTheTexts(_ text: String, _ after: String, _ body: String?) throws {
        #expect(try EditedText(text).changed(to: Array(after.utf8)) == body.map { Text($0) })
    }

    @Test(arguments: [[0xFF], [0x61, 0x00]] as [[UInt8]])
    func refusesWhatIsNoText(_ bytes: [UInt8]) {
        for text in ["a", "a\r\n"] {
            #expect(throws: Failure.self) { try EditedText(text).changed(to: bytes) }
        }
        let long = [UInt8](repeating: 0x61, count: RecordLimits.proseBytesMax + 1)
        #expect(throws: Failure.self) { try EditedText("a\r\n").changed(to: long) }
    }
}
