import Foundation
import Testing

/// Texts as written, and as stored.
@Suite struct TextTests {
    @Test(arguments: [
        ("one line\n", "one line"), ("two\n\n", "two\n"), ("a\r\nb\r\n", "a\nb"), ("a\rb", "a\rb"),
        ("no newline", "no newline"),
        ("tab\tand \u{301}mark e\u{301} \u{E9}\n", "tab\tand \u{301}mark e\u{301} \u{E9}"), (" spaces \n", " spaces "),
    ])
    func standardInputIsKeptByteForByte(_ input: String, _ body: String) throws {
        let fixture = try Fixture()
        for typed in [["note", "--json"], ["note", "-", "--json"]] {
            let ran = try fixture.run(typed.map { Array($0.utf8) }, input: Array(input.utf8))
            let entry = try #require(ran.entries().first, "\(ran.err)")
            #expect(Array((entry.body ?? "").utf8) == Array(body.utf8))
        }
        let edited = try fixture.makes("edit", fixture.makes("note", "x").id, "--set", "body=-", input: input)
        #expect(Array((edited.body ?? "").utf8) == Array(body.utf8))
    }

    @Test(arguments: ["", "\n", "   ", " \r\n\t\n"])
    func emptyTextSavesNothing(_ text: String) throws {
        let fixture = try Fixture()
        for typed in [["note"], ["note", "-"], ["note", text]] {
            let ran = try fixture.run(typed.map { Array($0.utf8) }, input: Array(text.utf8))
            #expect(ran == Ran(exit: 0, output: [], talk: Array("Nothing written.\n".utf8)), "\(typed) \(ran)")
        }
        #expect(try fixture.btw("list").exit == 1)
    }

    @Test func standardInputIsNotReadWhereTextWasGiven() throws {
        let fixture = try Fixture()
        // A reader of this pipe waits for ever.
        let ran = try fixture.shell(
            """
            mkfifo "$HOME/pipe"; exec 3<>"$HOME/pipe"
            "$BTW" note typed --json <&3 && "$BTW" mood 3 <&3 && "$BTW" list <&3 && "$BTW" edit $("$BTW" list notes \
            --json | sed 's/.*"id":"\\([^"]*\\)".*/\\1/') --set flag=yes <&3
            """)
        #expect(ran.exit == 0 && ran.complaint == "", "\(ran.err)")
        #expect(try fixture.btw("list", "--json").entries().count == 2)
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let before = try fixture.export()
        let noise: [UInt8] = [0x63, 0x61, 0x66, 0xE9]
        for arguments in [
            [Array("note".utf8), noise], [Array("find".utf8), noise], [noise], [Array("--home".utf8), noise],
        ] {
            try fixture.run(arguments).isRefusal(exit: 2)
            try fixture.run([Array("--json".utf8)] + arguments).isRefusal(exit: 2, code: "not_utf8")
        }
        for typed in [["note"], ["note", "-"]] {
            try fixture.run(typed.map { Array($0.utf8) }, input: noise).isRefusal(exit: 2)
            let json = (["--json"] + typed).map { Array($0.utf8) }
            try fixture.run(json, input: [0xED, 0xA0, 0x80]).isRefusal(exit: 2, code: "not_utf8")
        }
        #expect(try fixture.export() == before)
    }

