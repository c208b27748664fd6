import CanonicalJSON
import Testing

/// JSON output for scripts.
@Suite struct JSONTests {
    @Test func entriesOfEachKindHaveTheirFieldsAndDefaults() throws {
        let fixture = try Fixture()
        let common: Set = ["at", "author", "clock", "edited", "id", "kind", "made", "space"]
        let note = try fixture.makes("note", "body +tag")
        #expect(note.names == common.union(["body", "role", "tags"]))
        #expect(note["role"] == "entry" && note["space"] == "journal" && note.id.utf8.count == 26)
        let mood = try fixture.makes("mood", "2", "anxious", "+sleep", "slept 4h", "--energy", "5", "--day")
        #expect(mood.names == common.union(["body", "energy", "feelings", "span", "tags", "valence"]))
        #expect(mood.integer("valence") == -50 && mood.integer("energy") == 100 && mood["span"] == "day")
        #expect(mood.tags == ["sleep"] && mood.json["feelings"] == ["anxious"] && mood.body == "slept 4h")
        let homework = try fixture.makes("hw", "title", "--times", "3", "--due", "next", "--flag")
        #expect(homework.names == common.union(["due", "flag", "state", "target", "title"]))
        #expect(homework["state"] == "open" && homework.integer("target") == 3)
        let session = try fixture.makes("session", "2026-10-20T10:00", "--topic", "t", "--focus", "f", "--form", "grow")
        #expect(session.names == common.union(["focus", "form", "minutes", "state", "topic"]))
        #expect(session.integer("minutes") == 50 && session["state"] == "planned")
    }

    @Test func listsAreNewestFirstAndExportsByID() throws {
        let fixture = try Fixture()
        for day in ["2026-03-01", "1660-01-11", "2026-03-01T08:00", "2025-12-31"] {
            try fixture.does("note", day, "--at", day)
        }
        let at = try fixture.does("list", "--json").entries().compactMap { $0["at"] }
        #expect(at == at.sorted(by: >))
        let ids = try fixture.export().split(separator: "\n").map { try Printed($0).id }
        #expect(ids == ids.sorted() && ids.count == 4)
        #expect(try fixture.does("list", "--from", "2026-01-01", "--to", "2026-03-01", "--json").entries().count == 2)
        try fixture.does("mood", "3")
        #expect(try fixture.does("list", "moods", "--json").entries().count == 1)
        #expect(try fixture.does("list", "notes", "--json").entries().count == 4)
    }

    @Test func historyNamesEveryEditNewestFirst() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "first").id
        try fixture.does("edit", id, "--set", "body=second")
        let edits = try fixture.does("history", id, "--json").entries()
        #expect(edits.count == 2)
        for edit in edits {
            #expect(edit.names == ["at", "author", "device", "edit", "entry", "live", "set"])
            #expect(edit["entry"] == id)
            #expect(edit["edit"]?.wholeMatch(of: /[0-9a-f]{16}:[0-9]+/) != nil)
        }
        #expect(edits[0].json["set"] == ["body": "second"] && edits[0].json["live"] == ["body"])
        #expect(edits[1].json["set"]?["body"] == "first")
        #expect(edits[1].json["live"]?.asArray?.contains("body") == false)
    }

    @Test func statusImportAndChangesHaveTheirShape() throws {
        let fixture = try Fixture()
        try fixture.does("note", "x")
        let status = try fixture.makes("status")
        let names: Set = [
            "alarms", "conflicts", "device", "entries", "last_sync", "missing", "quarantined", "server", "space",
            "state",
            "waiting",
        ]
        #expect(status.names == names && status["state"] == "local" && status.integer("entries") == 1)
        #expect(try fixture.does("changes", "--json").out == "")
        #expect(try fixture.does("changes", "--since", "yesterday", "--json").out == "")
        let path = try fixture.file("file.jsonl", try fixture.export())
        #expect(try fixture.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try fixture.does("sync").out == "Kept on this device only. To sync: btw connect\n")
    }

    @Test func homeLineSaysWhereYouAreAndAsksForAMoodOnceADay() throws {
        let fixture = try Fixture()
        try fixture.does("hw", "open")
        try fixture.does("note", "bring", "--flag")
        try fixture.does("session", "2026-10-08T10:00")
        try fixture.does("session", "2026-10-22T10:00")
        let first = try fixture.does().lines
        #expect(first.first?.hasPrefix("Day 9 of 14") == true, "\(first)")
        #expect(first.contains { $0.contains("1 open") && $0.contains("1 to bring") }, "\(first)")
        #expect(first.last?.contains("No mood yet today") == true, "\(first)")
        #expect(try !fixture.does().out.contains("No mood"))
        #expect(try fixture.with(["BTW_NOW": "2026-10-17T10:00:00+02:00"]).does().out.contains("No mood"))
    }
}
