import BtwCommands
import CanonicalJSON
import Causality
import Records
import Testing

/// `btw edit ID --set field=value …`.
@Suite struct FieldAssignmentsTests {
    let localTime: LocalTime

    init() throws { localTime = try Typing.localTime() }

    func outcome(
        _ typed: String..., of kind: Kind = .homework, tags: [Text] = [], stdin: NoteText? = nil
    ) throws(Failure) -> FieldAssignments.Outcome {
        try FieldAssignments(typed).outcome(
            for: kind, present: { $0 == "tags" ? tags : [] }, stdin: stdin, in: localTime)
    }

    @Test func valuesHaveTheTypesOfTheirFields() throws {
        #expect(
            try outcome("title=a=b c", "target=3", "due=next", "flag=yes", "state=let_go", "outcome=x\r\ny\n").fields
                == [
                    "title": "a=b c", "target": 3, "due": "next", "flag": true, "state": "let_go", "outcome": "x\ny",
                ])
        #expect(
            try outcome("value=4", "of=7.5", "settled_at=2026-10-16T08:00:00.000Z", "role=question", of: .note).fields
                == ["value": 4, "of": .real(7.5), "settled_at": "2026-10-16T08:00:00.000Z", "role": "question"])
        #expect(
            try outcome("at=2026-10-30T10:00", "due=tomorrow", "flag=no").fields == [
                "at": "2026-10-30T10:00+01:00", "due": "2026-10-17", "flag": false,
            ])
        #expect(try outcome("valence=-50", of: .mood).fields == ["valence": -50])
    }

    @Test func nothingAfterTheEqualsSignClears() throws {
        #expect(
            try outcome("due=", "target=", "about=", "outcome= ").fields == [
                "due": .null, "target": .null, "about": .null, "outcome": .null,
            ])
    }

    @Test func setsChangeByElements() throws {
        #expect(try outcome("tags=B,c", tags: ["a", "b"]).fields == ["tags/a": false, "tags/c": true])
        #expect(try outcome("tags=", tags: ["a", "b"]).fields == ["tags/a": false, "tags/b": false])
        #expect(try outcome("tags=a", tags: ["a"]).fields.isEmpty)
        // Set again, since another device may be removing it.
        #expect(try outcome("tags+=a,c", tags: ["a"]).fields == ["tags/a": true, "tags/c": true])
        #expect(try outcome("tags-=a,x", tags: ["a", "b"]).fields == ["tags/a": false])
        #expect(try outcome("tags+=c", "tags-=a", "tags-=c", tags: ["a"]).fields == ["tags/a": false])
        #expect(
            try outcome("feelings=So so,calm", of: .mood).fields == ["feelings/So so": true, "feelings/calm": true])
    }

    @Test func aTextMayStandOnStandardInput() throws {
        #expect(try FieldAssignments(["body=-"]).readsStdin)
        #expect(try !FieldAssignments(["title=-", "body=--"]).readsStdin)
        #expect(try outcome("body=-", stdin: NoteText("a\nb")).fields == ["body": "a\nb"])
        #expect(try outcome("body=-", stdin: NoteText("")).fields == ["body": .null])
        #expect(throws: Failure.self) { try FieldAssignments(["body=-", "outcome=-"]) }
    }

    @Test func shortIDsAreLeftForTheStore() throws {
        let short = try outcome("about=n3f0", "session=0000000000000g000000000002")
        #expect(short.references == ["about": try IDPrefix(parsing: "n3f0")])
        #expect(short.fields == ["session": "0000000000000g000000000002"])
    }

    @Test(arguments: [
        ("colour=red", "colour"), ("space=x", "space"), ("id=x", "id"), ("tags/a=true", "tags"), ("made=2026", "made"),
        ("kind=note", "kind"), ("author=", "author"), ("gone=trashed", "gone"), ("gone=", "gone"), ("x=1", "x"),
        ("at=", "at"), ("at=soon", "at"), ("due=soon", "due"), ("target=0", "target"), ("target=1.5", "target"),
        ("target=+1", "target"), ("flag=1", "flag"), ("state=overdue", "state"), ("title+=a", "title"),
        ("title=a\nb", "title"), ("tags=a b", "tags"), ("tags+=", "tags"), ("owner=n3f0", "owner"),
        ("valence=1", "valence"),
        ("done_at=today", "done_at"),
    ])
    func refusalsNameTheFieldAndChangeNothing(_ typed: String, field: String) throws {
        let failure = try #require(#expect(throws: Failure.self) { try outcome("title=fine", typed) })
        #expect(failure.exit == .usage)
        #expect(failure.message.contains(field))
        #expect(failure.message.contains("Nothing was "))
    }

    @Test func refusalsSayWhatIsAllowed() throws {
        func message(_ typed: String, of kind: Kind = .homework) -> String? {
            #expect(throws: Failure.self) { try outcome(typed, of: kind) }?.message
        }
        #expect(message("state=x") == "state must be open, done or let_go. Nothing was changed.")
        #expect(message("target=0") == "target must be from 1 to 1000000. Nothing was changed.")
        #expect(
            message("titel=x", of: .mood)
                == "A mood does not have the field titel. It has: at, about, tags, flag, valence, energy, feelings, body, "
                + "span. Nothing was changed.")
        // A text that is not a name may be private.
        #expect(message("My Secret=x")?.contains("Secret") == false)
        #expect(message("title=a", of: Kind("dream"))?.hasPrefix("An entry of this kind does not have") == true)
    }

    @Test func refusesAFieldThatIsSetTwiceAndWordsWithoutAField() {
        #expect(throws: Failure.self) { try outcome("title=a", "title=b") }
        #expect(throws: Failure.self) { try outcome("title") }
    }
}
