import CanonicalJSON
import Foundation
import Testing

/// Data on stdout, messages on stderr, and the exit codes.
@Suite struct StreamTests {
    /// Each row: the arguments, the exit code, and the error's name.
    static let refusals: [(typed: [String], exit: Int32, code: String)] = [
        (["show", "zzz"], 1, "not_found"), (["show", "n000"], 1, "not_found"), (["history", "zzz"], 1, "not_found"),
        (["edit", "zzz", "--set", "body=x"], 1, "not_found"), (["rm", "zzz"], 1, "not_found"),
        (["restore", "zzz"], 1, "not_found"), (["done", "zzz"], 1, "not_found"),
        (["forget", "zzz", "--yes"], 1, "not_found"), (["note", "x", "--about", "zzz"], 1, "not_found"),
        (["show", String(repeating: "0", count: 27)], 1, "not_found"),
        (["lsit"], 2, "usage"), (["-x"], 2, "usage"), (["--bogus"], 2, "usage"), (["--", "word"], 2, "usage"),
        (["list", "things"], 2, "usage"), (["list", "--from", "3/4"], 2, "usage"), (["list", "--bogus"], 2, "usage"),
        (["note", "x", "--bogus"], 2, "usage"), (["note", "x", "--at", "2026-02-30"], 2, "usage"),
        (["note", "x", "--at"], 2, "usage"), (["note", "x", "--at", "1", "--at", "2"], 2, "usage"),
        (["note", "x", "--flag=1"], 2, "usage"), (["note", "x", "--tag", "two words"], 2, "usage"),
        (["mood"], 2, "usage"), (["mood", "0"], 2, "usage"), (["mood", "6"], 2, "usage"),
        (["mood", "7/5"], 2, "usage"),
        (["mood", "1/1"], 2, "usage"), (["mood", "-1"], 2, "usage"), (["mood", "3", "--energy", "9"], 2, "usage"),
        (["hw", "x", "--times", "0"], 2, "usage"), (["hw", "x", "--due", "soon"], 2, "usage"),
        (["session"], 2, "usage"), (["session", "soon"], 2, "usage"),
        (["session", "2026-10-20", "--minutes", "-5"], 2, "usage"), (["show"], 2, "usage"),
        (["show", "n1"], 2, "usage"),
        (["show", "aaa", "bbb"], 2, "usage"), (["find"], 2, "usage"), (["find", " "], 2, "usage"),
        (["edit"], 2, "usage"), (["undo", "x"], 2, "usage"), (["undo", "0123456789abcdef:0"], 2, "usage"),
        (["export"], 2, "usage"), (["export", "--jsonl", "x"], 2, "usage"), (["changes", "--since", "x"], 2, "usage"),
        (["status", "x"], 2, "usage"), (["--home"], 2, "usage"), (["--home=", "list"], 2, "usage"),
        (["import", "jrnl"], 2, "usage"), (["connect", "btw1abc"], 2, "mistyped"),
    ]

    @Test(arguments: refusals.indices)
    func refusesInOneSentenceAndChangesNothing(_ row: Int) throws {
        let (typed, exit, code) = Self.refusals[row]
        let fixture = try Fixture()
        try fixture.refuses(typed, exit: exit, code)
        #expect(!FileManager.default.fileExists(atPath: fixture.home), "nothing was made")
        try fixture.does("note", "kept")
        let before = try fixture.export()
        try fixture.refuses(typed, exit: exit, code)
        #expect(try fixture.export() == before)
    }

