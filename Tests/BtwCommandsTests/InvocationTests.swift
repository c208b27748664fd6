import BtwCommands
import Records
import Testing

/// Global options, the command's name, and note texts.
@Suite struct InvocationTests {
    @Test func globalOptionsStandAnywhere() throws {
        for arguments in [
            ["--home", "/x", "--json", "--plain", "--yes", "-q", "list", "notes"],
            ["list", "--json", "notes", "--plain", "--home=/x", "-q", "--yes"],
        ] {
            let typed = try Typing.invocation(arguments)
            #expect(typed.command is ListCommand.Type)
            #expect(typed.arguments == ["notes"])
            let globals = typed.globals
            #expect(
                [globals.isJSON, globals.isPlain, globals.answersYes, globals.isQuiet] == [true, true, true, true])
            #expect(globals.home == "/x")
            #expect(!globals.wantsHelp && !globals.wantsVersion)
        }
        #expect(try Typing.invocation(["note", "--help"]).globals.wantsHelp)
        #expect(try Typing.invocation(["--version"]).globals.wantsVersion)
    }

    @Test func afterTwoDashesAllIsText() throws {
        let typed = try Typing.invocation(["note", "--", "--json", "-5", "degrees"])
        #expect(!typed.globals.isJSON)
        #expect(typed.arguments == ["--", "--json", "-5", "degrees"])
    }

    @Test func otherOptionsStayForTheCommand() throws {
        #expect(try Typing.invocation(["note", "--tag", "a", "--unknown"]).arguments == ["--tag", "a", "--unknown"])
    }

    @Test func oneArgumentWithWhiteSpaceIsANote() throws {
        for text in ["ugh, that call", "- milk and eggs", "-5 degrees", "two\nlines", "list notes"] {
            for arguments in [[text], ["--json", text], ["--", text]] {
                let typed = try Typing.invocation(arguments)
                #expect(typed.command is NoteCommand.Type)
                #expect(typed.arguments == ["--", text])
            }
        }
    }

    @Test func nothingAtAllAsksWhereIAm() throws {
        for arguments in [[], ["--json"], ["--"]] as [[String]] {
            #expect(try Typing.invocation(arguments).command is HomeCommand.Type)
            _ = try Typing.command(HomeCommand.self, arguments)
        }
    }

    @Test(arguments: [
        ("nte", "note"), ("moood", "mood"), ("lsit", "list"), ("ls", "list"), ("history?", "history"),
        ("hisotry", "history"), ("Note", "note"),
        ("exprot", "export"), ("hepl", "help"), ("verison", "--version"), ("stauts", "status"), ("", "hw"),
    ])
    func aMistypedCommandNamesTheNearest(_ typed: String, nearest: String) throws {
        let failure = try #require(try Typing.refusal([typed]))
        #expect(failure.exit == .usage)
        #expect(failure.next == "btw \(nearest)")
        #expect(failure.message.contains("the nearest is \(nearest)."))
    }

    @Test(arguments: [
        ["secret", "two words"], ["two words", "secret"], ["--", "secret"], ["--tag", "secret"], ["--home"],
        ["--home="], ["--home", "--json"], ["--home", ""], ["--tag=two words"],
    ])
    func refusesWithoutRepeatingIt(_ arguments: [String]) throws {
        let failure = try #require(try Typing.refusal(arguments))
        #expect(failure.exit == .usage)
        #expect(!failure.text.contains("secret") && !failure.text.contains("two words"))
    }

    @Test func aWordOfAnyLengthIsComparedQuickly() throws {
        let zalgo = String(repeating: "a\u{301}\u{316}", count: 100_000)
        #expect(try Typing.refusal([zalgo])?.exit == .usage)
    }

    @Test func bytesThatAreNotUTF8AreSeen() {
        let raw: [[UInt8]] = [Array("note".utf8), [0x61, 0xFF], Array("--json".utf8)]
        let failure = #expect(throws: Failure.self) {
            try Invocation(arguments: raw, environment: { _ in nil })
        }
        #expect(failure?.code == "not_utf8")
        #expect(failure?.exit == .usage)
        #expect(Invocation.wantsJSON(raw))
        #expect(!Invocation.wantsJSON([Array("--".utf8), Array("--json".utf8)]))
    }

    @Test(
        arguments: [
            (["BTW_HOME": "/b", "XDG_DATA_HOME": "/x", "HOME": "/h"], false, "/b"),
            (["XDG_DATA_HOME": "/x", "HOME": "/h"], false, "/x/between"),
            (["BTW_HOME": "", "XDG_DATA_HOME": "", "HOME": "/h"], false, "/h/.local/share/between"),
            (["XDG_DATA_HOME": "relative", "HOME": "/"], false, "/.local/share/between"),
            (["XDG_DATA_HOME": "/x", "HOME": "/h"], true, "/h/Library/Application Support/Between"),
            ([:], false, nil), ([:], true, nil),
        ] as [([String: String], Bool, String?)])
    func theJournalIsWhereTheEnvironmentSays(_ environment: [String: String], isMacOS: Bool, home: String?) throws {
        #expect(try Typing.invocation(["list"], environment: environment, isMacOS: isMacOS).globals.home == home)
        let named = try Typing.invocation(["list", "--home", "./a b"], environment: environment, isMacOS: isMacOS)
        #expect(named.globals.home == "./a b")
    }

    @Test(arguments: [
        ("2026-10-16T08:00:00Z", "2026-10-16T08:00:00.000Z"),
        ("2026-10-16t10:00:00.25+02:00", "2026-10-16T08:00:00.250Z"),
        ("2026-10-16T10:00:00.123456-09:30", "2026-10-16T19:30:00.123Z"),
        ("1660-01-11T21:00:59z", "1660-01-11T21:00:59.000Z"),
    ])
    func theClockCanBeFixed(_ typed: String, time: String) throws {
        #expect(try Typing.invocation([], environment: ["BTW_NOW": typed]).globals.now?.description == time)
    }

    @Test(arguments: [
        "now", "2026-10-16", "2026-10-16T08:00Z", "2026-10-16 08:00:00Z", "2026-10-16T08:00:00",
        "2026-10-16T08:00:00.Z",
        "2026-02-30T08:00:00Z", "2026-10-16T08:00:00+25:00", "2026-10-16T08:00:00ZZ", "0000-01-01T00:00:00+01:00",
    ])
    func aFixedClockMustBeATime(_ typed: String) {
        let failure = #expect(throws: Failure.self) { try Typing.invocation([], environment: ["BTW_NOW": typed]) }
        #expect(failure?.exit == .usage)
    }
}
