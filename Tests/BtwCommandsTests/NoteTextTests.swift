import BtwCommands
import CanonicalJSON
import Records
import Testing

/// Text, and the tags in it.
@Suite struct NoteTextTests {
    @Test(arguments: [
        ("a\n", "a"), ("a\n\n", "a\n"), ("a\r\nb\r\n", "a\nb"), ("a\rb", "a\rb"), ("\r\r\n", "\r"), ("", ""),
        ("e\u{301} \u{e9}", "e\u{301} \u{e9}"), (" a ", " a "),
    ])
    func newlinesAreThoseOfOurTextsAndNothingElseChanges(_ typed: String, body: String) throws {
        #expect(try NoteText(bytes: Array(typed.utf8)).body == Text(body))
    }

    @Test(arguments: [
        ("+work", ["work"]), ("ugh +Work.", ["work"]), ("(+work)", []), ("a+work", []), ("+5 +-a + ++a", []),
        ("x\n+b\t+a +b", ["a", "b"]), ("+a,b", ["a"]), ("+sleep!?) +x:;", ["sleep", "x"]), ("+ÄRGER", ["ärger"]),
        ("+a.b +a/b", ["a.b", "a/b"]), ("+" + String(repeating: "a", count: 65), []), ("\u{a0}+a", ["a"]),
    ])
    func aPlusBeforeALetterTags(_ text: String, tags: [String]) throws {
        let read = try NoteText(text)
        #expect(read.tags == tags.map { Text($0) })
        #expect(read.body == Text(text))
    }

    @Test func whiteSpaceAloneIsNothing() throws {
        #expect(try NoteText(" \n\t\u{2003}").isEmpty)
        #expect(try !NoteText("a").isEmpty)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x61, 0x00]] as [[UInt8]])
    func refusesWhatIsNoText(_ bytes: [UInt8]) {
        let failure = #expect(throws: Failure.self) { try NoteText(bytes: bytes) }
        #expect(failure?.exit == .usage)
    }

    @Test func refusesMoreThanFits() throws {
        #expect(throws: Never.self) { try NoteText(String(repeating: "a", count: RecordLimits.proseBytesMax)) }
        #expect(throws: Failure.self) { try NoteText(String(repeating: "a", count: RecordLimits.proseBytesMax + 1)) }
    }
}
