import BtwCommands
import CanonicalJSON
import Causality
import Records
import Testing

/// Entries as people see them.
@Suite struct RenderingTests {
    let today: CivilDate

    init() throws { today = try #require(CivilDate("2026-10-16")) }

    func entry(
        _ kind: Kind, _ fields: [FieldName: JSONValue], isTrashed: Bool = false,
        unsettled: [FieldName: [JSONValue]] = [:]
    ) -> Entry {
        Entry(
            id: EntryID(high: 1, low: 2), kind: kind,
            fields: ["kind": .text(kind.name), "at": "2026-10-05T21:14+02:00"].merging(fields) { $1 },
            isTrashed: isTrashed, unsettled: unsettled, clock: VectorClock([Dot(ReplicaID(bits: 1), 7)]),
            edited: Timestamp(millisSince1970: 0))
    }

    func line(_ entry: Entry, id: String = "n3f0", progress: Int = 0, style: OutputStyle = .signs) -> String {
        EntryLine(entry, id: id, today: today, progress: progress, style: style).text
    }

    @Test func aNoteIsItsFirstLine() {
        #expect(line(entry(.note, ["body": "first line\nsecond"])) == "n3f0 · 2026-10-05 21:14 · first line")
        #expect(
            line(entry(.note, ["body": "why?", "role": "question", "flag": true, "at": "2026-10-05"], isTrashed: true))
                == "n3f0 · 2026-10-05 · in the trash · ★ · question · why?")
        #expect(line(entry(.note, [:])) == "n3f0 · 2026-10-05 21:14 · nothing noted")
        #expect(
            line(entry(.note, ["body": "a", "flag": true]), style: .plain) == "n3f0 - 2026-10-05 21:14 - to bring - a")
    }

    @Test func aMoodIsTheSketchOfTheProduct() {
        let mood = entry(.mood, ["valence": -50, "feelings/anxious": true, "tags/sleep": true, "body": "slept 4h"])
        func content(_ entry: Entry, _ style: OutputStyle = .signs) -> String {
            EntryLine(entry, id: "m3f0", today: today, style: style).content
        }
        #expect(content(mood) == "2 ▂ anxious · sleep — \"slept 4h\"")
        #expect(content(mood, .plain) == "2 anxious - sleep - \"slept 4h\"")
        #expect(
            content(entry(.mood, ["valence": 100, "energy": -100, "span": "day"])) == "5 █ · energy 1 · of the day")
        #expect(content(entry(.mood, ["body": "fine"])) == "\"fine\"")
        #expect(content(entry(.mood, ["feelings/b": true, "feelings/a": true])) == "a, b")
        #expect(line(mood, id: "m3f0") == "m3f0 · 2026-10-05 21:14 · 2 ▂ anxious · sleep — \"slept 4h\"")
    }

    @Test func homeworkIsNeverOverdue() {
        func homework(_ fields: [FieldName: JSONValue], progress: Int = 0) -> String {
            line(entry(.homework, ["title": "research"].merging(fields) { $1 }), id: "h7q2", progress: progress)
        }
        #expect(homework([:]) == "h7q2 · research")
        #expect(homework(["target": 3, "due": "next"]) == "h7q2 · research · 0/3 · due next session")
        #expect(homework(["target": 3], progress: 4) == "h7q2 · research · 3/3")
        #expect(homework(["due": "2026-10-16"]) == "h7q2 · research · due 2026-10-16")
        #expect(homework(["due": "2026-10-20T09:00+02:00"]) == "h7q2 · research · due 2026-10-20 09:00")
        #expect(homework(["due": "2026-10-15"]) == "h7q2 · research · from last time")
        #expect(homework(["due": "2026-10-15", "state": "done"]) == "h7q2 · research · done")
        #expect(homework(["state": "let_go"]) == "h7q2 · research · let go")
    }

    @Test func aSessionSaysBothItsTimesUntilOneIsConfirmed() {
        #expect(
            line(entry(.session, ["topic": "interviews", "focus": "3 examples"]), id: "s4k1")
                == "s4k1 · 2026-10-05 21:14 · 50 min · interviews → 3 examples")
        #expect(
            line(
                entry(.session, ["minutes": 45, "state": "missed"], unsettled: ["at": ["2026-10-05", "2026-10-06"]]),
                id: "s4k1")
                == "s4k1 · 2026-10-05 21:14 · 45 min · did not happen · not settled: 2026-10-05 or 2026-10-06")
    }

    @Test func aNewerKindIsNotHidden() {
        #expect(
            line(entry(Kind("dream"), ["lucid": true]), id: "x3f0")
                == "x3f0 · 2026-10-05 21:14 · dream · needs a newer btw")
    }

    @Test func noWordOfTheToneTableIsSaid() {
        let states: [FieldName: [JSONValue]] = [
            "state": ["open", "done", "let_go", "planned", "held", "missed", "cancelled"]
        ]
        for state in states["state"] ?? [] {
            for kind in [Kind.homework, .session] {
                let shown = entry(kind, ["state": state, "due": "2020-01-01", "title": "t"])
                let text = detail(shown)
                for word in ["overdue", "failed", "missed", "streak", "inactive"] {
                    #expect(!text.lowercased().contains(word), "\(text)")
                }
            }
        }
    }

    func detail(_ entry: Entry, showsClock: Bool = false, style: OutputStyle = .signs) -> String {
        let line = EntryLine(entry, id: "n3f0", today: today, style: style)
        return EntryDetail(entry, line: line, showsClock: showsClock) { $0.low == 9 ? "h7q2" : nil }.text
    }

    @Test func allFieldsStandInOneOrder() {
        let homework = entry(
            .homework,
            [
                "title": "research", "body": "why\n  how", "due": "next", "target": 3, "outcome": "one\ntwo",
                "flag": true,
                "about": .text(Text(EntryID(high: 0, low: 9).description)), "tags/b": true, "tags/a": true,
                "x/jrnl": ["uuid": "1"], "made": "2026-10-05T19:14:00.000Z", "weather": ["rain"], "state": "let_go",
            ])
        #expect(
            detail(homework, showsClock: true)
                == """
                n3f0 · research · 0/3 · let go
                at          2026-10-05 21:14 +02:00
                title       research
                due         next session
                state       let go
                target      3
                outcome     one
                            two
                about       h7q2
                tags        a, b
                flag        to bring to the session
                from jrnl   {"uuid":"1"}
                weather     ["rain"]
                made        2026-10-05T19:14:00.000Z
                edited      1970-01-01T00:00:00.000Z
                id          0000000000000g000000000002
                clock       0000000000000001:7

                why
                  how
                """.replacing("n3f0 · research", with: "n3f0 · ★ · research"))
    }

    static let harmful: [String] = [
        "\u{1b}]0;owned\u{7}", "\u{1b}[2J", "\u{9b}31m", "a\rb", "\u{8}\u{7f}", "\u{202e}txt.exe", "\u{2066}",
        "\u{2028}", "\u{85}",
        "\u{0}", "\u{200f}", "\u{61c}",
    ]

    @Test(arguments: harmful)
    func nothingThatSomebodyWroteMovesTheCursor(_ text: String) {
        let value = JSONValue.text(Text(text))
        let shown = [
            entry(.note, ["body": value, "role": value, "at": value]),
            entry(
                .mood,
                [
                    "body": value, FieldName("feelings", element: Text(text)): true,
                    FieldName("tags", element: Text(text)): true, "span": value,
                ]),
            entry(
                .homework,
                [
                    "title": value, "due": value, "state": value, "outcome": value, "done_at": value,
                    "about": value, "made": value, "rank": value,
                ]),
            entry(
                .session, ["topic": value, "focus": value, "form": value, "state": value],
                unsettled: ["at": [value, "2026-10-05"]]),
            entry(Kind(Text(text)), [FieldName(Text(text)): [value], FieldName("x", element: Text(text)): value]),
        ]
        for entry in shown {
            for printed in [line(entry), detail(entry), line(entry, style: .plain), detail(entry, style: .plain)] {
                let scalars = printed.unicodeScalars.filter { scalar in
                    scalar.properties.generalCategory == .control && scalar != "\n"
                        || ["\u{202e}", "\u{2066}", "\u{2028}", "\u{200f}", "\u{61c}"].contains(scalar)
                }
                #expect(scalars.isEmpty, "\(entry.kind.name)")
            }
            #expect(!line(entry).contains("\n"))
        }
        #expect(TerminalEscaping.line(text).contains("<U+"))
    }

    @Test func otherTextIsLeftAlone() {
        for text in ["plain", "é e\u{301} 😀 👩‍👩‍👧 “quoted” – dash", "日本語", "שלום", "a\tb\nc"] {
            #expect(TerminalEscaping.text(text) == text)
        }
        #expect(TerminalEscaping.line("a\tb\nc") == "a b c")
        #expect(TerminalEscaping.text("\u{1b}[31m") == "<U+001B>[31m")
    }

    @Test func coloursAreOnlyForTerminalsThatWantThem() {
        func style(isPlain: Bool = false, isTerminal: Bool = true, _ environment: [String: String] = [:]) -> OutputStyle
        {
            OutputStyle(isPlain: isPlain, isTerminal: isTerminal) { environment[$0] }
        }
        #expect(style().hasColour)
        #expect(!style(isPlain: true).hasColour)
        #expect(!style(isTerminal: false).hasColour)
        #expect(!style(["NO_COLOR": "1"]).hasColour)
        #expect(style(["NO_COLOR": ""]).hasColour)
        #expect(!style(["TERM": "dumb"]).hasColour)
        let note = entry(.note, ["body": "a"])
        #expect(line(note, style: style()).contains("\u{1b}[2mn3f0\u{1b}[0m"))
        #expect(
            line(note, style: style()).replacing("\u{1b}[2m", with: "").replacing("\u{1b}[0m", with: "") == line(note))
    }

    @Test func plainIsPlain() {
        let mood = entry(.mood, ["valence": 0, "body": "b", "flag": true])
        #expect(line(mood, style: .plain).utf8.allSatisfy { $0 < 0x80 })
    }
}
