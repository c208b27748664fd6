import Foundation
import Testing

/// `btw completion` in the shells that are installed.
@Suite struct CompletionScriptTests {
    private static let hasBash = Machine.succeeds("bash", "-c", "compgen -c >/dev/null")
    private static let hasZsh = Machine.succeeds("zsh", "-c", "true")
    private static let hasFish = Machine.succeeds("fish", "-c", "true")

    /// A fixture whose shell finds `btw`.
    private func fixture() throws -> Fixture {
        var fixture = try Fixture()
        let folder = fixture.folder.path + "/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/btw", withDestinationPath: fixture.binary)
        fixture.environment["PATH"] = folder + ":" + (fixture.environment["PATH"] ?? "")
        return fixture
    }

    /// The proposals of bash for the last of these words, from its completion function.
    private func bash(
        _ fixture: Fixture, _ words: [String], as program: String = "btw", type: Int = 9
    ) throws -> [String] {
        let script = """
            source <(btw completion bash)
            COMP_TYPE=\(type); COMP_WORDS=('\(program)' "$@"); COMP_CWORD=$#
            "$(complete -p btw | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" '\(program)' "${COMP_WORDS[COMP_CWORD]}" ""
            for word in "${COMPREPLY[@]}"; do printf '%s\\n' "$word"; done
            """
        let arguments = ["bash", "--norc", "-c", script, "bash"] + words
        let child = try Child(
            "/usr/bin/env", arguments.map { Array($0.utf8) }, environment: fixture.environment)
        let ran = child.wait()
        #expect(ran.exit == 0 && ran.err == "", "\(ran.err)")
        return ran.lines
    }

    @Test(.enabled(if: hasBash, "needs bash"))
    func bashCompletesCommandsOptionsAndIDs() throws {
        let fixture = try fixture()
        let note = try fixture.makes("note", "ugh, that call")
        let homework = try fixture.makes("hw", "research companies")
        #expect(try bash(fixture, ["hist"]) == ["history"])
        #expect(try bash(fixture, ["list", "--tr"]) == ["--trash"])
        #expect(try bash(fixture, ["list", "se"]) == ["sessions"])
        #expect(try bash(fixture, ["show", ""]).count == 2)
        #expect(try bash(fixture, ["show", "n"]) == ["n" + note.id.prefix(3)])
        #expect(try bash(fixture, ["done", ""]) == ["h" + homework.id.prefix(3)])
        #expect(try bash(fixture, ["show", "n" + note.id.prefix(10)]) == ["n" + note.id.prefix(10)])
        // Bash itself splits words at an equals sign.
        #expect(try bash(fixture, ["note", "x", "--about", "=", "h"]) == ["h" + homework.id.prefix(3)])
        #expect(try bash(fixture, ["note", "ugh"]) == [])
        #expect(try bash(fixture, ["done", ""], as: "~/bin/btw") == ["h" + homework.id.prefix(3)])
        // Shown, but not inserted.
        let shown = try bash(fixture, ["edit", ""], type: 63)
        #expect(shown.contains("n\(note.id.prefix(3))  (ugh, that call)"), "\(shown)")
        try fixture.does("rm", note.id)
        #expect(
            try bash(fixture, ["show", "n"]) == []
                && bash(fixture, ["restore", ""]) == ["n" + note.id.prefix(3)])
    }

    @Test(.enabled(if: hasBash, "needs bash"))
    func completingMakesNoHomeAndSaysNothing() throws {
        let fixture = try fixture()
        #expect(try bash(fixture, ["show", ""]) == [])
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
        // Without a readable home there is nothing to propose, and no message.
        try FileManager.default.createDirectory(atPath: fixture.home, withIntermediateDirectories: false)
        try Data("no database".utf8).write(to: URL(filePath: fixture.home + "/journal.db"))
        let before = try FileManager.default.contentsOfDirectory(atPath: fixture.home)
        for words in [
            ["show", ""], ["--home", "/dev/null", "show", ""], ["device", "remove", ""],
            ["\u{1}", "", "x"],
        ] {
            #expect(
                try fixture.run((["---complete", "bash", "9"] + words).map { Array($0.utf8) }).talk == [])
            #expect(try bash(fixture, words) == [])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.home) == before)
        let notUTF8: [[UInt8]] = [
            Array("---complete".utf8), Array("bash".utf8), Array("9".utf8), [0xFF],
        ]
        #expect(try fixture.run(notUTF8) == Ran(exit: 0, output: [], talk: []))
    }

    /// Notices of the next command, such as that others could read the journal, are not printed to a shell.
    @Test func completingChangesNoFileAndWaitsForNobody() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "x").id
        chmod(fixture.home + "/keys", 0o644)
        let answer = try fixture.btw("---complete", "fish", "0", "show", "")
        #expect(answer == Ran(exit: 0, output: Array("n\(id.prefix(3))\tx\n".utf8), talk: []))
        let ran = try fixture.btw("list")
        #expect(ran.err.contains("Others on this machine could reach"), "\(ran.err)")
        // Another process is writing.
        let lock = open(fixture.home + "/lock", O_RDWR)
        defer { close(lock) }
        #expect(lock >= 0 && flock(lock, LOCK_EX) == 0)
        #expect(try fixture.btw("---complete", "fish", "0", "show", "").out == answer.out)
    }

    /// Text beside an id must not move the cursor, and stays on its line.
    @Test func whatIsShownBesideAnIDIsHarmless() throws {
        let fixture = try Fixture()
        try fixture.does("note", "red \u{1B}[31m\u{7} and\na second line")
        for shell in ["bash", "zsh", "fish"] {
            let ran = try fixture.btw("---complete", shell, "63", "show", "")
            #expect(
                ran.lines.count == 1 && !ran.output.contains(0x1B) && !ran.output.contains(0x07),
                "\(ran.out)")
        }
    }

    @Test func aHomeIsTheOneThatTheLineNames() throws {
        let fixture = try Fixture()
        let other = fixture.folder.path + "/other"
        let id = try fixture.makes("note", "x", "--home", other).id
        #expect(try fixture.btw("---complete", "fish", "0", "show", "").out == "")
        let ran = try fixture.btw("---complete", "fish", "0", "--home", other, "show", "")
        #expect(ran.out == "n\(id.prefix(3))\tx\n")
    }

    @Test func namesOfFilesAreLeftToTheShell() throws {
        let fixture = try Fixture()
        #expect(try fixture.btw("---complete", "zsh", "0", "import", "jrnl", "").out == ":files\n")
        #expect(try fixture.btw("---complete", "zsh", "0", "--home", "").out == ":folders\n")
    }

    @Test func everyShellHasAScriptAndNeedsNoHome() throws {
        let fixture = try Fixture().with(["HOME": nil, "BTW_HOME": nil])
        for shell in ["bash", "zsh", "fish"] {
            #expect(try fixture.does("completion", shell).out.contains("---complete \(shell)"))
        }
        for typed in [["help"], ["help", "reading"], ["manual"], ["manual", "--markdown"]] {
            #expect(try fixture.run(typed.map { Array($0.utf8) }).exit == 0, "\(typed)")
        }
    }

    /// A zsh in a window that has read these lines as its `.zshrc`. Ctrl-X prints what was typed, in brackets.
    private func zsh(_ fixture: Fixture, _ lines: String...) throws -> Terminal {
        let answering = [#"show() { print -rn -- "[$BUFFER]"; BUFFER= }"#, "zle -N show", "bindkey '^X' show"]
        let file = (lines + answering + ["PROMPT='ready> '", ""]).joined(separator: "\n")
        try Data(file.utf8).write(to: URL(filePath: fixture.folder.path + "/.zshrc"))
        let shell = try Terminal("/usr/bin/env", ["zsh", "-d", "-i"], environment: fixture.environment)
        try shell.waits(for: "ready> ")
        return shell
    }

    @Test(.enabled(if: hasZsh, "needs zsh"))
    func zshCompletesCommandsOptionsAndIDs() throws {
        let fixture = try fixture()
        try fixture.does("note", "a $word and 'quotes'", "-q")
        try fixture.does("note", "ugh: that call")
        let homework = "h" + (try fixture.makes("hw", "research companies").id.prefix(3))
        try fixture.does("mood", "2", "--home", fixture.folder.path + "/a home")
        let shell = try zsh(fixture, "source <(btw completion zsh)")
        for (typed, whole) in [
            ("btw hist", "btw history "), ("btw list --tr", "btw list --trash "),
            ("btw done ", "btw done \(homework) "),
            ("btw note x --about h", "btw note x --about \(homework) "),
            ("btw note x --about=h", "btw note x --about=\(homework) "),
            ("btw show \(homework.uppercased().prefix(2))", "btw show \(homework) "),
            ("btw show 'h", "btw show '\(homework)' "), ("~/bin/btw show h", "~/bin/btw show \(homework) "),
            ("btw --home ~/a\\ h", "btw --home ~/a\\ home/"), ("btw --home=$HOME/a\\ h", "btw --home=$HOME/a\\ home/"),
            ("btw import jrnl ~/.zs", "btw import jrnl ~/.zshrc "), ("btw note \"ugh", "btw note \"ugh"),
        ] {
            shell.type(typed + "\t\u{18}")
            try shell.waits(for: "[\(whole)]")
        }
        // Several are shown with their first words.
        shell.type("btw show n\t")
        let proposals = try fixture.btw("---complete", "zsh", "0", "show", "n").lines.map { $0.dropFirst(5) }
        #expect(Set(proposals) == ["ugh: that call", "a $word and 'quotes'"])
        try shell.waits(for: "  -- \(proposals.last ?? "")")
        for words in proposals { #expect(shell.text.contains("  -- \(words)")) }
    }

    @Test(.enabled(if: hasZsh, "needs zsh"))
    func zshKeepsTheScriptWhereverItsLineStands() throws {
        let fixture = try fixture()
        let homework = "h" + (try fixture.makes("hw", "research companies").id.prefix(3))
        let functions = fixture.folder.path + "/functions"
        try FileManager.default.createDirectory(atPath: functions, withIntermediateDirectories: false)
        try Data(fixture.does("completion", "zsh").output).write(to: URL(filePath: functions + "/_btw"))
        let (ours, theirs) = ("source <(btw completion zsh)", "autoload -Uz compinit; compinit")
        for lines in [ours + "\n" + theirs, theirs + "\n" + ours, "fpath=(~/functions $fpath)\n" + theirs] {
            let shell = try zsh(fixture, lines)
            shell.type("btw show h\t\u{18}")
            try shell.waits(for: "[btw show \(homework) ]")
        }
    }

    @Test(.enabled(if: hasFish, "needs fish"))
    func fishCompletesCommandsOptionsAndIDs() throws {
        let fixture = try fixture()
        let note = "n" + (try fixture.makes("note", "ugh: that call").id.prefix(3))
        let homework = "h" + (try fixture.makes("hw", "research companies").id.prefix(3))
        try fixture.does("note", "x", "--home", fixture.folder.path + "/a home")
        try Data().write(to: URL(filePath: fixture.folder.path + "/a file"))
        for (typed, proposed) in [
            ("btw hist", "history\tevery edit of an entry"), ("btw list --tr", "--trash\tWhat is in the trash."),
            ("btw show n", "\(note)\tugh: that call"), ("btw show N", "\(note)\tugh: that call"),
            ("btw done ", "\(homework)\tresearch companies"), ("btw show 'h", "\(homework)\tresearch companies"),
            ("btw note x --about h", "\(homework)\tresearch companies"),
            ("btw note x --about=h", "--about=\(homework)\tresearch companies"),
            ("~/bin/btw done ", "\(homework)\tresearch companies"), ("~/nowhere/btw done ", ""),
            ("btw --home ~/a\\ ho", "~/a home/\tDirectory"), ("btw import jrnl ~/a\\ f", "~/a file"),
            ("btw import jrnl \"$HOME/a f", "$HOME/a file"), ("btw note \"ugh", ""),
        ] {
            let script = "btw completion fish | source; complete -C $argv[1]"
            let child = try Child(
                "/usr/bin/env", ["fish", "-N", "-c", script, typed].map { Array($0.utf8) },
                environment: fixture.environment)
            let ran = child.wait()
            #expect(ran.lines == [proposed].filter { !$0.isEmpty } && ran.err == "", "\(typed): \(ran.out)\(ran.err)")
        }
    }

    @Test(.enabled(if: Machine.succeeds("groff", "--version"), "needs groff"))
    func manReadsTheManualWithoutAWarning() throws {
        let fixture = try Fixture()
        let ran = try fixture.shell("\"$BTW\" manual | groff -man -Tutf8 -ww -z 2>&1")
        #expect(ran.exit == 0 && ran.out == "", "\(ran.out)")
        let page = try fixture.shell(
            "\"$BTW\" manual | groff -man -Tascii | sed 's/.\\x08//g; s/\\x1b\\[[0-9;]*m//g'"
        ).out
        #expect(page.contains("btw list") && page.contains("EXIT STATUS"))
    }
}
