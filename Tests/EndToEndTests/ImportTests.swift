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
        // A repeated line is as bad.
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
        let desk = try Desk()
        let all = try desk.file("all.json", Self.entries(Self.morning, Self.standUp))
        let part = try desk.file("part.json", Self.entries(Self.standUp))
        let more = try desk.file("more.json", Self.entries(("Dentist", ""), Self.morning, Self.standUp))
        try desk.does("import", "jrnl", all)
        let id = try #require(desk.does("find", "argued", "--json").entries().first?.id)
        let comment = try desk.makes("note", "I should say sorry", "--about", id).id
        let hospital = try #require(desk.does("find", "hospital", "--json").entries().first)
        try desk.does("edit", hospital.id, "--set", "body=\(hospital.body ?? "")\nI was afraid.")
        let before = try desk.export()
        #expect(try desk.does("import", "jrnl", part, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try desk.export() == before)
        #expect(try desk.does("import", "jrnl", more, "--json").out == KillTests.counts(new: 1, same: 2))
        #expect(
            try desk.makes("show", try #require(desk.makes("show", comment)["about"])).body?.hasPrefix("Stand-up")
                == true)
        #expect(try desk.does("find", "afraid", "--json").entries().first?.body?.contains("hospital") == true)
        #expect(try desk.does("list").lines.count == 4)
    }

    @Test func aDryRunNamesWhatWouldBeUpdated() throws {
        let desk = try Desk()
        try desk.does("import", "jrnl", try desk.file("1.json", Self.entries(Self.morning, Self.standUp)))
        let later = (title: "Stand\\u001b-up", body: "Argued about the plan, and made up.")
        let path = try desk.file("2.json", Self.entries(later, ("Another day", "")))
        let dry = try desk.does("import", "jrnl", path, "--dry-run")
        #expect(dry.out.contains("1 new, 0 the same as before, 1 updated"))
        #expect(dry.lines.count == 2 && dry.lines[1].contains("2026-03-01 09:00"))
        #expect(dry.lines[1].contains("Stand-up") && dry.lines[1].contains("Stand<U+001B>-up"))
        #expect(!dry.out.contains("\u{1B}"))
        let json = try desk.makes("import", "jrnl", path, "--dry-run")
        #expect(json.integer("updated") == 1)
        #expect(try desk.does("import", "jrnl", path).lines.count == 2)
        #expect(try desk.does("list").lines.count == 3)
    }

    @Test func twoDevicesThatImportedDifferentPartsHaveEachEntryOnceAfterJoining() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        let phone = desk.at("phone")
        try desk.does("import", "jrnl", try desk.file("all.json", Self.entries(Self.morning, Self.standUp)))
        try phone.does("import", "jrnl", try desk.file("part.json", Self.entries(Self.standUp, ("Dentist", ""))))
        try desk.connect()
        _ = try desk.joined(by: "phone")
        try desk.getsInStep()
        #expect(try Desk.areEqual(desk, phone).split(separator: "\n").count == 3)
        #expect(daemon.stop().exit == 0)
    }

    @Test func oneEntryThatIsTooLongIsNamedAndTheOthersComeIn() throws {
        let desk = try Desk()
        let long = (title: "A whole\\u001b book", body: String(repeating: "word ", count: 60_000))
        let path = try desk.file("journal.json", Self.entries(Self.morning, long, Self.standUp))
        let dry = try desk.btw("import", "jrnl", path, "--dry-run")
        #expect(dry.exit == 3 && dry.err.contains("Entry 2, 2026-03-01 09:00, \"A whole<U+001B> book\""), "\(dry.err)")
        #expect(try desk.btw("status") == Ran(exit: 0, output: [], talk: []), "no home was made")
        let ran = try desk.btw("import", "jrnl", path)
        #expect(ran.exit == 3 && ran.out.contains("2 new"))
        #expect(ran.err.contains("Entry 2, 2026-03-01 09:00") && ran.err.contains("split or shorten"), "\(ran.err)")
        #expect(try desk.does("list").lines.count == 2)
        let json = try desk.btw("import", "jrnl", path, "--json")
        #expect(json.exit == 3 && json.out.contains("\"left_out\":[{\"at\":\"2026-03-01 09:00\""), "\(json.out)")
        #expect(json.err.split(separator: "\n").count == 1 && json.err.contains("\"left_out\""), "\(json.err)")
    }

    @Test func aCharacterThatIsNoneAndTagsThatAreNoneAreTold() throws {
        let desk = try Desk()
        let odd = Self.entries(Self.morning, ("Two", "caf\\udcc3 noir")).replacing("[],", with: "[\"@a,b\"],")
        let ran = try desk.btw("import", "jrnl", try desk.file("journal.json", odd))
        #expect(ran.exit == 0 && ran.out.contains("2 new"))
        #expect(ran.err.contains("Entry 2, 2026-03-01 09:00, \"Two\"") && ran.err.contains("2 tags"), "\(ran.err)")
        #expect(try desk.does("find", "noir", "--json").entries().first?.body == "Two\ncaf\u{FFFD} noir")
    }

    @Test func whatAWindowsProgramSavedAgainIsRead() throws {
        let desk = try Desk()
        try desk.does("note", "naïve 😀")
        let exported = try desk.export()
        func saved(_ text: String) -> [[UInt8]] {
            let units = [0xFEFF] + Array(text.utf16)
            return [
                [0xEF, 0xBB, 0xBF] + Array(text.utf8), units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
                units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
            ]
        }
        for (number, bytes) in saved(exported).enumerated() {
            let other = desk.at("jsonl \(number)")
            try other.does("import", "jsonl", try desk.file("export.jsonl", bytes))
            #expect(try other.export() == exported)
        }
        for (number, bytes) in saved(Self.entries(Self.morning)).enumerated() {
            let other = desk.at("jrnl \(number)")
            #expect(try other.does("import", "jrnl", try desk.file("j.json", bytes)).out.contains("1 new"))
        }
    }

    @Test func otherShapesOfJrnlAreReadOrCalledByTheirName() throws {
        let desk = try Desk()
        let one = try desk.file("2020-05-01_walk.json", Self.entry)
        #expect(try desk.does("import", "jrnl", one).out.contains("1 new"))
        #expect(try desk.does("import", "jrnl", one).out.contains("1 the same"))
        let text = try desk.file("journal.txt", "[2026-10-05 21:14] A title\nA body\n")
        try desk.refuses(["import", "jrnl", text], exit: 2, "not_jrnl")
        #expect(try desk.btw("import", "jrnl", text).err.contains("jrnl --format json"))
        let broken = try desk.file("cut.json", "{\"tags\": {},\n\"entries\": [\(Self.entry),\n{\"title\": oops}]}")
        #expect(try desk.btw("import", "jrnl", broken).err.contains("Entry 2 of the file, line 3,"))
    }
}
