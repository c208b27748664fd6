import CanonicalJSON
import Testing

/// JSON output for scripts.
@Suite struct JSONTests {
    @Test func entriesOfEachKindHaveTheirFieldsAndDefaults() throws {
        let desk = try Desk()
        let common: Set = ["at", "author", "clock", "edited", "id", "kind", "made", "space"]
        let note = try desk.makes("note", "body +tag")
        #expect(note.names == common.union(["body", "role", "tags"]))
        #expect(note["role"] == "entry" && note["space"] == "journal" && note.id.utf8.count == 26)
        let mood = try desk.makes("mood", "2", "anxious", "+sleep", "slept 4h", "--energy", "5", "--day")
        #expect(mood.names == common.union(["body", "energy", "feelings", "span", "tags", "valence"]))
        #expect(mood.integer("valence") == -50 && mood.integer("energy") == 100 && mood["span"] == "day")
        #expect(mood.tags == ["sleep"] && mood.json["feelings"] == ["anxious"] && mood.body == "slept 4h")
        let homework = try desk.makes("hw", "title", "--times", "3", "--due", "next", "--flag")
        #expect(homework.names == common.union(["due", "flag", "state", "target", "title"]))
        #expect(homework["state"] == "open" && homework.integer("target") == 3)
        let session = try desk.makes("session", "2026-10-20T10:00", "--topic", "t", "--focus", "f", "--form", "grow")
        #expect(session.names == common.union(["focus", "form", "minutes", "state", "topic"]))
        #expect(session.integer("minutes") == 50 && session["state"] == "planned")
    }

    @Test func listsAreNewestFirstAndExportsByID() throws {
        let desk = try Desk()
        for day in ["2026-03-01", "1660-01-11", "2026-03-01T08:00", "2025-12-31"] {
            try desk.does("note", day, "--at", day)
        }
        let at = try desk.does("list", "--json").entries().compactMap { $0["at"] }
        #expect(at == at.sorted(by: >))
        let ids = try desk.export().split(separator: "\n").map { try Printed($0).id }
        #expect(ids == ids.sorted() && ids.count == 4)
        #expect(try desk.does("list", "--from", "2026-01-01", "--to", "2026-03-01", "--json").entries().count == 2)
        try desk.does("mood", "3")
        #expect(try desk.does("list", "moods", "--json").entries().count == 1)
        #expect(try desk.does("list", "notes", "--json").entries().count == 4)
    }

    @Test func historyNamesEveryEditNewestFirst() throws {
        let desk = try Desk()
        let id = try desk.makes("note", "first").id
        try desk.does("edit", id, "--set", "body=second")
        let edits = try desk.does("history", id, "--json").entries()
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
        let desk = try Desk()
        try desk.does("note", "x")
        let status = try desk.makes("status")
        let names: Set = [
            "alarms", "conflicts", "device", "entries", "last_sync", "missing", "quarantined", "server", "space",
            "state",
            "waiting",
        ]
        #expect(status.names == names && status["state"] == "local" && status.integer("entries") == 1)
        #expect(try desk.does("changes", "--json").out == "")
        #expect(try desk.does("changes", "--since", "yesterday", "--json").out == "")
        let path = try desk.file("file.jsonl", try desk.export())
        #expect(try desk.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 1))
        #expect(try desk.does("sync").out == "Kept on this device only. To sync: btw connect\n")
    }

    @Test func homeLineSaysWhereYouAreAndAsksForAMoodOnceADay() throws {
        let desk = try Desk()
        try desk.does("hw", "open")
        try desk.does("note", "bring", "--flag")
        try desk.does("session", "2026-10-08T10:00")
        try desk.does("session", "2026-10-22T10:00")
        let first = try desk.does().lines
        #expect(first.first?.hasPrefix("Day 9 of 14") == true, "\(first)")
        #expect(first.contains { $0.contains("1 open") && $0.contains("1 to bring") }, "\(first)")
        #expect(first.last?.contains("No mood yet today") == true, "\(first)")
        #expect(try !desk.does().out.contains("No mood"))
        #expect(try desk.with(["BTW_NOW": "2026-10-17T10:00:00+02:00"]).does().out.contains("No mood"))
    }
}
