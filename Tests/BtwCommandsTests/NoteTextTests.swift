import BtwCommands
import CanonicalJSON
import Records
import Testing

/// Text, and the tags in it.
@Suite struct NoteTextTests {
    @Test(arguments: [
        ("a\n", "a"), ("a\n\n", "a\n"), ("a\r\nb\r\n", "a\nb"), ("a\rb", "a\rb"), ("\r\r\n", "\r"), ("", ""),
        ("e\u{301} \u{e9}", "e\u{301} \u{e9}"), (" a ", " a "), ("\u{FEFF}a\r\n", "a"), ("\u{FEFF}", ""),
        ("a\u{FEFF}", "a\u{FEFF}"),
        ("\u{FEFF}\u{FEFF}a", "\u{FEFF}a"), ("\u{FEFF}\n", ""),
    ])
    func newlinesAreThoseOfOurTextsAndNothingElseChanges(_ typed: String, body: String) throws {
        #expect(try NoteText(bytes: Array(typed.utf8)).body == Text(body))
    }

    @Test(arguments: [
        ("+work", ["work"]), ("ugh +Work.", ["work"]), ("(+work)", []), ("a+work", []), ("+5 +-a + ++a", []),
        ("x\n+b\t+a +b", ["a", "b"]), ("+a,b", ["a"]), ("+sleep!?) +x:;", ["sleep", "x"]), ("+ÄRGER", ["ärger"]),
        ("+a.b +a/b", ["a.b", "a/b"]), ("+" + String(repeating: "a", count: 65), []), ("\u{a0}+a", ["a"]),
        ("\"too much +work\"", ["work"]), ("'+work'", []), ("'so +work'", ["work"]), ("“again +work”", ["work"]),
        ("‘+a ’+b’ +c’", ["c"]),
        ("[late +work]", ["work"]), ("{late +work}", ["work"]), ("late +work…", ["work"]), ("今日は +仕事。", ["仕事"]),
        ("今日は +仕事。疲れた", ["仕事"]), ("今天 +工作，累", ["工作"]), ("今天 +工作、累", ["工作"]), ("اليوم +عمل، تعب", ["عمل"]),
        ("「今日は +仕事」と", ["仕事"]), ("**late +work**", ["work"]), ("_late +work_", ["work"]), ("<b>x +work>", ["work"]),
        ("+work— +sleep– +food-", ["food", "sleep", "work"]), ("+work» +a’s +b‹", ["a’s", "b", "work"]),
        ("+work😀 +b❤️ +c👍🏽", ["b", "c", "work"]),
        ("+c++ +c# +c++. (+c++)", ["c#", "c++"]), ("+a_b +co-op +a.b_", ["a.b", "a_b", "co-op"]),
        ("+e\u{301}\u{302}", ["e\u{301}\u{302}"]),
        ("+นี้", ["นี้"]), ("+a\u{200B}", ["a"]), ("+50%", []), ("+a/", ["a"]), ("+ジョン・レノン", ["ジョン・レノン"]),
        ("+a` +b~~ +c=", ["a", "b", "c"]),
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
