import BtwCommands
import CanonicalJSON
import Causality
import Records
import Testing

/// The commands, their options, and what they make of them.
@Suite struct CommandTests {
    let now: Moment
    let localTime: LocalTime
    let other = EntryID(high: 1, low: 2)

    init() throws {
        now = try #require(Moment(Typing.now))
        localTime = try Typing.localTime()
    }

    @Test func aNoteHasItsTextAndTheSharedOptions() throws {
        guard
            case .note(let note) = try Typing.command(
                "note", "ugh,", "--tag", "Work", "that", "--tag=+b", "call", "--flag", "--about", "h7q2",
                "--at=yesterday"),
            case .typed(let text) = note.text
        else {
            Issue.record("no note")
            return
        }
        #expect(note.options.about?.letter == "h")
        #expect(
            note.fields(text, now: now, about: other) == [
                "kind": "note", "at": "2026-10-15", "body": "ugh, that call", "tags/work": true, "tags/b": true,
                "flag": true, "about": "0000000000000g000000000002",
            ])
        #expect(note.fields(try NoteText("\n"), now: now) == nil)
    }

    @Test func textComesFromWordsOrStandardInputOrTheEditor() throws {
        func source(_ arguments: String...) throws -> TextSource? {
            guard case .note(let note) = try Command(Typing.invocation(["note"] + arguments), in: localTime) else {
                return nil
            }
            return note.text
        }
        #expect(try source() == .asked)
        #expect(try source("-") == .stdin)
        #expect(try source("--", "-5", "degrees") == .typed(NoteText("-5 degrees")))
        #expect(try source("- milk and eggs") == .typed(NoteText("- milk and eggs")))
        #expect(try source("") == .typed(NoteText("")))
        #expect(try source("a=b", "c") == .typed(NoteText("a=b c")))
    }

    @Test func aBareNoteIsANote() throws {
        guard case .note(let note) = try Typing.command("ugh, that call +work") else {
            Issue.record("no note")
            return
        }
        #expect(note.text == .typed(try NoteText("ugh, that call +work")))
    }

    @Test func homeworkHasItsStepsBesideIt() throws {
        guard
            case .homework(let homework) = try Typing.command(
                "hw", "research companies", "--times", "3", "--step", "Acme", "--step=Globex", "--due", "next", "+Jobs"),
            case .typed(let title) = homework.title
        else {
            Issue.record("no homework")
            return
        }
        #expect(
            try homework.fields(title, now: now) == [
                "kind": "homework", "at": .text(Text(Typing.now)), "title": "research companies", "due": "next",
                "target": 3, "tags/jobs": true,
            ])
        #expect(
            homework.stepFields(of: other, now: now).map { $0["title"] } == ["Acme", "Globex"])
        #expect(homework.stepFields(of: other, now: now).first?["about"] == "0000000000000g000000000002")
    }

    @Test func aMoodHasWordsAndOptions() throws {
        guard case .mood(let mood) = try Typing.command("mood", "2", "--day", "tense", "--at", "2026-10-01") else {
            Issue.record("no mood")
            return
        }
        #expect(
            mood.fields(now: now) == [
                "kind": "mood", "at": "2026-10-01", "valence": -50, "feelings/tense": true, "span": "day",
            ])
    }

    @Test func aSessionIsAtItsTime() throws {
        guard
            case .session(let session) = try Typing.command(
                "session", "2026-10-30T10:00", "--topic", "interview skills", "--form", "star", "--minutes", "45")
        else {
            Issue.record("no session")
            return
        }
        #expect(
            session.fields(now: now) == [
                "kind": "session", "at": "2026-10-30T10:00+01:00", "topic": "interview skills", "form": "star",
                "minutes": 45,
            ])
    }

    @Test func numbersOfOptionsMayBeOfAnyScript() throws {
        guard
            case .homework(let homework) = try Typing.command("hw", "walk", "--times", "３"),
            case .session(let session) = try Typing.command("session", "today", "--minutes", "٤٥")
        else {
            Issue.record("no homework, or no session")
            return
        }
        #expect(try homework.fields(NoteText("walk"), now: now)?["target"] == 3)
        #expect(session.minutes == 45)
    }

    @Test func readingCommands() throws {
        let id = try IDPrefix(parsing: "n3f0")
        #expect(try Typing.command("show", "n3f0", "--clock") == .show(id, withClock: true))
        #expect(try Typing.command("show", "N3F0") == .show(id, withClock: false))
        #expect(try Typing.command("find", "that", "call") == .find("that call"))
        #expect(try Typing.command("history", "n3f0") == .history(id))
        #expect(try Typing.command("rm", "n3f0") == .remove(id))
        #expect(try Typing.command("restore", "n3f0") == .restore(id))
        #expect(try Typing.command("forget", "n3f0") == .forget(id))
        #expect(try Typing.command("changes", "--since", "yesterday") == .changes(since: CivilDate("2026-10-15")))
        #expect(try Typing.command("changes") == .changes(since: nil))
        #expect(try Typing.command("undo") == .undo(nil))
        #expect(try Typing.command("undo", "00000000000000ff:12") == .undo(Dot(ReplicaID(bits: 255), 12)))
        #expect(try Typing.command("export", "--jsonl") == .export)
        #expect(try Typing.command("sync", "--watch") == .sync(watches: true))
        #expect(try [Typing.command("status"), Typing.command("doctor")] == [.status, .doctor])
    }

    @Test func aListIsOfAKindAndOfDays() throws {
        guard
            case .list(let list) = try Typing.command(
                "list", "hw", "--from", "2026-10-01", "--to=today", "--tag", "+Work", "--trash")
        else {
            Issue.record("no list")
            return
        }
        #expect(list.kind == .homework)
        #expect(list.from == CivilDate("2026-10-01"))
        #expect(list.to == CivilDate("2026-10-16"))
        #expect(list.tag == "work")
        #expect(list.isTrash)
    }

    @Test func doneEditAndImport() throws {
        guard case .done(let done) = try Typing.command("done", "h7q2", "--outcome", "shaky but did it", "--let-go")
        else {
            Issue.record("not done")
            return
        }
        #expect(done.outcome == "shaky but did it")
        #expect(done.letsGo)
        for arguments in [
            ["edit", "n3f0", "--set", "body=a b", "tags+=c"], ["edit", "--set", "body=a b", "--set=tags+=c", "n3f0"],
        ] {
            guard case .edit(let edit) = try Command(Typing.invocation(arguments), in: localTime) else {
                Issue.record("no edit")
                return
            }
            #expect(edit.assignments == (try FieldAssignments(["body=a b", "tags+=c"])))
            #expect(edit.id == (try IDPrefix(parsing: "n3f0")))
        }
        guard case .edit(let edit) = try Typing.command("edit", "n3f0") else {
            Issue.record("no edit")
            return
        }
        #expect(edit.assignments == nil)
        guard case .importing(let request) = try Typing.command("import", "jrnl", "--dry-run", "a=b.json") else {
            Issue.record("no import")
            return
        }
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
        ["connect", "btw1", "--name", " "], ["device", "secret"], ["device", "--trust"], ["device", "remove"],
        ["device", "remove", "se"], ["device", "remove", "secret", "secret"], ["recovery"],
        ["recovery", "new", "secret"],
    ])
    func usageErrorsSayWhatIsSafeAndWhatIsNext(_ arguments: [String]) throws {
        let failure = try #require(try Typing.refusal(arguments))
        #expect(failure.exit == .usage)
        #expect(failure.next.hasPrefix("btw "))
        #expect(failure.message.contains("Nothing was") || failure.message.contains("is safe"))
        // A name of an option is syntax; what somebody wrote is not.
        let shown = failure.text.split(separator: "--secret").joined()
        #expect(!shown.contains("secret"), "\(failure.text)")
    }

    @Test func aStringMayBeTypedWithSpaces() throws {
        guard case .join(let request) = try Typing.command("connect", "btw1", "abcde fghij", "--name", "phone") else {
            Issue.record("no request")
            return
        }
        #expect(request.string == "btw1 abcde fghij" && request.name == "phone" && !request.trusts)
        #expect(try Typing.command("join", "btw1", "abcde fghij", "--name", "phone") == .join(request))
        #expect(try Typing.command("disconnect") == .disconnect)
    }

    /// Whoever looks at the machine's processes sees what a command was called with.
    @Test(arguments: [["join"], ["join", "-"], ["connect", "--name", "phone"], ["connect", "-"]])
    func aStringThatIsNotTypedIsAskedFor(_ arguments: [String]) throws {
        guard case .join(let request) = try Typing.command(arguments) else {
            Issue.record("no request")
            return
        }
        #expect(request.string == nil)
    }

    @Test(arguments: [
        (["recover"], []), (["recover", "-"], []), (["recover", "btw1-a", "-"], ["btw1-a"]),
        (["recover", "btw1-a b", "c"], ["btw1-a", "b", "c"]),
    ])
    func whatIsNotTypedOfAStringAndAKeyIsAskedFor(_ arguments: [String], _ words: [String]) throws {
        guard case .recover(let request) = try Typing.command(arguments) else {
            Issue.record("no request")
            return
        }
        #expect(request.words == words)
    }

    @Test func syncWithoutAServerIsNoError() throws {
        #expect(try Typing.command("sync") == .sync(watches: false))
        #expect(Command.keptHere == "Kept on this device only. To sync: btw connect")
    }
}
