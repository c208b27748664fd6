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
        #expect(entries.map(\.name) == [.amongThose(of: "2026-10-05 21:14")])
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
        #expect(entries.first?.name == .uuid("F00"))
    }

    @Test func aNameIsTheSourcesOrNone() throws {
        let entries = try file(
            entry(""), entry("", time: "21:15:30"), entry(#","uuid":"u""#), entry(#","uuid":"u""#),
            entry(#","uuid":"""#)
        ).entries
        // A repeated uuid identifies none of the entries, only the group that they belong to.
        #expect(
            entries.map(\.name) == [
                .amongThose(of: "2026-10-05 21:14"), .amongThose(of: "2026-10-05 21:15"),
                .amongThose(of: "u"), .amongThose(of: "u"), .amongThose(of: "2026-10-05 21:14"),
            ])
    }

    @Test func aTitleOfMarksIsNotNamedWhole() throws {
        let title = "a" + String(repeating: "\u{301}", count: 150_000)
        let long = String(repeating: "x", count: RecordLimits.proseBytesMax)
        let read = try file(#"{"title":"\#(title)","body":"\#(long)","date":"2026-10-05","time":"21:14"}"#, entry(""))
        #expect(read.leftOut.count == 1 && (read.leftOut.first?.title.unicodeScalars.count ?? .max) < 1000)
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

    @Test func anEntryThatIsTooLongIsLeftOutAndTheOthersComeIn() throws {
        let long = String(repeating: "a", count: RecordLimits.proseBytesMax)
        for body in [long, String(repeating: "\\n", count: 120_000)] {
            let odd = #"{"title":"secret","body":"\#(body)","date":"2026-10-06","time":"21:14"}"#
            let read = try file(entry(""), odd, entry("", time: "22:00"))
            #expect(read.entries.count == 2)
            let left = try #require(read.leftOut.first)
            #expect((left.number, left.minute, left.title) == (2, "2026-10-06 21:14", "secret"))
            let description = try #require(left.problem).description
            #expect(!description.contains("secret") && !description.contains("aa"), "\(description)")
        }
    }

    @Test func aCharacterThatIsNoneIsReplacedAndItsEntryNamed() throws {
        for (odd, mended) in [
            (#"caf\udcc3 noir"#, "caf\u{FFFD} noir"), (#"\ud83d"#, "\u{FFFD}"), (#"\ud83d\u0041"#, "\u{FFFD}A"),
            (#"\uDE00\ud83d"#, "\u{FFFD}\u{FFFD}"), (#"a\u0000b"#, "a\u{FFFD}b"), (#"\\\udcc3"#, "\\\u{FFFD}"),
        ] {
            let text = #"{"title":"Two","body":"\#(odd)","date":"2019-01-02","time":"10:00","starred":false}"#
            let read = try file(entry(""), text, entry(""))
            #expect(read.entries[1].fields["body"] == .text(Text("Two\n" + mended)))
            #expect(read.mended.map(\.number) == [2] && read.mended.map(\.minute) == ["2019-01-02 10:00"], "\(odd)")
            #expect(try JrnlFile(parsing: Array(text.utf8)).mended.map(\.number) == [1])
        }
        for whole in [#"\ud83d\ude00"#, #"\\udcc3"#, #"\\\\u0000"#, #"é\"\n"#] {
            #expect(try file(#"{"title":"\#(whole)","body":"","date":"2019-01-02","time":"10:00"}"#).mended.isEmpty)
        }
    }

    /// Notepad's byte order mark, and PowerShell's UTF-16.
    @Test(arguments: [false, true]) func readsWhatAnotherProgramSavedAgain(isBig: Bool) throws {
        let text = #"{"entries":[\#(entry(#","tags":["@ä"]"#).replacing("\"B\"", with: "\"ä😀\""))]}"#
        func wide(_ units: some Sequence<UInt16>) -> [UInt8] {
            units.flatMap { isBig ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        }
        let plain = try JrnlFile(parsing: Array(text.utf8))
        #expect(try JrnlFile(parsing: [0xEF, 0xBB, 0xBF] + Array(text.utf8)) == plain)
        #expect(try JrnlFile(parsing: wide(text.utf16)) == plain)
        #expect(try JrnlFile(parsing: wide([0xFEFF] + Array(text.utf16))) == plain)
        let problem = #expect(throws: ImportProblem.self) {
            try JrnlFile(parsing: wide([0xFEFF] + Array(text.utf16)).dropLast())
        }
        #expect(problem?.description.contains("UTF-16") == true)
        let broken = text.utf16.map { $0 == 0xDE00 ? 0x0041 : $0 }
        #expect(try JrnlFile(parsing: wide(broken)).mended.count == 1)
    }

    @Test func oneObjectIsOneEntryAndTheTextFileIsCalledSo() throws {
        #expect(try JrnlFile(parsing: Array(entry("").utf8)).entries == file(entry("")).entries)
        for text in ["[2026-10-05 21:14] A title\nA body\n", "\u{FEFF}\n[2026-10-05 21:14:00 PM] A title *\n"] {
            let problem = #expect(throws: ImportProblem.self) { try JrnlFile(parsing: Array(text.utf8)) }
            #expect(problem?.reason == .journalText)
        }
    }

    @Test func whatIsNoJSONIsFoundByEntryAndLine() throws {
        let first = entry(#","tags":["[","\"{"]"#)
        let cases: [(String, Int?, Int)] = [
            ("{\"tags\":{},\n\"entries\":[\(first),\n\(entry("")),\n{\"title\": oops}]}", 3, 4),
            ("{\"tags\":{\"a\":[1]},\n\"entries\":[\(first),\n{\"title\":\"\u{1}\"}]}", 2, 3),
            ("{\"entries\":[\(first)],\n\"tags\": oops}", nil, 2), ("{\"tags\": oops, \"entries\":[\(first)]}", nil, 1),
            ("{\"entries\":[\(first),\n\(entry(""))", 2, 2), ("oops", nil, 1), ("", nil, 1),
        ]
        for (text, number, line) in cases {
            let problem = #expect(throws: ImportProblem.self) { try JrnlFile(parsing: Array(text.utf8)) }
            #expect((problem?.number, problem?.line) == (number, line), "\(text)")
        }
    }

    @Test func refusesBytesThatAreNotUTF8AndSaysWhere() {
        let bytes = Array("{\"entries\":[\(entry("")),\n{\"title\":\"".utf8) + [0xFF] + Array(#""}]}"#.utf8)
        #expect(throws: ImportProblem(.json(.invalidUTF8), number: 2, line: 2)) { try JrnlFile(parsing: bytes) }
    }

    static let pepys = Repository.shared.appending(path: "data/pepys.jrnl.json")

    @Test(.enabled(if: Repository.exists(pepys)))
    func aDiaryOfTenYearsComesInWhole() throws {
        let bytes = try Array(Data(contentsOf: Self.pepys))
        let file = try JrnlFile(parsing: bytes)
        #expect(file.entries.count == 3_413)
        #expect(file.skippedTagCount == 0)
        #expect(Set(file.entries.map(\.fields["body"])).count == 3_413)
        #expect(file.leftOut.isEmpty && file.mended.isEmpty)
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
