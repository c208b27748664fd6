import CanonicalJSON
import Causality
import Records
import Testing

/// Entries as printed, and edits as sealed.
@Suite struct EntryJSONTests {
    func printed(_ fields: [[FieldName: JSONValue]]) -> String {
        var fixture = Fixture(1)
        for fields in fields { fixture.write(fields) }
        return fixture.entry().json(space: "journal").canonicalText
    }

    let envelope: [FieldName: JSONValue] = [
        "made": "2026-10-05T19:14:00.000Z", "author": "00000000000000000000000001", "at": "2026-10-05T21:14+02:00",
    ]

    @Test func aNoteIsTheSampleOfTheSpecification() {
        let note = envelope.merging(["kind": "note", "body": "ugh, that call", "tags/a": true]) { $1 }
        #expect(
            printed([note]) == """
                {"at":"2026-10-05T21:14+02:00","author":"00000000000000000000000001","body":"ugh, that call",\
                "clock":{"0000000000000001":1},"edited":"1970-01-01T00:00:00.000Z","id":"0000000000000g000000000002",\
                "kind":"note","made":"2026-10-05T19:14:00.000Z","role":"entry","space":"journal","tags":["a"]}
                """)
    }

    @Test func defaultsAreWrittenOutAndWhatIsUnsetIsAbsent() {
        let homework = printed([["kind": "homework", "title": "a", "due": "next"], ["due": .null, "flag": false]])
        #expect(homework.contains(#""state":"open","target":1,"title":"a""#))
        #expect(!homework.contains("due") && !homework.contains("flag") && !homework.contains("gone"))
        #expect(printed([["kind": "session"]]).contains(#""minutes":50"#))
        #expect(printed([["kind": "mood", "valence": 0]]).contains(#""span":"moment","valence":0"#))
    }

    @Test func setsAreSortedByBytesAndTheTrashIsNamed() {
        let mood = printed([
            ["kind": "mood", "feelings/ä": true, "feelings/z": true, "feelings/a": true], ["feelings/z": false],
            ["gone": "trashed"],
        ])
        #expect(mood.contains(#""feelings":["a","ä"],"gone":"trashed""#))
        #expect(!mood.contains("tags"))
    }

    @Test func foreignFieldsAreShownBySource() {
        #expect(printed([["kind": "note", "x/jrnl": ["uuid": "1"]]]).contains(#""x":{"jrnl":{"uuid":"1"}}"#))
    }

    @Test func whatANewerVersionWroteIsKeptAndSaid() {
        #expect(
            printed([["kind": "note", "weather": ["rain", .real(0.5)]]])
                .contains(#""fields":{"weather":["rain",0.5]},"id""#))
        let dream = printed([["kind": "dream", "lucid": true, "at": "2026-10-05"]])
        #expect(dream.contains(#""at":"2026-10-05","clock""#))
        #expect(dream.contains(#""fields":{"lucid":true}"#))
        #expect(dream.contains(#""needs":"newer""#))
    }

    @Test func aTitleIsTheFirstLineOfAtMostSixtyColumns() {
        func title(_ body: String) -> String {
            var fixture = Fixture(1)
            fixture.write(["kind": "note", "body": .text(Text(body))])
            return fixture.entry().title
        }
        #expect(title("\nfirst\nsecond") == "first")
        #expect(title(String(repeating: "a", count: 60)) == String(repeating: "a", count: 60))
        #expect(title(String(repeating: "a", count: 61)) == String(repeating: "a", count: 59) + "…")
        #expect(title("") == "")
    }

    @Test func contentReadsBackWithAllThatItHolds() throws {
        let dot = Dot(ReplicaID(bits: 7), 3)
        let content = EditContent(
            at: Timestamp(millisSince1970: -5),
            fields: ["body": "e\u{301} \u{0}", "due": .null, "x/a": [1, .real(1.5)]],
            label: "import jrnl 1", undoes: [dot], origin: VectorClock([dot]),
            imported: ImportName(source: "jrnl", id: "2026-10-05 21:14 1"),
            proof: EntryProof(Array(0xB0..<0xC0)))
        #expect(String(decoding: content.bytes, as: UTF8.self).contains(#""proof":"sLGys7S1tre4ubq7vL2-vw""#))
        #expect(EditContent(content.bytes) == content)
        #expect(EditContent(EditContent(at: content.at, fields: [:]).bytes)?.fields.isEmpty == true)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"at":1}"#, #"{"at":"1","fields":{}}"#, #"{"at":1,"fields":[]}"#,
        #"{"at":9007199254740993,"fields":{}}"#, #"{"at":1,"fields":{},"fields":{}}"#, #"{"at":1,"fields":{"":1}}"#,
        #"{"at":1,"fields":{"a\u0000b":1}}"#,
    ])
    func refusesContentThatIsNone(_ text: String) {
        #expect(EditContent(Array(text.utf8)) == nil)
    }

    @Test func membersOfANewerVersionAreNoReasonToRefuse() {
        let bytes = Array(#"{"at":1,"fields":{"body":"a"},"later":[1]}"#.utf8)
        let content = EditContent(bytes)
        #expect(content?.fields == ["body": "a"])
        #expect(content?.bytes == bytes)
    }
}
