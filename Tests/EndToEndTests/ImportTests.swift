import Testing

@Suite struct ImportTests {
    static let entry = """
        {"title": "Walk", "body": "By the river.", "date": "2020-05-01", "time": "10:00", "tags": ["@out"], "starred": false}
        """

    @Test(arguments: [
        "", "{}", "[]", "null", "not json at all", "{\"entries\": 7}", "{\"entries\": [7]}", "{\"entries\": [{}]}",
        "{\"tags\": {}, \"entries\": [\(entry), {\"title\": \"x\", \"body\": \"y\", \"date\": \"yesterday\", \"time\": \"z\"}]}",
        "{\"tags\": {}, \"entries\": [\(entry)]", "{\"tags\": {}, \"entries\": [\(entry)]} more",
    ])
    func aFileThatIsNotJrnlsIsRefusedWhole(_ text: String) throws {
        let desk = try Desk()
        let path = try desk.file("journal.json", text)
        try desk.refuses(["import", "jrnl", path], exit: 2, "not_jrnl")
        #expect(try desk.btw("status") == Ran(exit: 0, output: [], talk: []), "no home was made")
        try desk.does("note", "kept")
        let before = try desk.export()
        try desk.refuses(["import", "jrnl", path], exit: 2, "not_jrnl")
        try desk.refuses(["import", "jrnl", path, "--dry-run"], exit: 2, "not_jrnl")
        #expect(try desk.export() == before)
    }

    @Test(arguments: [
        "{", "7", "{}", "\"line\"", "{\"id\":\"short\"}", "\u{FEFF}{}", "{\"a\":1,\"a\":2}", "",
    ])
    func oneBadLineRefusesTheWholeFile(_ bad: String) throws {
        let desk = try Desk()
        let source = desk.at("source")
        for number in 1...3 { try source.does("note", "note \(number)") }
        var lines = try source.export().split(separator: "\n").map(String.init)
        // A line that stands there twice is as bad.
        lines.insert(bad.isEmpty ? lines[0] : bad, at: 2)
        let path = try desk.file("file.jsonl", lines.joined(separator: "\n") + "\n")
        try desk.does("note", "kept")
        let before = try desk.export()
        try desk.refuses(["import", "jsonl", path], exit: 2, "not_jsonl")
        #expect(try desk.btw("import", "jsonl", path).err.contains("Line 3"))
        #expect(try desk.export() == before)
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let desk = try Desk()
        let jrnl = Array("{\"tags\": {}, \"entries\": [{\"title\": \"caf".utf8) + [0xE9] + Array("\"}]}".utf8)
        try desk.refuses(["import", "jrnl", try desk.file("latin1.json", jrnl)], exit: 2, "not_jrnl")
        try desk.refuses(["import", "jsonl", try desk.file("noise.jsonl", [0xFF, 0xFE, 0x0A])], exit: 2, "not_jsonl")
        #expect(try desk.btw("import", "jrnl", desk.folder.path + "/latin1.json").err.contains("UTF-8"))
    }

    @Test func aFileThatIsNotThereOrAFolderIsNamed() throws {
        let desk = try Desk()
        try desk.refuses(["import", "jrnl", desk.folder.path + "/none.json"], exit: 4, "cannot_read")
        try desk.refuses(["import", "jsonl", desk.folder.path], exit: 4, "cannot_read")
        try desk.refuses(["import", "jsonl"], exit: 2, "usage")
        try desk.refuses(["import", "csv", desk.folder.path], exit: 2, "usage")
    }

    @Test func readsStandardInputAndPipes() throws {
        let desk = try Desk()
        try desk.does("note", "through a pipe")
        let exported = try desk.export()
        let input = desk.at("input")
        try input.does("import", "jsonl", "-", input: exported)
        #expect(try input.export() == exported)
        let pipe = desk.at("pipe")
        let piped = try pipe.with(["SOURCE": desk.home]).shell(
            "\"$BTW\" --home \"$SOURCE\" export --jsonl | \"$BTW\" import jsonl /dev/stdin")
        #expect(piped.exit == 0, "\(piped.err)")
        #expect(try pipe.export() == exported)
    }

    @Test func aChangedSourceUpdatesAndWhatWasChangedHereStays() throws {
        let desk = try Desk()
        func file(_ body: String) throws -> String {
            try desk.file(
                "j.json", "{\"tags\": {}, \"entries\": [\(Self.entry.replacing("By the river.", with: body))]}")
        }
        let first = try desk.does("import", "jrnl", try file("One. Two. Three."), "--json")
        #expect(first.out == KillTests.counts(new: 1, same: 0))
        let id = try #require(desk.btw("list", "--json").entries().first).id
        #expect(try desk.makes("show", id)["at"] == "2020-05-01T10:00")
        let again = try desk.does("import", "jrnl", try file("One. Two. Three."))
        #expect(again.out == "Imported: 0 new, 1 the same as before.\n")
        let body = try #require(desk.makes("show", id).body)
        try desk.does("edit", id, "--set", "body=\(body.replacing("One.", with: "One, here."))")
        let ran = try desk.btw("import", "jrnl", try file("One. Two. Three, there."), "--json")
        #expect(ran.out == KillTests.counts(new: 0, same: 0, updated: 1) || ran.exit == 0)
        let merged = try #require(desk.makes("show", id).body)
        #expect(merged.contains("One, here.") && merged.contains("there"))
    }

    @Test func takenBackAndAskedForAgainItIsThereAgain() throws {
        let desk = try Desk()
        let source = desk.at("source")
        for number in 1...3 { try source.does("note", "note \(number)") }
        try desk.does("note", "kept")
        let path = try desk.file("file.jsonl", try source.export())
        let all = KillTests.counts(new: 3, same: 0)
        #expect(try desk.does("import", "jsonl", path, "--json").out == all)
        try desk.does("undo")
        #expect(try desk.btw("list", "--json").entries().map(\.body) == ["kept"])
        let again = try desk.does("import", "jsonl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 0, updated: 3))
        #expect(try desk.btw("list").lines.count == 4)
        try desk.does("undo")
        #expect(try desk.btw("list", "--json").entries().map(\.body) == ["kept"])
    }

    @Test func whatWasThrownAwayByHandStaysThere() throws {
        let desk = try Desk()
        let id = try desk.at("source").makes("note", "note").id
        let path = try desk.file("file.jsonl", try desk.at("source").export())
        try desk.does("import", "jsonl", path)
        try desk.does("rm", id)
        #expect(try desk.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try desk.btw("list").exit == 1)
    }
}
