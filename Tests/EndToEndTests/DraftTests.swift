import CanonicalJSON
import Foundation
import Testing

/// Text between an editor or terminal and the journal.
@Suite(.enabled(if: Machine.isLinux, "needs terminals as Linux has them")) struct DraftTests {
    @Test(arguments: [
        ("not UTF-8", "printf 'canary caf\\351'"), ("holds a NUL", "printf 'canary\\0rest'"),
        ("are the most", "printf 'canary '; head -c 190000 /dev/zero | tr '\\0' a"),
    ])
    func textThatCannotBeTakenIsKept(_ problem: String, _ script: String) throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "as it was").id
        for arguments in [["note"], ["edit", id]] {
            let window = try Terminal(
                fixture.binary, arguments, environment: fixture.using(script: "{ \(script); } >\"$1\"").environment)
            #expect(try window.wait() == 2, "\(window.text)")
            #expect(window.text.contains(problem), "\(window.text)")
            #expect(try fixture.texts(of: window).first?.hasPrefix("canary") == true, "\(window.text)")
        }
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["as it was"])
        let folders = try fixture.drafts().map { ($0 as NSString).deletingLastPathComponent }
        for (path, mode) in folders.map({ ($0, 0o700) }) + (try fixture.drafts().map { ($0, 0o600) }) {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
        }
    }

    @Test func whatIsSavedFromADraftGoes() throws {
        let fixture = try Fixture()
        let window = try fixture.using(script: "printf 'canary caf\\351' >\"$1\"").window("note", "--tag", "t")
        #expect(try window.wait() == 2)
        let draft = try #require(fixture.drafts().first)
        #expect(window.text.contains("leaves out what you gave besides: --tag.\n"), "\(window.text)")
        let next = try #require(window.next)
        #expect(next.hasPrefix("iconv -f LATIN1 -t UTF-8 \(draft) >"), "\(window.text)")
        #expect(try fixture.btw().out.contains("to save it: \(next)\n"))
        #expect(try fixture.does("note", "another", "-q").complaint == "")
        #expect(try fixture.btw("note", "another").err.contains(draft))
        let refused = try fixture.shell("\"$BTW\" note - <'\(draft)'")
        #expect(refused.exit == 2 && refused.err.contains(draft) == false)
        #expect(try fixture.drafts() == [draft])
        let saved = try fixture.follow(next)
        #expect(saved.exit == 0 && saved.err == "", "\(next): \(saved.err)")
        #expect(try fixture.does("find", "canary", "--json").entries().map(\.body) == ["canary café"])
        #expect(try fixture.drafts() == [])
    }

    @Test func wordsOutliveAnEntryThatIsGoneByThen() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "as it was").id
        let window = try fixture.using(script: "\"$BTW\" forget \(id) --yes; echo canary >\"$1\"").window("edit", id)
        #expect(try window.wait() == 1, "\(window.text)")
        // A draft that is being edited is not reported.
        #expect(window.text.contains("may still hold it"), "\(window.text)")
        #expect(try fixture.texts(of: window) == ["canary\n"])
        #expect(window.next?.hasPrefix("btw note - < ") == true, "\(window.text)")
        #expect(try fixture.btw().out.contains("to save it: btw note - <"))
    }

    @Test func whatANoteIsAboutIsLookedForBeforeItIsWritten() throws {
        let fixture = try Fixture()
        let window = try fixture.using(script: "echo opened").window("note", "--about", "n3333")
        #expect(try window.wait() == 1 && !window.text.contains("opened"), "\(window.text)")
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
    }

    @Test func aFileRemovedInTheEditorIsNothingWritten() throws {
        let fixture = try Fixture().using(script: "rm \"$1\"")
        let note = try fixture.window("note")
        #expect(try note.wait() == 0 && note.text.contains("Nothing written."), "\(note.text)")
        #expect(!FileManager.default.fileExists(atPath: fixture.home), "a home that was made for it goes")
        let id = try fixture.makes("note", "as it was").id
        let edit = try fixture.window("edit", id)
        #expect(try edit.wait() == 0 && edit.text.contains("Nothing written."), "\(edit.text)")
        #expect(try fixture.makes("show", id).body == "as it was")
        #expect(try fixture.drafts() == [])
        // A file that was saved there under another name is not removed with it.
        let renamed = try fixture.using(script: "echo canary >\"$1\"; mv \"$1\" \"${1%/*}/other.txt\"").window("note")
        #expect(try renamed.wait() == 0 && renamed.text.contains("other.txt"), "\(renamed.text)")
        #expect(try fixture.btw("doctor").out.contains("other.txt"))
    }

    @Test(arguments: ["\"$12\"", "\"$1.txt\"", "\"${1%/*}/foot${1##*/}\"", "\"${1%/*}/other\""])
    func whatIsSavedUnderAnotherNameIsKept(_ name: String) throws {
        // `$1` and a 2, in the form that a shell reads so.
        let name = name.replacing("$12", with: "${1}2")
        let fixture = try Fixture().using(script: "echo canary >\(name); cp \"$1\" \"$1~\"")
        let note = try fixture.window("note")
        #expect(try note.wait() == 0, "\(note.text)")
        let told = try #require(note.told("What else was saved there is in "), "\(note.text)")
        let next = try #require(note.told("  to save it: "), "\(note.text)")
        #expect(try fixture.does("status").out.contains("Not saved: \(told.dropLast())\n"))
        #expect(try fixture.follow(next).exit == 0, "\(next)")
        let id = try fixture.onlyID()
        #expect(try fixture.makes("show", id).body == "canary")
        #expect(try !fixture.does().out.contains("Not saved"))

        // The same beside the text of an entry, which is reported afterwards.
        let edit = try fixture.window("edit", id)
        #expect(try edit.wait() == 0, "\(edit.text)")
        let way = try #require(edit.told("  to save it: "), "\(edit.text)")
        #expect(way.hasPrefix("btw edit \(id) --set body=- < "), "\(way)")
        #expect(try fixture.does().out.contains("to save it: \(way)\n"))
        #expect(
            try fixture.does("forget", fixture.makes("note", "other").id, "--yes").out.contains("may still hold it"))
        #expect(try fixture.does("status").out.contains("Not saved"))
        // If the text of the entry is saved, other files are not part of it.
        let changed = try fixture.using(script: "echo changed >\"$1\"; echo canary >\(name)").window("edit", id)
        #expect(try changed.wait() == 0, "\(changed.text)")
        #expect(changed.told("  to save it: ")?.hasPrefix("btw note - < ") == true, "\(changed.text)")
        #expect(try fixture.makes("show", id).body == "changed")
        #expect(try fixture.does("status").out.components(separatedBy: "Not saved").count == 3)
        #expect(try fixture.does("forget", id, "--yes").out.components(separatedBy: "/drafts/").count == 2)
        #expect(try fixture.homeFiles(holding: "canary").count == 1)
    }

    @Test func whatElseIsThereStaysWhenADraftIsSaved() throws {
        let fixture = try Fixture()
        let script = """
            echo canary two >"${1%/*}/footnote.md"; echo canary three >"$1.save"; echo canary >"$1"
            echo canary >"$1~"; echo canary >"#$1#"; sleep 0.05; echo canary four >"${1%/*}/.note.md.swp"
            kill -9 $PPID
            """
        let killed = try fixture.using(script: script).window("note")
        #expect(try killed.wait() == -9)
        let draft = try #require(fixture.drafts().first { $0.hasSuffix("/note.md") })
        let saved = try fixture.shell("\"$BTW\" note - <'\(draft)'")
        #expect(saved.exit == 0 && saved.err.contains("What else was saved there is in"), "\(saved.err)")
        #expect(try fixture.drafts().map { ($0 as NSString).lastPathComponent } == ["footnote.md"])
        // A swap file newer than the text may contain more than the text.
        let folder = (draft as NSString).deletingLastPathComponent
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [".note.md.swp", "footnote.md"])
    }

    @Test(arguments: [["note", "--tag", "t", "-"], ["mood", "3", "calm", "-"], ["hw", "--times", "2", "-"]])
    func theNextLineSavesTheWordsWhereTheyBelong(_ arguments: [String]) throws {
        let fixture = try Fixture().with(["BTW_HOME": nil])
        let home = fixture.folder.path + "/a home's"
        let window = try Terminal(fixture.binary, ["--home", home] + arguments, environment: fixture.environment)
        window.type(Array("caf".utf8) + [0xE9] + Array(" canary\n\u{4}".utf8))
        #expect(try window.wait() == 2, "\(window.text)")
        let next = try #require(window.next)
        #expect(window.text.contains("leaves out what you gave besides: "), "\(window.text)")
        #expect(try fixture.btw("--home", home).out.contains("to save it: iconv"))
        let saved = try fixture.follow(next)
        #expect(saved.exit == 0 && !next.contains("…"), "\(next): \(saved.err)")
        let found = try fixture.btw("--home", home, "find", "canary", "--json")
        #expect(found.lines.count == 1 && found.out.contains("café canary"), "\(found.out)")
        #expect(try !fixture.btw("--home", home).out.contains("Not saved"))
    }

    @Test func whatIsTypedForAnEntryIsKnownToBeItsText() throws {
        let fixture = try Fixture()
        let (note, homework) = try (fixture.makes("note", "as it was").id, fixture.makes("hw", "something").id)
        for (id, field) in [(note, "body"), (homework, "outcome")] {
            let window = try fixture.window("edit", id, "--set", "\(field)=-", "flag=yes")
            window.type(Array("canary ".utf8) + [0xE9] + Array("\n\u{4}".utf8))
            #expect(try window.wait() == 2 && window.text.contains("besides: the other fields."), "\(window.text)")
            let next = try #require(window.next)
            #expect(try fixture.does().out.contains("to save it: \(next)\n"), "\(next)")
            #expect(try fixture.follow(next).exit == 0, "\(next)")
            #expect(try fixture.makes("show", id)[field] == "canary é")
        }
        #expect(try fixture.drafts() == [])
    }

    @Test func whatIsNotSavedIsToldWhereTheJournalDoesNotOpen() throws {
        let fixture = try Fixture()
        let killed = try fixture.using(script: "echo canary >\"$1\"; kill -9 $PPID").window("note")
        #expect(try killed.wait() == -9)
        let draft = try #require(fixture.drafts().first)
        // There is no journal at all.
        let status = try fixture.does("status", "--json")
        #expect(try JSONValue(parsing: status.out.utf8)["drafts"] == .array([.text(Text(draft))]))
        _ = try fixture.file("home/journal.db", "no database")
        for command in [[], ["status"], ["doctor"]] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            #expect(ran.exit == 4 && ran.err.hasPrefix("Not saved: \(draft)\n"), "\(command): \(ran.err)")
        }
    }

    @Test(arguments: ["a", "a\n", "a\n\n\n", "a\r\nb", "a\r\nb\r\n", "a\r\nb\n", "a\rb\r", "a\n\r\n"])
    func whatIsNotChangedStays(_ body: String) async throws {
        let fixture = try Fixture()
        let id = try #require(try await fixture.writeNotes([body]).first)
        let unchanged = try fixture.using("true").window("edit", id)
        #expect(try unchanged.wait() == 0 && unchanged.text.contains("Nothing written."), "\(unchanged.text)")
        #expect(try fixture.does("history", id).lines.count == 1)
        guard body.first == "a" else { return }
        let changed = try fixture.using("sed -i 1s/^a/A/").window("edit", id)
        #expect(try changed.wait() == 0, "\(changed.text)")
        let after = try #require(fixture.makes("show", id).body)
        #expect(Array(after.utf8) == Array("A\(body.dropFirst())".utf8))
    }

    @Test func whatAPowerLossLeftIsToldAndWhatIsOpenIsNot() throws {
        let fixture = try Fixture()
        try fixture.does("note", "first")
        // Killed as by a power loss: the command first, then its editor.
        let killed = try fixture.using(script: "echo canary >\"$1\"; kill -9 $PPID").window("note")
        #expect(try killed.wait() == -9)
        let draft = try #require(fixture.drafts().first)
        for command in [[], ["status"], ["doctor"]] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            #expect(ran.exit == 0 && ran.out.contains("Not saved: \(draft)\n"), "\(command): \(ran.out)")
            #expect(ran.out.contains("to save it: btw note - < \(draft)\n"))
        }
        #expect(try fixture.makes("status").json["drafts"] == .array([.text(Text(draft))]))
        let id = try fixture.makes("note", "second").id
        #expect(try fixture.btw("edit", id, "--set", "flag=yes").err.contains(draft))
        #expect(try fixture.does("list").err == "")

        // A draft that is being edited is not left over, nor is an empty one.
        let script = "echo canary >\"$1\"; \"$BTW\" status; \"$BTW\" forget \(id) --yes; true >\"$1\""
        let open = try fixture.using(script: script).window("note")
        #expect(try open.wait() == 0)
        #expect(open.text.components(separatedBy: "Not saved").count == 3, "told before and in between: \(open.text)")
        #expect(open.text.components(separatedBy: "editing-").count > 3)
        let empty = try fixture.using(script: "kill -9 $PPID").window("note")
        #expect(try empty.wait() == -9)
        #expect(try fixture.btw().out.components(separatedBy: "Not saved").count == 2)
    }

    @Test(.enabled(if: KillShim.path != nil, "needs a C compiler"))
    func wordsAreInTheJournalOrInADraftWhereverTheCommandWasCut() throws {
        for call in 1...KillTests.callsMax {
            let fixture = try Fixture()
            let written = fixture.folder.path + "/written"
            // The editor itself is not killed.
            let editor = try #require(
                try fixture.using(script: "echo canary >\"$1\"; : >\(written)").environment["EDITOR"])
            let window = try fixture.using("env -u LD_PRELOAD \(editor)").with(KillShim.variables(at: call)).window(
                "note")
            guard try window.wait() == -SIGKILL else {
                #expect(window.text.contains("canary"), "call \(call): \(window.text)")
                #expect(call > 20 && FileManager.default.fileExists(atPath: written), "call \(call)")
                return
            }
            guard FileManager.default.fileExists(atPath: written) else { continue }
            let isSaved = try fixture.btw("list", "--json").out.contains("canary")
            let isTold = try fixture.btw("status").out.contains("to save it")
            #expect(isSaved || isTold, "call \(call)")
        }
    }

    @Test func filesOfAnEarlierVersionAreKnown() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "canary").id
        let name = "editing-4A1F8C02-9C1B-4B7B-9E0A-3F6C7D8E9F10.md"
        let gone = "editing-5B1F8C02-9C1B-4B7B-9E0A-3F6C7D8E9F10.md"
        let draft = fixture.home + "/" + name
        for file in [name, name + "~", ".\(gone).un~", gone + "~"] {
            _ = try fixture.file("home/" + file, "half a canary\n")
        }
        #expect(try fixture.does().out.contains("Not saved: \(draft)\n"))
        let forgotten = try fixture.does("forget", id, "--yes")
        #expect(forgotten.out.contains("may still hold it:\n  \(draft)\n"), "\(forgotten.out)")
        #expect(try fixture.homeFiles(holding: "canary") == [name, name + "~"])
        #expect(try fixture.shell("\"$BTW\" note - <'\(draft)'").exit == 0)
        #expect(try fixture.does().out.contains("Not saved") == false)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: fixture.home).allSatisfy { !$0.contains("editing") })
    }

    @Test func forgettingTakesWhatAnEditorLeftOfTheEntry() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "canary").id
        let killed = try fixture.using(script: "echo canary two >\"$1\"; cp \"$1\" \"$1~\"; kill -9 $PPID").window(
            "edit", id)
        #expect(try killed.wait() == -9)
        #expect(try fixture.does().out.contains("to save it: btw edit \(id) --set body=- < "))
        let asked = try fixture.window("forget", id)
        try asked.waits(for: "1 text of it from your editor goes too.")
        asked.type("y\r")
        #expect(try asked.wait() == 0 && asked.text.contains("No file of this journal holds it"), "\(asked.text)")
        #expect(try fixture.homeFiles(holding: "canary") == [])
    }

    @Test(arguments: [["note", "-"], ["mood", "3", "-"], ["hw", "-"]])
    func whatIsTypedOnATerminalIsKept(_ arguments: [String]) throws {
        let fixture = try Fixture()
        let window = try Terminal(fixture.binary, arguments, environment: fixture.environment)
        // A line that is not UTF-8, as after a backspace that deletes half a letter.
        window.type(Array("a long thought\nthat is gro".utf8) + [0xC3] + Array("s\n\u{4}".utf8))
        #expect(try window.wait() == 2, "\(window.text)")
        #expect(try fixture.texts(of: window).first?.hasPrefix("a long thought\nthat is gro") == true, "\(window.text)")
    }
}

extension Fixture {
    /// The files in the folder of drafts; empty without a folder.
    func drafts() throws -> [String] {
        let folder = home + "/drafts"
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".md") && !$0.hasSuffix(".swp") }.sorted().map { folder + "/" + $0 }
    }

    /// The contents of the files that a window named as those with the text.
    func texts(of window: Terminal) throws -> [String] {
        window.text.matches(of: /What you wrote is in (\/.*\.md)\./).map { match in
            let bytes = FileManager.default.contents(atPath: String(match.output.1)) ?? Data()
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Runs the command line that was given as next.
    func follow(_ line: String) throws -> Ran { try shell("btw() { \"$BTW\" \"$@\"; }\n\(line)") }

    /// The id of the only entry.
    func onlyID(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let entries = try btw("list", "--json").entries()
        try #require(entries.count == 1, sourceLocation: sourceLocation)
        return entries[0].id
    }
}

extension Terminal {
    /// The command line after `Next: `.
    var next: String? { told("Next: ") }

    /// The rest of the last line with this prefix.
    func told(_ beginning: String) -> String? {
        text.split(separator: "\n").last { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
    }
}
