import Foundation
import Testing

/// Editors that draw on the terminal and read its keyboard.
@Suite(.enabled(if: Machine.isLinux, "needs terminals as Linux has them")) struct EditorTests {
    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"), arguments: ["vim", "vi"])
    func viWritesANoteAndChangesIt(_ editor: String) throws {
        let fixture = try Fixture().using(editor)
        let note = try fixture.window("note")
        try note.waits(for: "note.md")
        note.type("iwritten here\u{1b}:wq\r")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(note.modes == note.modesBefore, "the terminal is as it was")
        let id = try fixture.onlyID()
        #expect(try fixture.makes("show", id).body == "written here")

        let edit = try fixture.window("edit", id)
        try edit.waits(for: "edit-\(id).md")
        edit.type("A, and more\u{1b}:wq\r")
        #expect(try edit.wait() == 0, "\(edit.text)")
        #expect(try fixture.makes("show", id).body == "written here, and more")

        let unchanged = try fixture.window("edit", id)
        try unchanged.waits(for: "edit-\(id).md")
        unchanged.type(":wq\r")
        #expect(try unchanged.wait() == 0 && unchanged.text.contains("Nothing written."), "\(unchanged.text)")
        #expect(try fixture.does("history", id).lines.count == 2)

        let left = try fixture.window("edit", id)
        try left.waits(for: "edit-\(id).md")
        left.type("A, and never mind\u{1b}:w\r:cq\r")
        #expect(try left.wait() == 4 && left.text.contains("What you wrote is in"), "\(left.text)")
        #expect(try fixture.makes("show", id).body == "written here, and more")
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func nanoWritesANoteAndChangesIt() throws {
        let fixture = try Fixture().using("nano")
        let note = try fixture.window("note")
        try note.waits(for: "^X")
        note.type("written here\u{3}")
        try note.waits(for: "col 13/13")  // Ctrl-C shows where the cursor is
        try fixture.saveInNano(note)
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(note.modes == note.modesBefore, "the terminal is as it was")
        let id = try fixture.onlyID()
        let edit = try fixture.window("edit", id)
        try edit.waits(for: "written here")
        edit.type("more was ")
        try fixture.saveInNano(edit)
        #expect(try edit.wait() == 0, "\(edit.text)")
        #expect(try fixture.makes("show", id).body == "more was written here")
        #expect(try fixture.drafts() == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whatAnEditorKeepsBesideTheFileGoesWithIt() throws {
        let fixture = try Fixture().using("vim --cmd 'set backup undofile'")
        let note = try fixture.window("note")
        try note.waits(for: "note.md")
        note.type("icanary one\u{1b}:w\rocanary two\u{1b}:w\r:let a = glob('~/home/drafts/*/*~')\r:echo a\r")
        try note.waits(for: "note.md~")
        note.type("\r:q\r")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(try fixture.drafts() == [])
        let id = try fixture.onlyID()
        let forgotten = try fixture.does("forget", id, "--yes")
        #expect(forgotten.out == "Forgotten. No file of this journal holds it any more.\n")
        #expect(try fixture.homeFiles(holding: "canary") == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func ctrlZStopsBothAndTheShellContinuesThem() throws {
        let fixture = try Fixture().using("vim")
        let shell = try Terminal("/bin/bash", ["--norc", "-i"], environment: fixture.environment)
        shell.type("\"$BTW\" note\r")
        try shell.waits(for: "note.md")
        shell.type("ifirst\rlast")
        try shell.waits(for: "st")
        shell.type("\u{1b}\u{1a}")
        try shell.waits(for: "Stopped")
        shell.type("fg\r")
        try shell.waits(for: "last")
        shell.type(":wq\r")
        try shell.waits(for: " · first")
        shell.type("exit\r")
        #expect(try shell.wait() == 0)
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["first\nlast"])
    }

    @Test(arguments: ["", "V=1 "])
    func anInterruptionThatTheEditorHeedsIsNoEnd(_ before: String) throws {
        let fixture = try Fixture()
        let sign = fixture.folder.path + "/sign"
        let editor = try fixture.using(
            script:
                "trap 'echo caught' INT; echo waiting; until [ -e \(sign) ]; do sleep 0.05; done; echo words >\"$1\"")
        let name = try #require(editor.environment["EDITOR"])
        let note = try fixture.using(before + name).window("note")
        try note.waits(for: "waiting")
        note.type("\u{3}")
        try note.waits(for: "caught")
        _ = try fixture.file("sign", "")
        // A shell in between reports the interrupt, and the text is kept.
        let exit = try note.wait()
        #expect(exit == (before == "" ? 0 : 4), "\(note.text)")
        let kept = try exit == 0 ? fixture.btw("list", "--json").entries().compactMap(\.body) : fixture.texts(of: note)
        #expect(kept.map { $0.prefix(5) } == ["words"], "\(note.text)")
    }

    @Test func anInterruptionThatEndsTheEditorDoesNotEndTheCommand() throws {
        let fixture = try Fixture().using(script: "echo a thought >\"$1\"; echo waiting; exec sleep 100")
        let note = try fixture.window("note")
        try note.waits(for: "waiting")
        note.type("\u{3}")
        #expect(try note.wait() == 4, "\(note.text)")
        #expect(note.text.contains("ended by signal 2"), "\(note.text)")
        #expect(try fixture.texts(of: note) == ["a thought\n"])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whenTheWindowIsClosedVimsWordsAreTold() throws {
        let fixture = try Fixture().using("vim")
        let note = try fixture.window("note")
        try note.waits(for: "note.md")
        note.type("ihalf an hour of it")
        try note.waits(for: "it")
        note.hangUp()
        _ = try note.wait()
        #expect(try Waiting.until { try fixture.btw().out.contains("vim -r") })
        let draft = try #require(fixture.drafts().first)
        let recovered = try fixture.with(["EDITOR": "true"]).shell(
            "vim -u NONE -es -r '\(draft)' -c wq </dev/null; cat '\(draft)'")
        #expect(recovered.out.contains("half an hour of it"), "\(recovered.out)\(recovered.err)")
        #expect(try fixture.shell("\"$BTW\" note - <'\(draft)'").exit == 0)
        #expect(try fixture.makes("show", fixture.onlyID()).body == "half an hour of it")
        #expect(try fixture.drafts() == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whenTheWindowIsClosedNanosWordsAreTold() throws {
        let fixture = try Fixture().using("nano")
        let note = try fixture.window("note")
        try note.waits(for: "^X")
        note.type("half an hour of it")
        try note.waits(for: "it")
        note.hangUp()
        _ = try note.wait()
        #expect(try Waiting.until { try fixture.btw("status").out.contains("note.md.save") })
        let told = try #require(try fixture.btw("status").lines.first { $0.contains("to save it: btw ") })
        let command = told.replacing("  to save it: btw ", with: "\"$BTW\" ")
        #expect(try fixture.shell(command).exit == 0, "\(command)")
        #expect(try fixture.makes("show", fixture.onlyID()).body == "half an hour of it")
        #expect(try fixture.drafts() == [])
        #expect(try fixture.btw("status").out.contains("Not saved") == false)
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whatIsSavedUnderAnotherNameInAnEditorIsTold() throws {
        let fixture = try Fixture()
        let vim = try fixture.using("vim").window("note")
        try vim.waits(for: "note.md")
        vim.type("iwords of vim\u{1b}:saveas %.txt\r:q\r")
        #expect(try vim.wait() == 0 && vim.text.contains("/note.md.txt."), "\(vim.text)")
        let nano = try fixture.using("nano").window("note")
        try nano.waits(for: "^X")
        nano.type("words of nano\u{f}")
        try nano.waits(for: "File Name to Write")
        nano.type("2\r")
        try nano.waits(for: "Save file under DIFFERENT NAME")
        nano.type("y")
        try nano.waits(for: "Wrote 1 line")
        nano.type("\u{18}")
        #expect(try nano.wait() == 0 && nano.text.contains("/note.md2."), "\(nano.text)")
        for window in [vim, nano] {
            let next = try #require(window.told("  to save it: "), "\(window.text)")
            #expect(try fixture.follow(next).exit == 0, "\(next)")
        }
        #expect(
            Set(try fixture.btw("list", "--json").entries().compactMap(\.body)) == ["words of vim", "words of nano"])
    }

    @Test func anEditorThatLeavesSomethingRunningHasEnded() throws {
        let fixture = try Fixture()
        let sign = fixture.folder.path + "/sign"
        let script =
            "echo words >\"$1\"; setsid sh -c 'until [ -e \(sign) ]; do sleep 0.1; done' </dev/null >/dev/null 2>&1 &"
        let note = try fixture.using(script: script).window("note")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(try fixture.makes("show", fixture.onlyID()).body == "words")
        _ = try fixture.file("sign", "")
    }

    @Test func theEditorIsACommandLikeAnyOther() throws {
        let fixture = try Fixture()
        let script = """
            grep -E '^Sig(Blk|Ign)' /proc/self/status
            for file in /proc/$$/fd/*; do readlink "$file"; done
            echo end
            """
        let note = try fixture.using(script: script).window("note")
        try note.waits(for: "end")
        #expect(try note.wait() == 0)
        #expect(note.text.contains("SigBlk:\t0000000000000000"), "\(note.text)")
        let ignored = note.text.firstMatch(of: /SigIgn:\t([0-9a-f]{16})/).flatMap { UInt64($0.output.1, radix: 16) }
        // Signals from 32 on are the C library's own.
        #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0, "\(note.text)")
        #expect(!note.text.contains("/home"), "\(note.text)")
        // Its drawing is not part of the data when the data is piped.
        let piped = try fixture.using(script: "echo drawn; echo words >\"$1\"").with([
            "OUT": fixture.folder.path + "/out"
        ])
        let shell = try Terminal("/bin/sh", ["-c", "\"$BTW\" note --json >\"$OUT\""], environment: piped.environment)
        #expect(try shell.wait() == 0 && shell.text.contains("drawn"), "\(shell.text)")
        let out = FileManager.default.contents(atPath: fixture.folder.path + "/out") ?? Data()
        #expect(try Printed(String(decoding: out, as: UTF8.self).dropLast()).body == "words")
    }

    @Test func anEditorThatCannotBeRunIsTold() throws {
        let fixture = try Fixture().using("/nonexistent/editor")
        let note = try fixture.window("note")
        #expect(
            try note.wait() == 4 && note.text.contains("The editor that EDITOR names was not found."), "\(note.text)")
        let other = try fixture.with(["VISUAL": fixture.folder.path]).window("note")
        #expect(try other.wait() == 4 && other.text.contains("VISUAL names is no program"), "\(other.text)")
        let killed = try fixture.using(script: "stty raw -echo; kill -9 $$").window("note")
        #expect(try killed.wait() == 4 && killed.text.contains("ended by signal 9"), "\(killed.text)")
        #expect(killed.modes == killed.modesBefore, "the terminal is as it was")
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
    }
}

extension Fixture {
    fileprivate func saveInNano(_ window: Terminal) throws {
        window.type("\u{18}")
        try window.waits(for: "Save modified buffer")
        window.type("y")
        try window.waits(for: "File Name to Write")
        window.type("\r")
    }
}
