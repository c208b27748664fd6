import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// `btw export --jsonl`, read back.
@Suite struct ImportExportedEntryTests {
    @Test func everyEntryComesBackByteForByte() throws {
        for seed in 0..<4_000 {
            var random = ImportRandomEntry(seed: seed)
            let entry = random.entry()
            let line = entry.json(space: "journal").canonicalBytes()
            let exported = try ExportedEntry(parsing: line)
            let back = exported.entry
            #expect(back.json(space: exported.space).canonicalBytes() == line, "SEED=\(seed)")
            #expect(
                [back.id == entry.id, back.kind == entry.kind, back.isTrashed == entry.isTrashed]
                    == [true, true, true], "SEED=\(seed)")
            #expect(back.clock == entry.clock && back.edited == entry.edited, "SEED=\(seed)")
            #expect(back.unsettled == entry.unsettled, "SEED=\(seed)")
            let kept = entry.fields.filter { name, value in
                value != Schema.field(name, of: entry.kind)?.standard && !(name == "flag" && value == false)
            }
            #expect(back.fields == kept, "SEED=\(seed)")
        }
    }

    static let envelope = #"""
        "clock":{"0000000000000001":1},"edited":"1970-01-01T00:00:00.000Z","id":"0000000000000g000000000002","space":"j"
        """#

    func read(_ members: String) throws(ImportProblem) -> ExportedEntry {
        try ExportedEntry(parsing: Array("{\(members),\(Self.envelope)}".utf8))
    }

    @Test func standardsAreNotSetAgain() throws {
        let homework = try read(#""kind":"homework","state":"open","target":1,"title":"a","flag":false,"due":null"#)
        #expect(homework.entry.fields == ["kind": "homework", "title": "a"])
    }

    @Test func setsAndSourcesAreRegistersOfTheirOwn() throws {
        let mood = try read(#""kind":"mood","tags":["b","a"],"feelings":["so so"],"x":{"jrnl":{"uuid":"1"}}"#)
        #expect(
            mood.entry.fields == [
                "kind": "mood", "tags/a": true, "tags/b": true, "feelings/so so": true, "x/jrnl": ["uuid": "1"],
            ])
    }

    @Test func anUnsettledEntryKeepsWhatWasShown() throws {
        let session = try read(
            #""kind":"session","at":"2026-10-05","unsettled":{"at":["2026-10-05","2026-10-06"]}"#)
        #expect(session.entry.fields["at"] == "2026-10-05")
        #expect(session.entry.unsettled == ["at": ["2026-10-05", "2026-10-06"]])
    }

    @Test func aNewerVersionsMembersAreFields() throws {
        let file = try read(#""kind":"file","name":"cv.pdf","bytes":12"#)
        #expect(file.entry.fields == ["kind": "file", "name": "cv.pdf", "bytes": 12])
    }

    @Test func whatAnOlderVersionDidNotKnowIsAFieldOfOurs() throws {
        let mood = try read(
            #""kind":"mood","needs":"newer","fields":{"valence":-50,"feelings/calm":true,"x/a":1}"#)
        #expect(mood.entry.fields == ["kind": "mood", "valence": -50, "feelings/calm": true, "x/a": 1])
    }

    @Test(arguments: [
        #""kind":1"#, #""kind":"A b""#, #""body":"no kind""#, #""kind":"note","body":"\u0000""#,
        #""kind":"note","body":1"#,
        #""kind":"note","at":"yesterday""#, #""kind":"mood","valence":900"#, #""kind":"note","tags":"a""#,
        #""kind":"note","tags":["A"]"#, #""kind":"note","tags":[1]"#, #""kind":"note","x":[]"#,
        #""kind":"note","x":{"":1}"#, #""kind":"note","gone":"forgotten""#, #""kind":"note","flag":1"#,
        #""kind":"note","unsettled":[]"#, #""kind":"note","unsettled":{"at":1}"#, #""kind":"note","needs":"older""#,
        #""kind":"note","fields":[]"#, #""kind":"note","fields":{"kind":"mood"}"#,
        #""kind":"note","fields":{"gone":"trashed"}"#, #""kind":"note","fields":{"tags/a":false}"#,
        #""kind":"note","tags/a":true"#, #""kind":"note","author":"me""#,
        #""kind":"note","made":"2026""#, #""kind":"note","weather":1,"fields":{"weather":2}"#,
    ])
    func refusesWhatAnExportDoesNotHold(_ members: String) {
        #expect(throws: ImportProblem.self) { try read(members) }
    }

    @Test(arguments: ["clock", "edited", "id", "space"])
    func refusesALineWithoutItsEnvelope(_ name: Text) throws {
        guard case .object(var object) = try JSONValue(parsing: "{\"kind\":\"note\",\(Self.envelope)}".utf8) else {
            return
        }
        #expect(throws: Never.self) { try ExportedEntry(.object(object)) }
        object[name] = 1
        #expect(throws: ImportProblem.self) { try ExportedEntry(.object(object)) }
        object[name] = nil
        #expect(throws: ImportProblem.self) { try ExportedEntry(.object(object)) }
    }

    @Test func refusesWhatNoEditHolds() {
        let title = String(repeating: "t", count: RecordLimits.lineLengthMax + 1)
        #expect(throws: ImportProblem.self) { try read(#""kind":"homework","title":"\#(title)""#) }
        let body = String(repeating: "b", count: RecordLimits.proseBytesMax + 1)
        #expect(throws: ImportProblem.self) { try read(#""kind":"note","body":"\#(body)""#) }
        let weather = String(repeating: "w", count: RecordLimits.editBytesMax)
        #expect(throws: ImportProblem(.tooLarge)) { try read(#""kind":"note","weather":"\#(weather)""#) }
    }

    @Test func whatIsOddStandsAmongTheFieldsAndComesBack() throws {
        let odd: [JSONValue] = [
            7, -1, .real(1e308), "", "x", "\u{1b}[2J", "2026-02-30", [], [1, [2]], ["a": ["b": 1]], true, "\u{0}",
        ]
        let clock = VectorClock([Dot(ReplicaID(bits: 1), 1)])
        for kind in Kind.known + [Kind("A b"), Kind("\u{1b}[2J"), Kind("")] {
            let names =
                Schema.fields(of: kind).filter { !$0.isCollection && !["kind", "gone"].contains($0.name) }
                .map { FieldName($0.name) } + [
                    "tags/A b", "tags/", "x/", "x/jrnl", "feelings/\u{9b}", "/", "a/b/c", "x", "tags",
                ]
            for value in odd {
                var fields = Dictionary(uniqueKeysWithValues: names.map { ($0, value) })
                fields["kind"] = .text(kind.name)
                let entry = Entry(
                    id: .init(high: 1, low: 2), kind: kind, fields: fields, clock: clock,
                    edited: Timestamp(millisSince1970: 0))
                let line = entry.json(space: "journal").canonicalBytes()
                let back = try ExportedEntry(parsing: line).entry
                #expect(back.json(space: "journal").canonicalBytes() == line, "\(kind) \(value)")
                let kept = fields.filter { name, value in
                    value != Schema.field(name, of: kind)?.standard && Entry.isSet(name, value)
                }
                #expect(back.fields == kept, "\(kind) \(value)")
            }
        }
    }

    @Test func whatSeveralEditsHoldComesBackInSeveral() throws {
        let tags = (0..<1_100).map { "\"t\($0)\"" }.joined(separator: ",")
        #expect(try read(#""kind":"note","tags":[\#(tags)]"#).entry.fields.count == 1_101)
    }

    @Test func theFileSaysWhichLineIsWrong() throws {
        let line = "{\"kind\":\"note\",\(Self.envelope)}"
        func problem(_ text: String) -> ImportProblem? {
            #expect(throws: ImportProblem.self) { try ExportFile(parsing: Array(text.utf8)) }
        }
        #expect(try ExportFile(parsing: Array("\n\(line)\r\n\n".utf8)).entries.count == 1)
        #expect(try ExportFile(parsing: []).entries.isEmpty)
        #expect(problem("\(line)\n\(line)\n") == ImportProblem(.repeatedID, number: 2))
        #expect(problem("\(line)\n\nsecret") == ImportProblem(.json(.unexpectedByte), number: 3))
        #expect(problem("[]\n")?.number == 1)
        // One bad field must not drop the others.
        let odd = "{\"kind\":\"mood\",\"valence\":900,\(Self.envelope)}"
        #expect(problem(odd)?.number == 1, "where there are no others")
        let file = try ExportFile(parsing: Array("\(odd)\n\(line)\n".utf8))
        #expect(file.entries.count == 1)
        #expect(
            file.leftOut == [
                ImportProblem(.field("valence", problem: "must be from -100 to 100"), number: 1)
            ])
        let bytes = Array("{\"kind\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect(throws: ImportProblem(.json(.invalidUTF8), number: 1)) { try ExportFile(parsing: bytes) }
    }
}
