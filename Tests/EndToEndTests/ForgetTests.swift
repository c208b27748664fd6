import Testing

@Suite struct ForgetTests {
    @Test func noFileHoldsAByteOfItAfterEditsUndoAndTrash() async throws {
        let desk = try Desk()
        try await desk.writeNotes((0..<300).map { "an ordinary day \($0)" })
        let id = try desk.makes("note", "canary-body of a bad day +canarytag").id
        try desk.does("edit", id, "--set", "body=canary-second, longer than before")
        try desk.does("edit", id, "--set", "body=canary-third")
        try desk.does("undo")
        try desk.does("rm", id)
        try desk.does("restore", id)
        try desk.does("rm", id)
        try desk.does("undo")
        // Places of the text before: the index contains stems and prefixes.
        #expect(try desk.btw("find", "canary").exit == 0)
        let planted = ["canary", "Canary", "CANARY", "bad day"]
        #expect(try desk.homeFiles(holding: "canary") != [])
        let before = try desk.export().split(separator: "\n").filter { !$0.contains(id) }
        let forgotten = try desk.does("forget", id, "--yes")
        #expect(forgotten.out.hasPrefix("Forgotten."))
        for text in planted { #expect(try desk.homeFiles(holding: text) == [], "\(text)") }
        #expect(try desk.export().split(separator: "\n") == before)
        #expect(try desk.btw("find", "canary").exit == 1)
        try desk.refuses(["show", id], exit: 1, "forgotten")
        #expect(try desk.btw("show", id).err.contains("forgotten"))
        try desk.isSound()
        for text in planted { #expect(try desk.homeFiles(holding: text) == [], "after doctor: \(text)") }
    }

    @Test func everyCommandOnAForgottenEntrySaysSo() throws {
        let desk = try Desk()
        let id = try desk.makes("hw", "canary").id
        try desk.does("forget", "--yes", id)
        for command in [
            ["show"], ["history"], ["edit", "--set", "body=x"], ["rm"], ["restore"], ["done"], ["forget", "--yes"],
            ["note", "x", "--about"],
        ] {
            try desk.refuses(command + [id], exit: 1, "forgotten")
        }
        #expect(try desk.export() == "")
        #expect(try desk.btw("list", "--trash").exit == 1)
        try desk.refuses(["undo"], exit: 1, "nothing_to_undo")
    }

    @Test func importNeverBringsItBack() throws {
        let desk = try Desk()
        let id = try desk.makes("note", "canary").id
        try desk.does("note", "kept")
        let path = try desk.file("file.jsonl", try desk.export())
        try desk.does("forget", id, "--yes")
        let again = try desk.does("import", "jsonl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 1, skipped: 1))
        #expect(try desk.homeFiles(holding: "canary") == [])
    }

    @Test func nothingIsForgottenWithoutAnAnswer() throws {
        let desk = try Desk()
        let id = try desk.makes("note", "kept").id
        let before = try desk.export()
        try desk.refuses(["forget", id], exit: 3, "needs_answer", input: "y\n")
        #expect(try desk.export() == before)
    }

    @Test(
        .enabled(if: Machine.hasTerminals, "needs script(1) as Linux has it"), arguments: [("y", 0), ("n", 3), ("", 3)])
    func asksOnATerminal(_ answer: String, _ exit: Int32) throws {
        let desk = try Desk()
        let id = try desk.makes("note", "perhaps kept").id
        let asked = try desk.shell("echo \(answer) | script -qec '\"$BTW\" forget \(id)' /dev/null")
        #expect(asked.exit == exit, "\(asked.out)")
        #expect(asked.out.contains("perhaps kept") && asked.out.contains("[y/N]"), "\(asked.out)")
        #expect(try desk.btw("show", id).exit == (exit == 0 ? 1 : 0))
    }
}