    @Test func nulIsRefused() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "kept").id
        let before = try fixture.export()
        try fixture.refuses(["note", "-"], exit: 2, "usage", input: "a\0b")
        try fixture.refuses(["edit", id, "--set", "body=-"], exit: 2, "usage", input: "a\0b")
        #expect(try fixture.export() == before)
    }

    @Test func moreThanAnEntryHoldsIsRefused() throws {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let before = try fixture.export()
        for count in [200_000, 400_000] {
            let ran = try fixture.btw("note", "-", input: String(repeating: "x", count: count))
            try ran.isRefusal(exit: 2, "\(count)")
        }
        #expect(try fixture.export() == before)
        #expect(try fixture.makes("note", "-", input: String(repeating: "y", count: 180_000)).body?.count == 180_000)
    }

    @Test func aFolderOnStandardInputIsNotAnEmptyText() throws {
        let fixture = try Fixture()
        try fixture.shell("\"$BTW\" note - </").isRefusal(exit: 4)
        #expect(try fixture.btw("list").exit == 1)
    }

    @Test func plusWordsAreTagsAndStay() throws {
        let fixture = try Fixture()
        let entry = try fixture.makes("note", "+Work a+b 1+1 +2 about +walks, +walks", "--tag", "Own")
        #expect(entry.tags == ["own", "walks", "work"])
        #expect(entry.body == "+Work a+b 1+1 +2 about +walks, +walks")
        #expect(try fixture.btw("list", "--tag", "walks").lines.count == 1)
        #expect(try fixture.btw("list", "--tag", "none").exit == 1)
    }

    @Test(arguments: [
        "foo \\' bar", "ends with \\", "\\\\", "a'b\"c", "$(date) `id` %s%n", "{\"a\":1}", "<b>&amp;",
        "You’re right, 5 €",
    ])
    func marksOfShellsAndFormatsStayAsTheyAre(_ marks: String) throws {
        let fixture = try Fixture()
        let text = "t " + marks
        let id = try fixture.makes("note", text).id
        #expect(try fixture.does("show", id, "--json").entries().map(\.body) == [text])
        let export = try fixture.export()
        let other = fixture.at("other")
        let file = fixture.folder.path + "/all.jsonl"
        try export.write(toFile: file, atomically: true, encoding: .utf8)
        try other.does("import", "jsonl", file, "-q")
        #expect(try other.export() == export)
    }

    @Test(arguments: [
        "\"", "*", "a*", "NEAR(", "-", "AND", "OR x", "^", "()", ":", "body:x", "'", "\\", "%", "é", "\u{1F600}",
    ])
    func anyWordsCanBeLookedFor(_ words: String) throws {
        let fixture = try Fixture()
        try fixture.does("note", "the \(words) stood here")
        let ran = try fixture.btw("find", "--", words)
        #expect(ran.exit == 0 && ran.err == "" || ran.exit == 1 && ran.err == Self.nothingFound, "\(ran.err)")
        #expect(try fixture.btw("find", "stood", "her").exit == 0)
        for quiet in ["-q", "--json"] {
            #expect(try fixture.btw("find", "elsewhere", quiet) == Ran(exit: 1, output: [], talk: []))
        }
        #expect(try fixture.btw("find", "stood", "elsewhere").exit == 1)
    }

    private static let nothingFound = "No entry holds all of these words, or words that begin with them.\n"

    @Test func whatIsWrittenWithoutSpacesIsFoundWithEmojiAndByBeginnings() throws {
        let fixture = try Fixture()
        try fixture.does("note", "今天公司开会，老板很生气 👨‍👩‍👧")
        try fixture.does("note", "私はSwiftを学ぶ")
        try fixture.does("mood", "2", "😢", "sleeping badly")
        for (words, line) in [
            (["公司"], "今天"), (["公司", "👩"], "今天"), (["公司 开会"], "今天"), (["swift"], "学ぶ"), (["学"], "学ぶ"),
            (["slee"], "sleeping"), (["😢", "bad"], "sleeping"), (["👨‍👩‍👧"], "今天"),
        ] {
            let found = try fixture.run((["find"] + words).map { Array($0.utf8) })
            #expect(found.lines.count == 1 && found.out.contains(line), "\(words): \(found.out)\(found.err)")
        }
        let nothing = try fixture.btw("find", "leeping")
        #expect(nothing == Ran(exit: 1, output: [], talk: Array(Self.nothingFound.utf8)))
        try fixture.isSound()
    }

    @Test func aByteOrderMarkIsNoPartOfTheText() throws {
        let fixture = try Fixture()
        let mark = "\u{FEFF}"
        let entry = try fixture.makes("note", "-", input: mark + "+work first line\r\nsecond\r\n")
        #expect(entry.tags == ["work"] && entry.body == "+work first line\nsecond")
        #expect(try fixture.btw("note", "-", input: mark).err == "Nothing written.\n")
        #expect(try fixture.btw("note", mark).err == "Nothing written.\n")
        #expect(try fixture.makes("edit", entry.id, "--set", "body=-", input: mark + "third").body == "third")
    }

    @Test func aTitleFitsSixtyColumnsWhateverItIsWrittenIn() throws {
        let fixture = try Fixture()
        for text in ["今天公司开会", "👨‍👩‍👧", "e\u{301}\u{302}", "\u{1}", "\u{301}"] {
            try fixture.does("note", "-", input: String(repeating: text, count: 20_000 / text.utf8.count))
            let title = try #require(fixture.does("list", "notes").lines.first?.components(separatedBy: " · ").last)
            #expect(title.hasSuffix("…") && title.unicodeScalars.count < 300, "\(text)")
            try fixture.does("undo")
        }
    }
}
