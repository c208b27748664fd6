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
        let fixture = try Fixture()
        let path = try fixture.file("journal.json", text)
        try fixture.refuses(["import", "jrnl", path], exit: 2, "not_jrnl")
        #expect(try fixture.btw("status") == Ran(exit: 0, output: [], talk: []), "no home was made")
        try fixture.does("note", "kept")
        let before = try fixture.export()
        try fixture.refuses(["import", "jrnl", path], exit: 2, "not_jrnl")
        try fixture.refuses(["import", "jrnl", path, "--dry-run"], exit: 2, "not_jrnl")
        #expect(try fixture.export() == before)
    }

    @Test(arguments: [
        "{", "7", "{}", "\"line\"", "{\"id\":\"short\"}", "\u{FEFF}{}", "{\"a\":1,\"a\":2}", "",
    ])
    func oneBadLineRefusesTheWholeFile(_ bad: String) throws {
        let fixture = try Fixture()
        let source = fixture.at("source")
        for number in 1...3 { try source.does("note", "note \(number)") }
        var lines = try source.export().split(separator: "\n").map(String.init)
        // A repeated line is as bad.
        lines.insert(bad.isEmpty ? lines[0] : bad, at: 2)
        let path = try fixture.file("file.jsonl", lines.joined(separator: "\n") + "\n")
        try fixture.does("note", "kept")
        let before = try fixture.export()
        try fixture.refuses(["import", "jsonl", path], exit: 2, "not_jsonl")
        #expect(try fixture.btw("import", "jsonl", path).err.contains("Line 3"))
        #expect(try fixture.export() == before)
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let fixture = try Fixture()
        let jrnl = Array("{\"tags\": {}, \"entries\": [{\"title\": \"caf".utf8) + [0xE9] + Array("\"}]}".utf8)
        try fixture.refuses(["import", "jrnl", try fixture.file("latin1.json", jrnl)], exit: 2, "not_jrnl")
        try fixture.refuses(
            ["import", "jsonl", try fixture.file("noise.jsonl", [0xFF, 0xFE, 0x0A])], exit: 2, "not_jsonl")
        #expect(try fixture.btw("import", "jrnl", fixture.folder.path + "/latin1.json").err.contains("UTF-8"))
    }

    @Test func aFileThatIsNotThereOrAFolderIsNamed() throws {
        let fixture = try Fixture()
        try fixture.refuses(["import", "jrnl", fixture.folder.path + "/none.json"], exit: 4, "cannot_read")
        try fixture.refuses(["import", "jsonl", fixture.folder.path], exit: 4, "cannot_read")
        try fixture.refuses(["import", "jsonl"], exit: 2, "usage")
        try fixture.refuses(["import", "csv", fixture.folder.path], exit: 2, "usage")
    }

    @Test func readsStandardInputAndPipes() throws {
        let fixture = try Fixture()
        try fixture.does("note", "through a pipe")
        let exported = try fixture.export()
        let input = fixture.at("input")
        try input.does("import", "jsonl", "-", input: exported)
        #expect(try input.export() == exported)
        let pipe = fixture.at("pipe")
        let piped = try pipe.with(["SOURCE": fixture.home]).shell(
            "\"$BTW\" --home \"$SOURCE\" export --jsonl | \"$BTW\" import jsonl /dev/stdin")
        #expect(piped.exit == 0, "\(piped.err)")
        #expect(try pipe.export() == exported)
    }

    @Test func aChangedSourceUpdatesAndWhatWasChangedHereStays() throws {
        let fixture = try Fixture()
        func file(_ body: String) throws -> String {
            try fixture.file(
                "j.json", "{\"tags\": {}, \"entries\": [\(Self.entry.replacing("By the river.", with: body))]}")
        }
        let first = try fixture.does("import", "jrnl", try file("One. Two. Three."), "--json")
        #expect(first.out == KillTests.counts(new: 1, same: 0))
        let id = try #require(fixture.btw("list", "--json").entries().first).id
        #expect(try fixture.makes("show", id)["at"] == "2020-05-01T10:00")
        let again = try fixture.does("import", "jrnl", try file("One. Two. Three."))
        #expect(again.out == "Imported: 0 new, 1 the same as before.\n")
        let body = try #require(fixture.makes("show", id).body)
        try fixture.does("edit", id, "--set", "body=\(body.replacing("One.", with: "One, here."))")
        let ran = try fixture.btw("import", "jrnl", try file("One. Two. Three, there."), "--json")
        #expect(ran.out == KillTests.counts(new: 0, same: 0, updated: 1) || ran.exit == 0)
        let merged = try #require(fixture.makes("show", id).body)
        #expect(merged.contains("One, here.") && merged.contains("there"))
    }

    @Test func takenBackAndAskedForAgainItIsThereAgain() throws {
        let fixture = try Fixture()
        let source = fixture.at("source")
        for number in 1...3 { try source.does("note", "note \(number)") }
        try fixture.does("note", "kept")
        let path = try fixture.file("file.jsonl", try source.export())
        let all = KillTests.counts(new: 3, same: 0)
        #expect(try fixture.does("import", "jsonl", path, "--json").out == all)
        try fixture.does("undo")
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["kept"])
        let again = try fixture.does("import", "jsonl", path, "--json")
        #expect(again.out == KillTests.counts(new: 0, same: 0, updated: 3))
        #expect(try fixture.btw("list").lines.count == 4)
        try fixture.does("undo")
        #expect(try fixture.btw("list", "--json").entries().map(\.body) == ["kept"])
    }

    @Test func whatWasThrownAwayByHandStaysThere() throws {
        let fixture = try Fixture()
        let id = try fixture.at("source").makes("note", "note").id
        let path = try fixture.file("file.jsonl", try fixture.at("source").export())
        try fixture.does("import", "jsonl", path)
        try fixture.does("rm", id)
        #expect(try fixture.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try fixture.btw("list").exit == 1)
    }

    /// Entries of one minute, as jrnl gives 09:00 to all that have no time.
    private static func entries(_ entries: (title: String, body: String)...) -> String {
        let list = entries.map { title, body in
            "{\"title\": \"\(title)\", \"body\": \"\(body)\", \"date\": \"2026-03-01\", \"time\": \"09:00\", \"tags\": [], \"starred\": false}"
        }
        return "{\"tags\": {}, \"entries\": [\(list.joined(separator: ","))]}"
    }

    private static let morning = (title: "Morning pages", body: "About the hospital.")
    private static let standUp = (title: "Stand-up", body: "Argued about the plan.")

    @Test func aPartOrALongerJournalPutsNoEntryInTheOthersPlace() throws {
        let fixture = try Fixture()
        let all = try fixture.file("all.json", Self.entries(Self.morning, Self.standUp))
        let part = try fixture.file("part.json", Self.entries(Self.standUp))
        let more = try fixture.file("more.json", Self.entries(("Dentist", ""), Self.morning, Self.standUp))
        try fixture.does("import", "jrnl", all)
        let id = try #require(fixture.does("find", "argued", "--json").entries().first?.id)
        let comment = try fixture.makes("note", "I should say sorry", "--about", id).id
        let hospital = try #require(fixture.does("find", "hospital", "--json").entries().first)
        try fixture.does("edit", hospital.id, "--set", "body=\(hospital.body ?? "")\nI was afraid.")
        let before = try fixture.export()
        #expect(try fixture.does("import", "jrnl", part, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try fixture.export() == before)
        #expect(try fixture.does("import", "jrnl", more, "--json").out == KillTests.counts(new: 1, same: 2))
        #expect(
            try fixture.makes("show", try #require(fixture.makes("show", comment)["about"])).body?.hasPrefix("Stand-up")
                == true)
        #expect(try fixture.does("find", "afraid", "--json").entries().first?.body?.contains("hospital") == true)
        #expect(try fixture.does("list").lines.count == 4)
    }

    @Test func aDryRunNamesWhatWouldBeUpdated() throws {
        let fixture = try Fixture()
        try fixture.does("import", "jrnl", try fixture.file("1.json", Self.entries(Self.morning, Self.standUp)))
        let later = (title: "Stand\\u001b-up", body: "Argued about the plan, and made up.")
        let path = try fixture.file("2.json", Self.entries(later, ("Another day", "")))
        let dry = try fixture.does("import", "jrnl", path, "--dry-run")
        #expect(dry.out.contains("1 new, 0 the same as before, 1 updated"))
        #expect(dry.lines.count == 2 && dry.lines[1].contains("2026-03-01 09:00"))
        #expect(dry.lines[1].contains("Stand-up") && dry.lines[1].contains("Stand<U+001B>-up"))
        #expect(!dry.out.contains("\u{1B}"))
        let json = try fixture.makes("import", "jrnl", path, "--dry-run")
        #expect(json.integer("updated") == 1)
        #expect(try fixture.does("import", "jrnl", path).lines.count == 2)
        #expect(try fixture.does("list").lines.count == 3)
    }

    @Test func twoDevicesThatImportedDifferentPartsHaveEachEntryOnceAfterJoining() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let phone = fixture.at("phone")
        try fixture.does("import", "jrnl", try fixture.file("all.json", Self.entries(Self.morning, Self.standUp)))
        try phone.does("import", "jrnl", try fixture.file("part.json", Self.entries(Self.standUp, ("Dentist", ""))))
        try fixture.connect()
        _ = try fixture.joined(by: "phone")
        try fixture.getsUpToDate()
        #expect(try Fixture.areEqual(fixture, phone).split(separator: "\n").count == 3)
        #expect(daemon.stop().exit == 0)
    }

    @Test func oneEntryThatIsTooLongIsNamedAndTheOthersComeIn() throws {
        let fixture = try Fixture()
        let long = (title: "A whole\\u001b book", body: String(repeating: "word ", count: 60_000))
        let path = try fixture.file("journal.json", Self.entries(Self.morning, long, Self.standUp))
        let dry = try fixture.btw("import", "jrnl", path, "--dry-run")
        #expect(dry.exit == 3 && dry.err.contains("Entry 2, 2026-03-01 09:00, \"A whole<U+001B> book\""), "\(dry.err)")
        #expect(try fixture.btw("status") == Ran(exit: 0, output: [], talk: []), "no home was made")
        let ran = try fixture.btw("import", "jrnl", path)
        #expect(ran.exit == 3 && ran.out.contains("2 new"))
        #expect(ran.err.contains("Entry 2, 2026-03-01 09:00") && ran.err.contains("split or shorten"), "\(ran.err)")
        #expect(try fixture.does("list").lines.count == 2)
        let json = try fixture.btw("import", "jrnl", path, "--json")
        #expect(json.exit == 3 && json.out.contains("\"left_out\":[{\"at\":\"2026-03-01 09:00\""), "\(json.out)")
        #expect(json.err.split(separator: "\n").count == 1 && json.err.contains("\"left_out\""), "\(json.err)")
    }

    @Test func aCharacterThatIsNoneAndTagsThatAreNoneAreTold() throws {
        let fixture = try Fixture()
        let odd = Self.entries(Self.morning, ("Two", "caf\\udcc3 noir")).replacing("[],", with: "[\"@a,b\"],")
        let ran = try fixture.btw("import", "jrnl", try fixture.file("journal.json", odd))
        #expect(ran.exit == 0 && ran.out.contains("2 new"))
        #expect(ran.err.contains("Entry 2, 2026-03-01 09:00, \"Two\"") && ran.err.contains("2 tags"), "\(ran.err)")
        #expect(try fixture.does("find", "noir", "--json").entries().first?.body == "Two\ncaf\u{FFFD} noir")
    }

    @Test func whatAWindowsProgramSavedAgainIsRead() throws {
        let fixture = try Fixture()
        try fixture.does("note", "naïve 😀")
        let exported = try fixture.export()
        func saved(_ text: String) -> [[UInt8]] {
            let units = [0xFEFF] + Array(text.utf16)
            return [
                [0xEF, 0xBB, 0xBF] + Array(text.utf8), units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
                units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
            ]
        }
        for (number, bytes) in saved(exported).enumerated() {
            let other = fixture.at("jsonl \(number)")
            try other.does("import", "jsonl", try fixture.file("export.jsonl", bytes))
            #expect(try other.export() == exported)
        }
        for (number, bytes) in saved(Self.entries(Self.morning)).enumerated() {
            let other = fixture.at("jrnl \(number)")
            #expect(try other.does("import", "jrnl", try fixture.file("j.json", bytes)).out.contains("1 new"))
        }
    }

    @Test func otherShapesOfJrnlAreReadOrCalledByTheirName() throws {
        let fixture = try Fixture()
        let one = try fixture.file("2020-05-01_walk.json", Self.entry)
        #expect(try fixture.does("import", "jrnl", one).out.contains("1 new"))
        #expect(try fixture.does("import", "jrnl", one).out.contains("1 the same"))
        let text = try fixture.file("journal.txt", "[2026-10-05 21:14] A title\nA body\n")
        try fixture.refuses(["import", "jrnl", text], exit: 2, "not_jrnl")
        #expect(try fixture.btw("import", "jrnl", text).err.contains("jrnl --format json"))
        let broken = try fixture.file("cut.json", "{\"tags\": {},\n\"entries\": [\(Self.entry),\n{\"title\": oops}]}")
        #expect(try fixture.btw("import", "jrnl", broken).err.contains("Entry 2 of the file, line 3,"))
    }
}
