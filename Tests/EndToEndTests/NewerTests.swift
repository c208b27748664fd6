import Between
import CanonicalJSON
import Causality
import Records
import Testing

/// Data of a newer version, handled by this one.
@Suite struct NewerTests {
    static let field: JSONValue = ["why": ["deep", 1, true], "when": "2031-01-01"]

    @Test func unknownKindsAndFieldsSurviveEditExportImportAndRebuilding() async throws {
        let fixture = try Fixture()
        let entries = try await fixture.write([
            EntryDraft(Kind("dream"), ["body": "flying", "lucid": true, "depth": Self.field]),
            EntryDraft(.note, ["body": "plain", "weather": "rain", "depth": Self.field, "x/other": "kept"]),
            EntryDraft(.mood, ["valence": 50, "pulse": 61]),
        ])
        let before = try fixture.export()
        #expect(before.contains("\"lucid\":true") && before.contains("\"needs\":\"newer\""))
        try fixture.isSound("rebuilding")
        #expect(try fixture.export() == before)

        // Editing known fields leaves the rest alone.
        let dream = entries[0].id.description
        let note = entries[1].id.description
        #expect(try fixture.btw("show", dream).exit == 0)
        try fixture.does("edit", dream, "--set", "tags+=night")
        try fixture.does("edit", note, "--set", "body=plainer", "flag=yes")
        try fixture.does("rm", note)
        try fixture.does("restore", note)
        let after = try fixture.export().split(separator: "\n").map { try Printed($0) }
        for entry in entries {
            let printed = try #require(after.first { $0.id == entry.id.description })
            let newer = try Printed(entry.json(space: "journal").canonicalText).json["fields"]
            #expect(newer != nil)
            for (name, value) in newer?.asObject ?? [:] { #expect(printed.json["fields"]?[name] == value, "\(name)") }
        }

        let other = fixture.at("other")
        let exported = try fixture.export()
        let path = try fixture.file("file.jsonl", exported)
        try other.does("import", "jsonl", path)
        #expect(try other.export() == exported)
        try other.isSound("rebuilding")
        #expect(try other.export() == exported)
        #expect(try other.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 3))
        #expect(try fixture.does("import", "jsonl", path, "--json").out == KillTests.counts(new: 0, same: 3))
    }

    @Test func unknownKindsAreListedAndFoundByTheirLetter() async throws {
        let fixture = try Fixture()
        let dream = try #require(try await fixture.write([EntryDraft(Kind("dream"), ["body": "flying high"])]).first)
        let prefix = "x" + dream.id.description.prefix(6)
        #expect(try fixture.makes("show", prefix).id == dream.id.description)
        #expect(try fixture.btw("list", "--json").entries().count == 1)
        for command in [["history"], ["rm"], ["restore"], ["undo"]] {
            let words = command + (command == ["undo"] ? [] : [prefix])
            #expect(try fixture.run(words.map { Array($0.utf8) }).exit == 0, "\(words)")
        }
        try fixture.refuses(["done", prefix], exit: 2, "usage")
        try fixture.does("forget", prefix, "--yes")
        #expect(try fixture.homeFiles(holding: "flying") == [])
    }
}
