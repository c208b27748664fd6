import Testing

@Suite struct ForgetTests {
    @Test func noFileHoldsAByteOfItAfterEditsUndoAndTrash() async throws {
        let fixture = try Fixture()
        try await fixture.writeNotes((0..<300).map { "an ordinary day \($0)" })
        let id = try fixture.makes("note", "canary-body of a bad day +canarytag").id
        try fixture.does("edit", id, "--set", "body=canary-second, longer than before")
        try fixture.does("edit", id, "--set", "body=canary-third")
        try fixture.does("undo")
        try fixture.does("rm", id)
        try fixture.does("restore", id)
        try fixture.does("rm", id)
        try fixture.does("undo")
        // Places of the text before: the index contains stems and prefixes.
        #expect(try fixture.btw("find", "canary").exit == 0)
        let planted = ["canary", "Canary", "CANARY", "bad day"]
        #expect(try fixture.homeFiles(holding: "canary") != [])
        let before = try fixture.export().split(separator: "\n").filter { !$0.contains(id) }
        let forgotten = try fixture.does("forget", id, "--yes")
        #expect(forgotten.out.hasPrefix("Forgotten."))
        for text in planted { #expect(try fixture.homeFiles(holding: text) == [], "\(text)") }
        #expect(try fixture.export().split(separator: "\n") == before)
        #expect(try fixture.btw("find", "canary").exit == 1)
        try fixture.refuses(["show", id], exit: 1, "forgotten")
        #expect(try fixture.btw("show", id).err.contains("forgotten"))
        try fixture.isSound()
        for text in planted { #expect(try fixture.homeFiles(holding: text) == [], "after doctor: \(text)") }
    }

    @Test func everyCommandOnAForgottenEntrySaysSo() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("hw", "canary").id
        try fixture.does("forget", "--yes", id)
        for command in [
            ["show"], ["history"], ["edit", "--set", "body=x"], ["rm"], ["restore"], ["done"], ["forget", "--yes"],
            ["note", "x", "--about"],
        ] {
            try fixture.refuses(command + [id], exit: 1, "forgotten")
        }
        #expect(try fixture.export() == "")
        #expect(try fixture.btw("list", "--trash").exit == 1)
        try fixture.refuses(["undo"], exit: 1, "nothing_to_undo")
    }

    @Test func importNeverBringsItBack() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "canary").id
        try fixture.does("note", "kept")
        let path = try fixture.file("file.jsonl", try fixture.export())
        try fixture.does("forget", id, "--yes")
        let again = try fixture.does("import", "jsonl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 1, skipped: 1))
        #expect(try fixture.homeFiles(holding: "canary") == [])
    }

    @Test func nothingIsForgottenWithoutAnAnswer() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "kept").id
        let before = try fixture.export()
        try fixture.refuses(["forget", id], exit: 3, "needs_answer", input: "y\n")
        #expect(try fixture.export() == before)
    }

    @Test(
        .enabled(if: Machine.hasTerminals, "needs script(1) as Linux has it"), arguments: [("y", 0), ("n", 3), ("", 3)])
    func asksOnATerminal(_ answer: String, _ exit: Int32) throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "perhaps kept").id
        let asked = try fixture.shell("echo \(answer) | script -qec '\"$BTW\" forget \(id)' /dev/null")
        #expect(asked.exit == exit, "\(asked.out)")
        #expect(asked.out.contains("perhaps kept") && asked.out.contains("[y/N]"), "\(asked.out)")
        #expect(try fixture.btw("show", id).exit == (exit == 0 ? 1 : 0))
    }
}
