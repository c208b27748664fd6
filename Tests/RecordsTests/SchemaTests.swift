import CanonicalJSON
import Records
import Testing

/// The values that fields accept.
@Suite struct SchemaTests {
    static let limits: [(FieldType, JSONValue, Bool)] = [
        (.line, .text(Text(String(repeating: "é", count: RecordLimits.lineLengthMax))), true),
        (.line, .text(Text(String(repeating: "é", count: RecordLimits.lineLengthMax + 1))), false),
        (.line, "two\nlines", false), (.line, 1, false), (.line, .null, true),
        (.prose, .text(Text(String(repeating: "a", count: RecordLimits.proseBytesMax))), true),
        (.prose, .text(Text(String(repeating: "a", count: RecordLimits.proseBytesMax + 1))), false),
        (.prose, "nul \0", false), (.word, "Two Words", false), (.word, "reflection", true),
        (.choice(["open", "done"]), "done", true), (.choice(["open", "done"]), "dome", false),
        (.integer(1...5), 0, false), (.integer(1...5), 5, true), (.integer(1...5), "5", false),
        (.number, .real(0.5), true), (.number, "0.5", false),
        (.moment, "2026-10-16", true), (.moment, "next", false), (.due, "next", true), (.due, "friday", false),
        (.timestamp, "2026-10-16T08:00:00.000Z", true), (.timestamp, "2026-10-16", false),
        (.id, "00000000000000000000000000", true), (.id, "h7q2", false), (.id, "0000000000000000000000000L", false),
        (.flag, true, true), (.flag, "yes", false), (.map, ["any": 1], true),
    ]

    @Test(arguments: limits.indices)
    func tellsWhatAFieldMayHold(_ index: Int) {
        let (type, value, isGood) = Self.limits[index]
        #expect((type.problem(with: value) == nil) == isGood)
    }

    @Test(arguments: Kind.known)
    func everyKindHasTheEnvelopeAndNoFieldTwice(_ kind: Kind) {
        let names = Schema.fields(of: kind).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(["at", "kind", "made", "author", "about", "tags", "flag", "x", "gone"]).isSubset(of: names))
        for spec in Schema.fields(of: kind) {
            if let standard = spec.standard { #expect(spec.type.problem(with: standard) == nil) }
        }
    }

    @Test func kindsAreToldApartByLetterAndByTheirNameInLists() {
        let letters = KindSpec.all.map(\.letter) + ["x"]
        #expect(Set(letters).count == letters.count)
        #expect(Set(KindSpec.all.map(\.plural)).count == KindSpec.all.count)
        #expect(KindSpec[Kind("dream")]?.kind == nil && Kind("dream").letter == "x")
    }

    @Test func namesAreParsedAtTheirFirstSlash() {
        for (name, collection, element) in [
            ("title", "title", nil), ("tags/sleep", "tags", "sleep"), ("x/a/b", "x", "a/b"), ("tags/", "tags", ""),
            ("/a", "", "a"),
        ] as [(String, Text, Text?)] {
            let parsed = FieldName(Text(name))
            #expect(parsed.collection == collection && parsed.element == element && parsed.text.string == name)
        }
        #expect(FieldName("tags", element: "a/b") == FieldName("tags/a/b"))
    }

    @Test func elementsAreFieldsOfTheirCollection() {
        #expect(Schema.field("tags/sleep", of: .note)?.name == "tags")
        #expect(Schema.field("tags", of: .note) == nil)
        #expect(Schema.field("body/x", of: .note) == nil)
        #expect(Schema.field("title", of: .note) == nil)
        #expect(Schema.field("flag", of: Kind("dream"))?.rule == .anyTrue)
        #expect(Schema.field("body", of: Kind("dream")) == nil)
    }

    @Test(arguments: [
        ("sleep", true), ("été", true), ("two words", false), ("Sleep", false), ("a,b", false), ("", false),
        ("a\tb", false), (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
    func knowsATag(_ word: String, _ isTag: Bool) {
        #expect(Words.isTag(word) == isTag)
    }
}
