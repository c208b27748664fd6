import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// jrnl's JSON export, as notes.
@Suite struct ImportJrnlTests {
    func file(_ entries: String...) throws(ImportProblem) -> JrnlFile {
        try JrnlFile(parsing: Array(#"{"tags":{"@a":1},"entries":[\#(entries.joined(separator: ","))]}"#.utf8))
    }

    func entry(_ members: String, date: String = "2026-10-05", time: String = "21:14") -> String {
        #"{"title":"T","body":"B","date":"\#(date)","time":"\#(time)"\#(members)}"#
    }

    @Test func anEntryIsANoteWithItsTimeAndWithoutAZone() throws {
        let entries = try file(entry(#","tags":["@Sleep","@a b"],"starred":true"#)).entries
        #expect(
            entries.map(\.fields) == [
                [
                    "kind": "note", "body": "T\nB", "at": "2026-10-05T21:14", "tags/sleep": true, "tags/a-b": true,
                    "tags/starred": true,
                ]
            ])
        #expect(entries.map(\.sourceID) == ["2026-10-05 21:14 1"])
    }

    @Test func titleAndBodyAreOneText() throws {
        func body(_ title: String, _ body: String) throws -> JSONValue? {
            let text = #"{"title":"\#(title)","body":"\#(body)","date":"1660-01-11","time":"21:00"}"#
            return try file(text).entries.first?.fields["body"]
        }
        #expect(try body("a", "b\\nc\\n") == "a\nb\nc\n")
        #expect(try body("a", "") == "a")
        #expect(try body("", "b") == "b")
        #expect(try body("", "") == nil)
        #expect(try body("a\\r\\nb", "c\\rd") == "a\nb\nc\rd")
        #expect(try body("é", "e\u{301} @tag stays") == "é\ne\u{301} @tag stays")
    }

    @Test func secondsAreCut() throws {
        #expect(try file(entry("", time: "21:14:59")).entries.first?.fields["at"] == "2026-10-05T21:14")
    }

    @Test func whatHasNoFieldOfOursIsKept() throws {
        let entries = try file(entry(#","uuid":"F00","creator":{"host_name":"h","n":1.5},"later":[null]"#)).entries
        #expect(
            entries.first?.fields["x/jrnl"] == [
                "uuid": "F00", "creator": ["host_name": "h", "n": .real(1.5)], "later": [.null],
            ])
        #expect(entries.first?.sourceID == "F00")
    }

    @Test func aSourceIDIsTheEntrysAndNotItsTexts() throws {
        let entries = try file(
            entry(""), entry("", time: "21:15"), entry(#","starred":true"#), entry(#","uuid":"u""#),
            entry(#","uuid":"u""#), entry(#","uuid":"""#), entry(#","uuid":"2026-10-05 21:15 2""#),
            entry("", time: "21:15:30")
        ).entries
        #expect(
            entries.map(\.sourceID) == [
                "2026-10-05 21:14 1", "2026-10-05 21:15 1", "2026-10-05 21:14 2", "u", "u 1", "2026-10-05 21:14 3",
                "2026-10-05 21:15 2", "2026-10-05 21:15 3",
            ])
    }

    @Test func tagsThatCannotBeOursAreCounted() throws {
        let long = String(repeating: "a", count: 65)
        let read = try file(entry(##","tags":["@\##(long)","@a,b","","@","ÄRGER","#2x"]"##))
        #expect(read.skippedTagCount == 4)
        #expect(Set(read.entries.flatMap(\.fields.keys)) == ["kind", "body", "at", "tags/ärger", "tags/2x"])
    }

    @Test(
        arguments: [
            ("", nil), ("[]", nil), ("{}", nil), (#"{"entries":{}}"#, nil), (#"{"entries":[1]}"#, 1),
            (#"{"entries":[{}]}"#, 1), (#"{"entries":[{"title":1,"body":"","date":"2026-10-05","time":"21:14"}]}"#, 1),
            (#"{"entries":[],"entries":[]}"#, nil),
        ] as [(String, Int?)])
    func refusesWhatIsNotJrnls(_ text: String, number: Int?) {
        let problem = #expect(throws: ImportProblem.self) { try JrnlFile(parsing: Array(text.utf8)) }
        #expect(problem?.number == number)
    }

    @Test(arguments: [
        ("2026-02-30", "21:14"), ("2026-10-5", "21:14"), ("2026-10-05", "24:00"), ("2026-10-05", "9:14"),
        ("2026-10-05", "21:14:60"), ("2026-10-05", "21:14+02:00"), ("2026-10-05T21:14", "21:14"), ("2026-10-05", ""),
        ("", "21:14"),
    ])
    func aTimeThatIsNoneIsNamedByItsEntry(date: String, time: String) {
        let problem = #expect(throws: ImportProblem.self) {
            try file(entry(""), entry("", date: date, time: time), entry(""))
        }
        #expect(problem?.number == 2)
    }

    @Test(arguments: [
        #","tags":[1]"#, #","starred":"yes""#, #","tags":{"@a":1}"#,
    ])
    func refusesMembersOfAnotherForm(_ members: String) {
        #expect(throws: ImportProblem.self) { try file(entry(members)) }
    }

    @Test func refusesNULAndTextThatIsTooLong() throws {
        func problem(_ body: String) -> ImportProblem? {
            #expect(throws: ImportProblem.self) {
                try file(#"{"title":"secret","body":"\#(body)","date":"2026-10-05","time":"21:14"}"#)
            }
        }
        let long = String(repeating: "a", count: RecordLimits.proseBytesMax)
        for body in ["\\u0000", long, String(repeating: "\\n", count: 120_000)] {
            let description = try #require(problem(body)).description
            #expect(!description.contains("secret") && !description.contains("aa"), "\(description)")
        }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        let bytes = Array(#"{"entries":[{"title":""#.utf8) + [0xFF] + Array(#""}]}"#.utf8)
        #expect(throws: ImportProblem(.json(.invalidUTF8))) { try JrnlFile(parsing: bytes) }
    }

    static let pepys = Repository.shared.appending(path: "data/pepys.jrnl.json")

    @Test(.enabled(if: Repository.exists(pepys)))
    func aDiaryOfTenYearsComesInWhole() throws {
        let bytes = try Array(Data(contentsOf: Self.pepys))
        let file = try JrnlFile(parsing: bytes)
        #expect(file.entries.count == 3_413)
        #expect(file.skippedTagCount == 0)
        #expect(Set(file.entries.map(\.sourceID)).count == 3_413)
        let days = file.entries.compactMap { $0.fields["at"]?.asText.flatMap { Moment($0) }?.day }
        #expect(days.count == 3_413)
        #expect(days.min()?.description == "1660-01-11")
        let source = try #require(try JSONValue(parsing: bytes)["entries"]?.asArray)
        for (entry, original) in zip(file.entries, source) {
            let title = try #require(original["title"]?.asText)
            let body = try #require(original["body"]?.asText)
            #expect(entry.fields["body"] == .text(Text(body.isEmpty ? title : title + "\n" + body)))
        }
    }
}
