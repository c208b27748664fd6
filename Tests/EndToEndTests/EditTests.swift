import CanonicalJSON
import Foundation
import Testing

@Suite struct EditTests {
    @Test func fieldsAreSetClearedAddedAndTakenAway() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "body +one").id
        func edit(_ assignments: String...) throws -> Printed {
            let words = ["--json", "edit", id] + assignments.flatMap { ["--set", $0] }
            return try #require(fixture.run(words.map { Array($0.utf8) }).entries().first)
        }
        #expect(try edit("tags=b,a").tags == ["a", "b"])
        #expect(try edit("tags+=c", "tags-=a").tags == ["b", "c"])
        #expect(try edit("tags=").tags == [])
        #expect(try edit("value=4", "of=10").integer("value") == 4)
        #expect(try edit("value=").json["value"] == nil)
        #expect(try edit("flag=yes").json["flag"] == .bool(true))
        #expect(try edit("flag=no").json["flag"] == nil)
        #expect(try edit("body=a = b").body == "a = b")
        #expect(try edit("body=").body == nil)
        #expect(try edit("at=2026-01-02")["at"] == "2026-01-02")
        let parent = try fixture.makes("note", "parent").id
        #expect(try edit("about=\(parent.prefix(8))")["about"] == parent)
        let ran = try fixture.btw("edit", id, "--set", "role=question", "body=several after one")
        #expect(ran.exit == 0)
        #expect(try fixture.makes("show", id)["role"] == "question")
    }

    @Test(arguments: [
        "nope=1", "kind=mood", "made=2020-01-01T00:00:00.000Z", "author=x", "id=x", "clock=x", "gone=trashed", "at=",
        "at=2026-13-01", "flag=maybe", "value=x", "value=1e999", "body", "=x", "", "tags+=", "tags=two words",
        "state=done",
        "tags/a=true", "about=n1",
    ])
    func badAssignmentsChangeNothing(_ assignment: String) throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "body").id
        let before = try fixture.export()
        try fixture.refuses(["edit", id, "--set", "flag=yes", "--set", assignment], exit: 2, "usage")
        #expect(try fixture.export() == before)
    }

    @Test func doneTwiceIsSaidOnce() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("hw", "walk", "--times", "3", "--due", "next", "--step", "shoes").id
        #expect(try fixture.makes("done", id)["state"] == "done")
        let first = try fixture.export()
        #expect(try fixture.does("done", id).out == "already done\n")
        #expect(try fixture.export() == first)
        #expect(try fixture.makes("done", id, "--outcome", "fine")["outcome"] == "fine")
        #expect(try fixture.makes("show", id)["done_at"] == "2026-10-16T08:30:00.000Z")
        try fixture.refuses(["done", fixture.makes("note", "x").id], exit: 2, "usage")
    }

    @Test func trashTakesAndGivesBack() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "thrown").id
        #expect(try fixture.makes("rm", id)["gone"] == "trashed")
        try fixture.does("rm", id)
        #expect(try fixture.btw("list").exit == 1)
        #expect(try fixture.btw("find", "thrown").exit == 1)
        #expect(try fixture.btw("list", "--trash").lines.count == 1)
        #expect(try fixture.export().contains("\"gone\":\"trashed\""))
        #expect(try fixture.makes("restore", id)["gone"] == nil)
        try fixture.does("restore", id)
        #expect(try fixture.btw("list").lines.count == 1)
    }

    @Test func undoTakesBackEverythingStepByStep() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "first").id
        try fixture.does("edit", id, "--set", "body=second", "tags=a")
        try fixture.does("edit", id, "--set", "flag=yes")
        try fixture.does("rm", id)
        try fixture.does("mood", "2", "sad")
        let homework = try fixture.makes("hw", "walk", "--step", "shoes").id
        try fixture.does("done", homework)
        #expect(try fixture.makes("undo")["state"] == "open")
        let steps = try fixture.does("undo").out
        #expect(steps.contains("2 entries"), "\(steps)")
        try fixture.does("undo")
        #expect(try fixture.makes("undo")["gone"] == nil)
        #expect(try fixture.makes("undo").json["flag"] == nil)
        let first = try fixture.makes("undo")
        #expect(first.body == "first" && first.tags == [])
        #expect(try fixture.makes("undo")["gone"] == "trashed")
        try fixture.refuses(["undo"], exit: 1, "nothing_to_undo")
        try fixture.refuses(["undo", "0123456789abcdef:1"], exit: 1, "not_found")
        #expect(try fixture.btw("list").exit == 1)
        #expect(try fixture.btw("list", "--trash").lines.count == 4)
        // Nothing is lost: an undo can be undone by its dot.
        let newest = try #require(fixture.does("history", id, "--json").entries().first?["edit"])
        #expect(try fixture.makes("undo", newest)["gone"] == nil)
        try fixture.isSound()
    }

    @Test func whatWasUndoneAndRestoredHoldsWhatItHeld() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "first +tag").id
        try fixture.does("undo")
        try fixture.does("restore", id)
        try fixture.does("edit", id, "--set", "body=second")
        let first = try fixture.makes("undo")
        #expect(first.body == "first +tag" && first.tags == ["tag"])
        #expect(try fixture.makes("undo")["gone"] == "trashed")
        try fixture.refuses(["undo"], exit: 1, "nothing_to_undo")
        let restored = try fixture.makes("restore", id)
        #expect(restored.body == "first +tag" && restored.tags == ["tag"])
    }

    @Test func anAmbiguousIDAsksForMoreOfIt() async throws {
        let fixture = try Fixture()
        var ids: [String] = []
        var shared: Substring?
        while shared == nil {
            ids += try await fixture.writeNotes((0..<100).map { "note \($0)" })
            shared = Dictionary(grouping: ids) { $0.prefix(3) }.first { $0.value.count > 1 }?.key
        }
        let prefix = try #require(shared)
        let meant = ids.filter { $0.hasPrefix(prefix) }
        let before = try fixture.export()
        for command in [["show"], ["edit", "--set", "body=x"], ["rm"], ["history"], ["forget", "--yes"]] {
            try fixture.refuses(command + ["n" + prefix], exit: 3, "ambiguous")
            try fixture.refuses(command + [String(prefix)], exit: 3, "ambiguous")
        }
        let told = try fixture.btw("show", "n" + prefix).err
        #expect(told.split(separator: "\n").count == min(meant.count, 10) + 2)
        #expect(try fixture.export() == before)
        // The ids as lists print them identify one entry each.
        let shown = Set(try fixture.does("list").lines.compactMap { $0.split(separator: " ").first })
        #expect(shown.count == ids.count && shown.allSatisfy { $0.count >= 4 })
        for id in meant {
            let short = try #require(shown.first { id.hasPrefix($0.dropFirst()) })
            #expect(try fixture.makes("show", String(short)).id == id)
        }
    }

    @Test(.enabled(if: Machine.hasTerminals, "needs script(1) as Linux has it"))
    func theEditorMergesWithWhatHappenedMeanwhile() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "-", input: "One here. Two there.\n\nThree everywhere.").id
        let editor = try fixture.file(
            "editor",
            """
            #!/bin/sh
            printf 'One here. Two there.\\n\\nThree changed meanwhile.\\n' | "$BTW" edit \(id) --set body=- >/dev/null
            printf 'One changed in the editor. Two there.\\n\\nThree everywhere.\\n' >"$1"
            """)
        chmod(editor, 0o700)
        let edited = try fixture.with(["EDITOR": editor]).shell(
            "script -qec '\"$BTW\" edit \(id)' /dev/null </dev/null")
        #expect(edited.exit == 0, "\(edited.out)")
        let body = try #require(fixture.makes("show", id).body)
        #expect(body == "One changed in the editor. Two there.\n\nThree changed meanwhile.")
        // No file of the text remains.
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.home)
        #expect(names.allSatisfy { !$0.hasPrefix("editing") })
    }

    @Test(.enabled(if: Machine.hasTerminals, "needs script(1) as Linux has it"))
    func theEditorWritesANoteAndItsFailureKeepsTheWords() throws {
        let fixture = try Fixture()
        func run(_ script: String, _ command: String) throws -> Ran {
            let editor = try fixture.file("editor", "#!/bin/sh\n\(script)\n")
            chmod(editor, 0o700)
            let fixture = fixture.with(["VISUAL": editor, "EDITOR": "/nonexistent"])
            return try fixture.shell("script -qec '\"$BTW\" \(command)' /dev/null </dev/null")
        }
        #expect(try run("printf 'from the editor\\n' >\"$1\"", "note").exit == 0)
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["from the editor"])
        #expect(try run("true", "note").out.contains("Nothing written."))
        let failed = try run("printf 'what I said\\n' >\"$1\"; exit 7", "note")
        #expect(failed.exit == 4 && failed.out.contains("What you wrote is in"), "\(failed.out)")
        #expect(try fixture.homeFiles(holding: "what I said").count == 1)
        let id = try #require(fixture.btw("list", "--json").entries().first).id
        #expect(try run("printf '\\377' >\"$1\"", "edit \(id)").exit == 2)
        #expect(try fixture.makes("show", id).body == "from the editor")
        try fixture.refuses(["edit", id], exit: 3, "needs_answer")
    }
}