    @Test func writingCommandsPrintOneLineOrTheEntryAndNothingElse() throws {
        let fixture = try Fixture()
        for typed in [
            ["note", "hello"], ["mood", "3"], ["hw", "title"], ["session", "2026-10-20"], ["one argument with spaces"],
        ] {
            let plain = try fixture.run(typed.map { Array($0.utf8) })
            #expect(
                plain.exit == 0 && plain.complaint == "" && plain.lines.count == 1, "\(typed): \(plain.out)\(plain.err)"
            )
            let json = try fixture.run((typed + ["--json"]).map { Array($0.utf8) })
            #expect(json.exit == 0 && json.err == "" && json.lines.count == 1, "\(typed): \(json.out)\(json.err)")
            let entry = try #require(json.entries().first)
            #expect(entry.json.canonicalText == entry.line, "the one form of RFC 8785")
            #expect(try fixture.makes("show", entry.id).line == entry.line, "the same bytes from every command")
            #expect(try fixture.export().contains(entry.line + "\n"))
            let quiet = try fixture.run((typed + ["-q"]).map { Array($0.utf8) })
            #expect(quiet == Ran(exit: 0, output: [], talk: []))
        }
    }

    @Test func globalOptionsStandBeforeOrAfterTheCommand() throws {
        let fixture = try Fixture()
        try fixture.does("note", "x")
        let after = try fixture.does("list", "--json")
        #expect(try fixture.does("--json", "list") == after)
        let other = fixture.folder.path + "/other"
        try fixture.does("note", "y", "--home", other)
        try fixture.does("--home=" + other, "note", "--json", "z")
        #expect(try fixture.btw("list", "--home", other).lines.count == 2)
        #expect(try fixture.btw("--version").out == fixture.btw("list", "--version").out)
        #expect(try fixture.btw("list", "--help").out.hasPrefix("Usage: btw list"))
        #expect(try fixture.btw("--help").lines.count <= 24)
    }

    @Test func afterTwoDashesAllIsText() throws {
        let fixture = try Fixture()
        #expect(try fixture.makes("note", "--", "-5", "degrees").body == "-5 degrees")
        #expect(try fixture.makes("note", "--", "--json", "--home", "x").body == "--json --home x")
        #expect(try fixture.makes("--", "two words").body == "two words")
        #expect(try fixture.makes("note", "- milk and eggs").body == "- milk and eggs")
        #expect(try fixture.makes("hw", "--", "--due").json["title"] == "--due")
    }

    @Test func homeIsTheOptionThenTheVariableThenTheDataFolder() throws {
        let fixture = try Fixture()
        let root = fixture.folder.path
        func makes(_ folder: String, _ fixture: Fixture, _ arguments: String..., line: Int = #line) throws {
            let ran = try fixture.run((arguments + ["note", "x"]).map { Array($0.utf8) })
            #expect(ran.exit == 0, "line \(line): \(ran.err)")
            let path = root + "/" + folder
            #expect(FileManager.default.fileExists(atPath: path + "/journal.db"), "line \(line)")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o700, "line \(line)")
            for name in try FileManager.default.contentsOfDirectory(atPath: path) {
                let mode =
                    try FileManager.default.attributesOfItem(atPath: path + "/" + name)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
        }
        try makes("a", fixture, "--home", root + "/a")
        try makes("b", fixture.with(["BTW_HOME": root + "/b", "XDG_DATA_HOME": root + "/never"]))
        #if os(Linux)
            try makes("c/between", fixture.with(["BTW_HOME": nil, "XDG_DATA_HOME": root + "/c"]))
            try makes(".local/share/between", fixture.with(["BTW_HOME": "", "XDG_DATA_HOME": "relative"]))
        #endif
        #expect(!FileManager.default.fileExists(atPath: root + "/never"))
        try fixture.with(["BTW_HOME": nil, "HOME": nil, "XDG_DATA_HOME": nil]).refuses(
            ["note", "x"], exit: 2, "no_home")
    }

    @Test func readingWhereThereIsNothingPrintsNothingAndMakesNothing() throws {
        let fixture = try Fixture()
        for (typed, exit) in [
            ([], 0), (["list"], 1), (["find", "x"], 1), (["export", "--jsonl"], 0), (["status"], 0), (["doctor"], 0),
            (["changes"], 0), (["list", "--trash"], 1),
        ] as [([String], Int32)] {
            for words in [typed, typed + ["--json"]] {
                let ran = try fixture.run(words.map { Array($0.utf8) })
                #expect(ran == Ran(exit: exit, output: [], talk: []), "\(words): \(ran.out)\(ran.err)")
            }
        }
        try fixture.refuses(["undo"], exit: 1, "nothing_to_undo")
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
    }

    @Test func variablesFixTheClockAndTheZone() throws {
        let fixture = try Fixture()
        #expect(try fixture.makes("note", "x")["at"] == "2026-10-16T10:30+02:00")
        let west = fixture.with(["TZ": "America/New_York", "BTW_NOW": "2026-01-01T03:04:05.678Z"])
        let entry = try west.makes("note", "x")
        #expect(entry["at"] == "2025-12-31T22:04-05:00")
        #expect(entry["made"] == "2026-01-01T03:04:05.678Z" && entry["edited"] == entry["made"])
        #expect(try fixture.makes("note", "x", "--at", "1950-06-01")["at"] == "1950-06-01")
        #expect(try fixture.makes("note", "x", "--at", "2026-12-01T09:00")["at"] == "2026-12-01T09:00+01:00")
        #expect(try fixture.makes("note", "x", "--at", "yesterday")["at"] == "2026-10-15")
        try fixture.with(["BTW_NOW": "tomorrow"]).refuses(["list"], exit: 2, "usage")
    }

    @Test func nothingPrintedToAPipeHoldsAnEscape() throws {
        for variables in [[:], ["NO_COLOR": "1"]] as [[String: String?]] {
            let fixture = try Fixture().with(variables)
            let id = try fixture.makes("note", "red \u{1B}[31m and \u{7} bell", "--flag").id
            try fixture.does("hw", "x", "--due", "2026-10-01")
            for typed in [
                ["list"], ["show", id], ["history", id], ["find", "red"], ["list", "--json"], [], ["--help"],
            ] {
                let ran = try fixture.run(typed.map { Array($0.utf8) })
                #expect(!ran.output.contains(0x1B) && !ran.output.contains(0x07), "\(typed)")
                #expect(ran.err == "")
            }
        }
    }

    @Test(.enabled(if: Machine.hasTerminals, "needs script(1) as Linux has it"))
    func coloursOnATerminalOnlyRepeatWhatWordsSay() throws {
        let fixture = try Fixture()
        try fixture.does("note", "words")
        let listing = "script -qec '\"$BTW\" list' /dev/null"
        let coloured = try fixture.with(["TERM": "xterm"]).shell(listing).out
        let bare = try fixture.with(["TERM": "xterm", "NO_COLOR": "1"]).shell(listing).out
        #expect(coloured.contains("\u{1B}[") && !bare.contains("\u{1B}["))
        let stripped = coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(stripped == bare)
        #expect(try fixture.btw("list").out == bare.replacing("\r\n", with: "\n"))
    }

    @Test func aReaderThatHasEnoughIsNoError() async throws {
        let fixture = try Fixture()
        try await fixture.writeNotes((0..<1_500).map { "a note of some length, the \($0). of them" })
        let ran = try fixture.shell("\"$BTW\" list --json | head -1")
        #expect(ran.exit == 0 && ran.lines.count == 1 && ran.err == "")
        let status = try fixture.shell("{ \"$BTW\" list --json; echo \"$?\" >&2; } | head -1")
        #expect(status.err == "0\n")
    }

    /// A command whose reader has closed the pipe ends.
    @Test func whoOnlyPrintsEndsWhenItsReaderHasLeft() async throws {
        let fixture = try Fixture()
        try await fixture.writeNotes((0..<3_000).map { "a note of some length, the \($0). of them, and longer" })
        // More than a pipe holds; a writer that went on would report its output at the end.
        for command in ["list --json", "export --jsonl", "find note --json"] {
            let ran = try fixture.shell("{ \"$BTW\" \(command); echo \"$?\" >&2; } | head -c 10 >/dev/null")
            #expect(ran.err == "0\n", "\(command)")
        }
    }

    @Test(.enabled(if: Machine.hasFullDevice, "needs /dev/full"))
    func outputThatDoesNotArriveIsSaidAndTheChangeIsSaved() throws {
        let fixture = try Fixture()
        let ran = try fixture.shell("\"$BTW\" note kept >/dev/full")
        #expect(ran.exit == 4 && ran.complaint.hasPrefix("btw: ") && ran.complaint.contains("saved"), "\(ran.err)")
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["kept"])
        try fixture.shell("\"$BTW\" list --json >/dev/full").isRefusal(exit: 4, code: "output")
    }

    @Test(.enabled(if: Machine.hasFullDevice, "needs /dev/full"))
    func whatWasNotPrintedWasNotTold() async throws {
        let fixture = try Fixture()
        try fixture.does("note", "no mood yet")
        // Once a day, and this did not count.
        #expect(try fixture.shell("\"$BTW\" >/dev/full").exit == 4)
        #expect(try fixture.btw().out.contains("No mood yet today"))
        #expect(try !fixture.btw().out.contains("No mood yet today"))
    }

    @Test func closedStreamsNeverLeadIntoAFileOfTheHome() async throws {
        let fixture = try Fixture()
        try await fixture.writeNotes((0..<1_500).map { "canary of some length, the \($0). of them" })
        for closed in [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"] {
            let ran = try fixture.shell("\"$BTW\" list --json \(closed); \"$BTW\" show zzz \(closed); exit 0")
            #expect(ran.exit == 0)
            for name in ["lock", "keys", "incarnation"] {
                let bytes = FileManager.default.contents(atPath: fixture.home + "/" + name)
                #expect(bytes?.range(of: Data("canary".utf8)) == nil, "\(name) \(closed)")
                #expect(bytes?.range(of: Data("btw".utf8)) == nil, "\(name) \(closed)")
            }
        }
        #expect(try fixture.shell("\"$BTW\" list >&-").exit == 4)
        try fixture.isSound()
        let written = try fixture.shell("\"$BTW\" note there <&- >&- 2>&-")
        #expect(written.exit == 4)
        #expect(try fixture.btw("find", "there").exit == 0)
    }

    @Test func versionNamesItselfTheProtocolAndSQLite() throws {
        let ran = try Fixture().does("--version")
        #expect(ran.out.wholeMatch(of: /btw \d+\.\d+\.\d+, protocol \d+, SQLite 3\.\d+\.\d+\n/) != nil, "\(ran.out)")
    }

    @Test func aMistypedCommandNamesTheNearest() throws {
        let fixture = try Fixture()
        for (typed, meant) in [("lsit", "list"), ("nte", "note"), ("shwo", "show"), ("hisotry", "history")] {
            let ran = try fixture.btw(typed)
            #expect(ran.exit == 2 && ran.err.hasSuffix("Next: btw \(meant)\n"), "\(ran.err)")
        }
    }
}
