import BtwCommands
import CanonicalJSON
import Causality
import Records
import Testing

/// The commands, their options, and the parsed values.
@Suite struct CommandTests {
    let now: Moment
    let localTime: LocalTime
    let other = EntryID(high: 1, low: 2)

    init() throws {
        now = try #require(Moment(Typing.now))
        localTime = try Typing.localTime()
    }

    @Test func aNoteHasItsTextAndTheSharedOptions() throws {
        let note = try Typing.command(
            NoteCommand.self, "note", "ugh,", "--tag", "Work", "that", "--tag=+b", "call", "--flag", "--about", "h7q2",
            "--at=yesterday")
        guard case .typed(let text) = note.text else {
            Issue.record("no text")
            return
        }
        #expect(note.options.about?.letter == "h")
        #expect(
            note.note(text, now: now, about: other)?.draft
                == EntryDraft(
                    .note,
                    [
                        "at": "2026-10-15", "body": "ugh, that call", "tags/work": true, "tags/b": true,
                        "flag": true, "about": "0000000000000g000000000002",
                    ]))
        #expect(note.note(try NoteText("\n"), now: now) == nil)
    }

    @Test func textComesFromWordsOrStandardInputOrTheEditor() throws {
        func source(_ arguments: String...) throws -> TextSource? {
            try Typing.command(NoteCommand.self, ["note"] + arguments).text
        }
        #expect(try source() == .asked)
        #expect(try source("-") == .stdin)
        #expect(try source("--", "-5", "degrees") == .typed(NoteText("-5 degrees")))
        #expect(try source("- milk and eggs") == .typed(NoteText("- milk and eggs")))
        #expect(try source("") == .typed(NoteText("")))
        #expect(try source("a=b", "c") == .typed(NoteText("a=b c")))
    }

    @Test func aBareNoteIsANote() throws {
        let note = try Typing.command(NoteCommand.self, "ugh, that call +work")
        #expect(note.text == .typed(try NoteText("ugh, that call +work")))
    }

    @Test func homeworkHasItsStepsBesideIt() throws {
        let homework = try Typing.command(
            HomeworkCommand.self, "hw", "research companies", "--times", "3", "--step", "Acme", "--step=Globex",
            "--due",
            "next", "+Jobs")
        guard case .typed(let title) = homework.title else {
            Issue.record("no title")
            return
        }
        #expect(
            try homework.homework(title, now: now)?.draft
                == EntryDraft(
                    .homework,
                    [
                        "at": .text(Text(Typing.now)), "title": "research companies", "due": "next", "target": 3,
                        "tags/jobs": true,
                    ]))
        let steps = homework.steps(of: other, now: now).map(\.draft)
        #expect(
            steps.first
                == EntryDraft(
                    .homework,
                    ["at": .text(Text(Typing.now)), "title": "Acme", "about": "0000000000000g000000000002"]))
        #expect(steps.map { $0.fields["title"] } == ["Acme", "Globex"])
    }

    @Test func aMoodHasWordsAndOptions() throws {
        let mood = try Typing.command(MoodCommand.self, "mood", "2", "--day", "tense", "--at", "2026-10-01")
        #expect(
            mood.mood(now: now)?.draft
                == EntryDraft(
                    .mood, ["at": "2026-10-01", "valence": -50, "feelings/tense": true, "span": "day"]))
    }

    @Test func aSessionIsAtItsTime() throws {
        let session = try Typing.command(
            SessionCommand.self, "session", "2026-10-30T10:00", "--topic", "interview skills", "--form", "star",
            "--minutes", "45")
        #expect(
            session.session(now: now).draft
                == EntryDraft(
                    .session,
                    [
                        "at": "2026-10-30T10:00+01:00", "topic": "interview skills", "form": "star", "minutes": 45,
                    ]))
    }

    @Test func numbersOfOptionsMayBeOfAnyScript() throws {
        let homework = try Typing.command(HomeworkCommand.self, "hw", "walk", "--times", "３")
        let session = try Typing.command(SessionCommand.self, "session", "today", "--minutes", "٤٥")
        #expect(try homework.homework(NoteText("walk"), now: now)?.target == 3)
        #expect(session.minutes == 45)
    }

    @Test func readingCommands() throws {
        let id = try IDPrefix(parsing: "n3f0")
        let clock = try Typing.command(ShowCommand.self, "show", "n3f0", "--clock")
        #expect(clock.id == id && clock.withClock)
        let show = try Typing.command(ShowCommand.self, "show", "N3F0")
        #expect(show.id == id && !show.withClock)
        #expect(try Typing.command(FindCommand.self, "find", "that", "call").words == "that call")
        #expect(try Typing.command(HistoryCommand.self, "history", "n3f0").id == id)
        #expect(try Typing.command(RemoveCommand.self, "rm", "n3f0").id == id)
        #expect(try Typing.command(RestoreCommand.self, "restore", "n3f0").id == id)
        #expect(try Typing.command(ForgetCommand.self, "forget", "n3f0").id == id)
        #expect(
            try Typing.command(ChangesCommand.self, "changes", "--since", "yesterday").since == CivilDate("2026-10-15"))
        #expect(try Typing.command(ChangesCommand.self, "changes").since == nil)
        #expect(try Typing.command(UndoCommand.self, "undo").edit == nil)
        #expect(
            try Typing.command(UndoCommand.self, "undo", "00000000000000ff:12").edit == Dot(ReplicaID(bits: 255), 12))
        _ = try Typing.command(ExportCommand.self, "export", "--jsonl")
        #expect(try Typing.command(SyncCommand.self, "sync", "--watch").watches)
        _ = try Typing.command(StatusCommand.self, "status")
        _ = try Typing.command(DoctorCommand.self, "doctor")
    }

    @Test func aListIsOfAKindAndOfDays() throws {
        let list = try Typing.command(
            ListCommand.self, "list", "hw", "--from", "2026-10-01", "--to=today", "--tag", "+Work", "--trash")
        #expect(list.kind == .homework)
        #expect(list.from == CivilDate("2026-10-01"))
        #expect(list.to == CivilDate("2026-10-16"))
        #expect(list.tag == "work")
        #expect(list.isTrash)
    }

    @Test func doneEditAndImport() throws {
        let done = try Typing.command(
            DoneCommand.self, "done", "h7q2", "--outcome", "shaky but did it", "--let-go")
        #expect(done.outcome == "shaky but did it")
        #expect(done.letsGo)
        for arguments in [
            ["edit", "n3f0", "--set", "body=a b", "tags+=c"], ["edit", "--set", "body=a b", "--set=tags+=c", "n3f0"],
        ] {
            let edit = try Typing.command(EditCommand.self, arguments)
            #expect(edit.assignments == (try FieldAssignments(["body=a b", "tags+=c"])))
            #expect(edit.id == (try IDPrefix(parsing: "n3f0")))
        }
        #expect(try Typing.command(EditCommand.self, "edit", "n3f0").assignments == nil)
        let request = try Typing.command(ImportCommand.self, "import", "jrnl", "--dry-run", "a=b.json")
        #expect(request.format == .jrnl)
        #expect(request.path == "a=b.json")
        #expect(request.isDryRun)
    }

    @Test(arguments: [
        ["note", "--secret"], ["note", "-s", "x"], ["note", "--tag"], ["note", "--tag", "--flag"],
        ["note", "--tag=a b"],
        ["note", "--flag=yes"], ["note", "--flag", "--flag"], ["note", "x", "--at", "3/4"],
        ["note", "x", "--about", "n3"],
        ["hw"], ["hw", "+tag"], ["hw", " "], ["hw", "two\nlines"], ["hw", "x", "--times", "0"],
        ["hw", "x", "--times", "+3"],
        ["hw", "x", "--times", "three"], ["hw", "x", "--due", "soon"], ["hw", "x", "--step", ""],
        ["hw", String(repeating: "secret", count: 40)], ["session"], ["session", "fri 10:00"], ["session", "next"],
        ["session", "today", "--at", "today"], ["session", "today", "--minutes", "1441"],
        ["session", "today", "--form", "secret"], ["session", "today", "--topic", ""], ["done"],
        ["done", "n3f0", "n3f1"],
        ["list", "secret"], ["list", "notes", "moods"], ["list", "--from", "2026-10-01T10:00"], ["show"], ["find"],
        ["find", " "], ["edit"], ["edit", "n3f0", "x"], ["edit", "n3f0", "--set", "body=secret", "secret"],
        ["edit", "n3f0", "--set", "secret"], ["rm"], ["history"], ["undo", "secret"], ["undo", "00000000000000ff:0"],
        ["changes", "secret"], ["import"], ["import", "jrnl"], ["import", "csv", "f"], ["import", "jsonl", ""],
        ["export"], ["export", "--jsonl", "secret"], ["status", "secret"], ["doctor", "secret"], ["sync", "secret"],
        ["connect", " "], ["disconnect", "secret"], ["device", "add", "secret"], ["join", " "],
        ["connect", "btw1", "--name", " "], ["device", "secret"], ["device", "--trust"], ["device", "--with-added"],
        ["device", "remove"],
        ["device", "remove", "se"], ["device", "remove", "secret", "secret"], ["recovery"],
        ["recovery", "new", "secret"], ["help", "secret"], ["help", "list", "secret"],
        ["manual", "secret"],
        ["completion"], ["completion", "secret"], ["completion", "bash", "secret"],
    ])
    func usageErrorsSayWhatIsSafeAndWhatIsNext(_ arguments: [String]) throws {
        let failure = try #require(try Typing.refusal(arguments))
        #expect(failure.exit == .usage)
        #expect(failure.next.hasPrefix("btw "))
        #expect(failure.message.contains("Nothing was") || failure.message.contains("is safe"))
        // An option's name is syntax; its value may be private.
        let shown = failure.text.split(separator: "--secret").joined()
        #expect(!shown.contains("secret"), "\(failure.text)")
    }

    @Test func aStringMayBeTypedWithSpaces() throws {
        let request = try Typing.command(
            ConnectCommand.self, "connect", "btw1", "abcde fghij", "--name", "phone"
        ).request
        #expect(request.string == "btw1 abcde fghij" && request.name == "phone" && !request.trusts)
        #expect(
            try Typing.command(JoinCommand.self, "join", "btw1", "abcde fghij", "--name", "phone").request == request)
        _ = try Typing.command(DisconnectCommand.self, "disconnect")
    }

    /// Other users can see a command's arguments in the list of processes.
    @Test(arguments: [["join"], ["join", "-"], ["connect", "--name", "phone"], ["connect", "-"]])
    func aStringThatIsNotTypedIsAskedFor(_ arguments: [String]) throws {
        let request =
            arguments[0] == "join"
            ? try Typing.command(JoinCommand.self, arguments).request
            : try Typing.command(ConnectCommand.self, arguments).request
        #expect(request.string == nil)
    }

    @Test(arguments: [
        (["recover"], []), (["recover", "-"], []), (["recover", "btw1-a", "-"], ["btw1-a"]),
        (["recover", "btw1-a b", "c"], ["btw1-a", "b", "c"]),
    ])
    func whatIsNotTypedOfAStringAndAKeyIsAskedFor(_ arguments: [String], _ words: [String]) throws {
        #expect(try Typing.command(RecoverCommand.self, arguments).words == words)
    }

    @Test func syncWithoutAServerIsNoError() throws {
        #expect(try !Typing.command(SyncCommand.self, "sync").watches)
        #expect(SyncCommand.keptHere == "Kept on this device only. To sync: btw connect")
    }
}
