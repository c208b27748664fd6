import Foundation
import Testing

/// Editors that draw on the terminal and read its keyboard.
@Suite(.enabled(if: Machine.isLinux, "needs terminals as Linux has them")) struct EditorTests {
    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"), arguments: ["vim", "vi"])
    func viWritesANoteAndChangesIt(_ editor: String) throws {
        let desk = try Desk().using(editor)
        let note = try desk.window("note")
        try note.waits(for: "note.md")
        note.type("iwritten here\u{1b}:wq\r")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(note.modes == note.modesBefore, "the terminal is as it was")
        let id = try desk.onlyID()
        #expect(try desk.makes("show", id).body == "written here")

        let edit = try desk.window("edit", id)
        try edit.waits(for: "edit-\(id).md")
        edit.type("A, and more\u{1b}:wq\r")
        #expect(try edit.wait() == 0, "\(edit.text)")
        #expect(try desk.makes("show", id).body == "written here, and more")

        let unchanged = try desk.window("edit", id)
        try unchanged.waits(for: "edit-\(id).md")
        unchanged.type(":wq\r")
        #expect(try unchanged.wait() == 0 && unchanged.text.contains("Nothing written."), "\(unchanged.text)")
        #expect(try desk.does("history", id).lines.count == 2)

        let left = try desk.window("edit", id)
        try left.waits(for: "edit-\(id).md")
        left.type("A, and never mind\u{1b}:w\r:cq\r")
        #expect(try left.wait() == 4 && left.text.contains("What you wrote is in"), "\(left.text)")
        #expect(try desk.makes("show", id).body == "written here, and more")
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func nanoWritesANoteAndChangesIt() throws {
        let desk = try Desk().using("nano")
        let note = try desk.window("note")
        try note.waits(for: "^X")
        note.type("written here\u{3}")
        try note.waits(for: "col 13/13")  // Ctrl-C shows where the cursor is
        try desk.saveInNano(note)
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(note.modes == note.modesBefore, "the terminal is as it was")
        let id = try desk.onlyID()
        let edit = try desk.window("edit", id)
        try edit.waits(for: "written here")
        edit.type("more was ")
        try desk.saveInNano(edit)
        #expect(try edit.wait() == 0, "\(edit.text)")
        #expect(try desk.makes("show", id).body == "more was written here")
        #expect(try desk.drafts() == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whatAnEditorKeepsBesideTheFileGoesWithIt() throws {
        let desk = try Desk().using("vim --cmd 'set backup undofile'")
        let note = try desk.window("note")
        try note.waits(for: "note.md")
        note.type("icanary one\u{1b}:w\rocanary two\u{1b}:w\r:let a = glob('~/home/drafts/*/*~')\r:echo a\r")
        try note.waits(for: "note.md~")
        note.type("\r:q\r")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(try desk.drafts() == [])
        let id = try desk.onlyID()
        let forgotten = try desk.does("forget", id, "--yes")
        #expect(forgotten.out == "Forgotten. No file of this journal holds it any more.\n")
        #expect(try desk.homeFiles(holding: "canary") == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func ctrlZStopsBothAndTheShellContinuesThem() throws {
        let desk = try Desk().using("vim")
        let shell = try Terminal("/bin/bash", ["--norc", "-i"], environment: desk.environment)
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
        #expect(try desk.btw("list", "--json").entries().map(\.body) == ["first\nlast"])
    }

    @Test(arguments: ["", "V=1 "])
    func anInterruptionThatTheEditorHeedsIsNoEnd(_ before: String) throws {
        let desk = try Desk()
        let sign = desk.folder.path + "/sign"
        let editor = try desk.using(
            script:
                "trap 'echo caught' INT; echo waiting; until [ -e \(sign) ]; do sleep 0.05; done; echo words >\"$1\"")
        let name = try #require(editor.environment["EDITOR"])
        let note = try desk.using(before + name).window("note")
        try note.waits(for: "waiting")
        note.type("\u{3}")
        try note.waits(for: "caught")
        _ = try desk.file("sign", "")
        // A shell in between reports the interrupt, and the text is kept.
        let exit = try note.wait()
        #expect(exit == (before == "" ? 0 : 4), "\(note.text)")
        let kept = try exit == 0 ? desk.btw("list", "--json").entries().compactMap(\.body) : desk.texts(of: note)
        #expect(kept.map { $0.prefix(5) } == ["words"], "\(note.text)")
    }

    @Test func anInterruptionThatEndsTheEditorDoesNotEndTheCommand() throws {
        let desk = try Desk().using(script: "echo a thought >\"$1\"; echo waiting; exec sleep 100")
        let note = try desk.window("note")
        try note.waits(for: "waiting")
        note.type("\u{3}")
        #expect(try note.wait() == 4, "\(note.text)")
        #expect(note.text.contains("ended by signal 2"), "\(note.text)")
        #expect(try desk.texts(of: note) == ["a thought\n"])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whenTheWindowIsClosedVimsWordsAreTold() throws {
        let desk = try Desk().using("vim")
        let note = try desk.window("note")
        try note.waits(for: "note.md")
        note.type("ihalf an hour of it")
        try note.waits(for: "it")
        note.hangUp()
        _ = try note.wait()
        #expect(try Waiting.until { try desk.btw().out.contains("vim -r") })
        let draft = try #require(desk.drafts().first)
        let recovered = try desk.with(["EDITOR": "true"]).shell(
            "vim -u NONE -es -r '\(draft)' -c wq </dev/null; cat '\(draft)'")
        #expect(recovered.out.contains("half an hour of it"), "\(recovered.out)\(recovered.err)")
        #expect(try desk.shell("\"$BTW\" note - <'\(draft)'").exit == 0)
        #expect(try desk.makes("show", desk.onlyID()).body == "half an hour of it")
        #expect(try desk.drafts() == [])
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whenTheWindowIsClosedNanosWordsAreTold() throws {
        let desk = try Desk().using("nano")
        let note = try desk.window("note")
        try note.waits(for: "^X")
        note.type("half an hour of it")
        try note.waits(for: "it")
        note.hangUp()
        _ = try note.wait()
        #expect(try Waiting.until { try desk.btw("status").out.contains("note.md.save") })
        let told = try #require(try desk.btw("status").lines.first { $0.contains("to save it: btw ") })
        let command = told.replacing("  to save it: btw ", with: "\"$BTW\" ")
        #expect(try desk.shell(command).exit == 0, "\(command)")
        #expect(try desk.makes("show", desk.onlyID()).body == "half an hour of it")
        #expect(try desk.drafts() == [])
        #expect(try desk.btw("status").out.contains("Not saved") == false)
    }

    @Test(.enabled(if: Machine.hasEditors, "needs vim and nano, which Tests/run installs"))
    func whatIsSavedUnderAnotherNameInAnEditorIsTold() throws {
        let desk = try Desk()
        let vim = try desk.using("vim").window("note")
        try vim.waits(for: "note.md")
        vim.type("iwords of vim\u{1b}:saveas %.txt\r:q\r")
        #expect(try vim.wait() == 0 && vim.text.contains("/note.md.txt."), "\(vim.text)")
        let nano = try desk.using("nano").window("note")
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
            #expect(try desk.follow(next).exit == 0, "\(next)")
        }
        #expect(
            Set(try desk.btw("list", "--json").entries().compactMap(\.body)) == ["words of vim", "words of nano"])
    }

    @Test func anEditorThatLeavesSomethingRunningHasEnded() throws {
        let desk = try Desk()
        let sign = desk.folder.path + "/sign"
        let script =
            "echo words >\"$1\"; setsid sh -c 'until [ -e \(sign) ]; do sleep 0.1; done' </dev/null >/dev/null 2>&1 &"
        let note = try desk.using(script: script).window("note")
        #expect(try note.wait() == 0, "\(note.text)")
        #expect(try desk.makes("show", desk.onlyID()).body == "words")
        _ = try desk.file("sign", "")
    }

    @Test func theEditorIsACommandLikeAnyOther() throws {
        let desk = try Desk()
        let script = """
            grep -E '^Sig(Blk|Ign)' /proc/self/status
            for file in /proc/$$/fd/*; do readlink "$file"; done
            echo end
            """
        let note = try desk.using(script: script).window("note")
        try note.waits(for: "end")
        #expect(try note.wait() == 0)
        #expect(note.text.contains("SigBlk:\t0000000000000000"), "\(note.text)")
        let ignored = note.text.firstMatch(of: /SigIgn:\t([0-9a-f]{16})/).flatMap { UInt64($0.output.1, radix: 16) }
        // Signals from 32 on are the C library's own.
        #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0, "\(note.text)")
        #expect(!note.text.contains("/home"), "\(note.text)")
        // Its drawing is not part of the data when the data is piped.
        let piped = try desk.using(script: "echo drawn; echo words >\"$1\"").with(["OUT": desk.folder.path + "/out"])
        let shell = try Terminal("/bin/sh", ["-c", "\"$BTW\" note --json >\"$OUT\""], environment: piped.environment)
        #expect(try shell.wait() == 0 && shell.text.contains("drawn"), "\(shell.text)")
        let out = FileManager.default.contents(atPath: desk.folder.path + "/out") ?? Data()
        #expect(try Printed(String(decoding: out, as: UTF8.self).dropLast()).body == "words")
    }

    @Test func anEditorThatCannotBeRunIsTold() throws {
        let desk = try Desk().using("/nonexistent/editor")
        let note = try desk.window("note")
        #expect(
            try note.wait() == 4 && note.text.contains("The editor that EDITOR names was not found."), "\(note.text)")
        let other = try desk.with(["VISUAL": desk.folder.path]).window("note")
        #expect(try other.wait() == 4 && other.text.contains("VISUAL names is no program"), "\(other.text)")
        let killed = try desk.using(script: "stty raw -echo; kill -9 $$").window("note")
        #expect(try killed.wait() == 4 && killed.text.contains("ended by signal 9"), "\(killed.text)")
        #expect(killed.modes == killed.modesBefore, "the terminal is as it was")
        #expect(!FileManager.default.fileExists(atPath: desk.home))
    }
}

extension Desk {
    fileprivate func saveInNano(_ window: Terminal) throws {
        window.type("\u{18}")
        try window.waits(for: "Save modified buffer")
        window.type("y")
        try window.waits(for: "File Name to Write")
        window.type("\r")
    }
}
