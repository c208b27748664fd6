import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// Text that would move the cursor, rename the window or reverse a line is never printed unescaped.
@Suite struct TerminalSafetyTests {
    private static let hostile = "a\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\r\u{8}\u{7f}\u{202e}txt\u{2066}\u{85}\u{2028}"

    /// The control characters of other people's text that must not reach a terminal.
    private static func controls(in bytes: [UInt8]) -> [Unicode.Scalar] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { scalar in
            switch scalar.value {
            case 0x0A: false
            case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
    }

    /// An entry of each kind with hostile names, values, tags and elements, as another device may have written it.
    private static func file() throws -> String {
        let text = JSONValue.text(Text(hostile + "\nsecond line"))
        let names: [Text] = [
            Text(hostile), Text("tags/" + hostile), Text("x/" + hostile), Text("feelings/" + hostile),
            Text("two\nlines"),
        ]
        let fields: [Text: [Text]] = [
            "note": ["body", "role", "rank", "about"], "mood": ["body", "span", "valence"],
            "homework": ["title", "body", "due", "state", "outcome", "owner", "session", "done_at"],
            "session": ["topic", "focus", "state", "form", "at", "body"],
        ]
        var lines: [String] = []
        for (index, kind) in (["note", "homework", "mood", "session", Text(hostile)] as [Text]).enumerated() {
            var newer = JSONObject()
            for name in names { newer[name] = name.string.hasPrefix("tags/") ? true : text }
            for name in fields[kind] ?? [] { newer[name] = text }
            newer["at"] = kind == "session" ? text : nil
            let id = "0000000000000g00000000000" + String(index + 1)
            let line: JSONValue = [
                "clock": ["0000000000000001": .integer(index + 1)], "edited": "2026-10-05T00:00:00.000Z",
                "fields": .object(newer), "id": .text(Text(id)), "kind": .text(kind), "needs": "newer",
                "space": "journal",
            ]
            lines.append(line.canonicalText)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test func noCommandPrintsControlsThatSomebodyWrote() throws {
        let fixture = try Fixture()
        let ran = try fixture.btw("import", "jsonl", try fixture.file("hostile.jsonl", try Self.file()))
        try #require(ran.exit == 0, "\(ran.err)")
        let ids = try fixture.btw("list", "--json").entries().map(\.id)
        try #require(ids.count == 5)
        var commands = [
            [], ["list"], ["list", "--trash"], ["status"], ["find", "owned"], ["find", "txt"], ["changes"], ["device"],
            ["doctor"], ["export", "--jsonl"], ["changes", "--since", "2026-01-01"],
        ]
        for id in ids {
            commands += [["show", id], ["show", id, "--clock"], ["history", id], ["show", String(id.prefix(14))]]
        }
        for id in ids { commands += [["edit", id, "--tag", "calm"], ["rm", id], ["restore", id]] }
        for command in commands {
            for words in [command, ["--json"] + command, ["--plain"] + command] {
                let ran = try fixture.run(words.map { Array($0.utf8) })
                #expect(Self.controls(in: ran.output) == [], "\(words)")
                #expect(Self.controls(in: ran.talk) == [], "\(words)")
            }
        }
        // JSON contains the same text, escaped.
        let note = try #require(try fixture.btw("list", "--json").entries().first { $0.id == ids.min() })
        #expect(note.json["fields"]?[Text(Self.hostile)]?.asText == Self.hostile + "\nsecond line")
    }

    @Test func aRefusedFileNamesNothingThatATerminalObeys() throws {
        let fixture = try Fixture()
        let envelope =
            #""clock":{"0000000000000001":1},"edited":"2026-10-05T00:00:00.000Z","id":"0000000000000g000000000001","space":"j""#
        let name = JSONValue.text(Text(Self.hostile)).canonicalText
        for line in ["{\"kind\":\"note\",\"tags\":[\(name)],\(envelope)}", "{\"kind\":\(name),\(envelope)}"] {
            for words in [["import", "jsonl"], ["--json", "import", "jsonl"]] {
                let ran = try fixture.run((words + [try fixture.file("odd.jsonl", line)]).map { Array($0.utf8) })
                #expect(ran.exit == 2)
                #expect(Self.controls(in: ran.output + ran.talk) == [], "\(words)")
            }
        }
    }

    @Test(.enabled(if: Daemon.path != nil, "needs btwd beside btw"))
    func whatMergingChoseIsToldWithoutThem() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let laptop = fixture.at("laptop")
        try laptop.does("import", "jsonl", try fixture.file("hostile.jsonl", try Self.file()))
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        let ids = try laptop.btw("list", "--json").entries().map(\.id)
        for (device, title) in [(laptop, "here"), (phone, "there")] {
            for id in ids {
                let words = [
                    "edit", id, "--set", Self.hostile.replacing("\u{0}", with: "") + "=" + title + Self.hostile,
                ]
                _ = try device.run(words.map { Array($0.utf8) })
                _ = try device.btw("edit", id, "--set", "rank=" + title + Self.hostile)
            }
        }
        for device in [laptop, phone, laptop] { try device.getsUpToDateSoon() }
        let told = try laptop.btw("changes", "--since", "2026-01-01")
        #expect(told.exit == 0)
        for words in [["changes", "--since", "2026-01-01"], ["--json", "changes", "--since", "2026-01-01"]] {
            let ran = try laptop.run(words.map { Array($0.utf8) })
            #expect(Self.controls(in: ran.output + ran.talk) == [], "\(words)")
            #expect(!ran.output.isEmpty)
        }
        #expect(daemon.stop().exit == 0)
    }

    @Test func aTagHoldsNoControlOfEitherSet() throws {
        let fixture = try Fixture()
        for tag in ["a\u{9b}31m", "a\u{85}b", "a\u{1b}[2J", "a\u{7f}"] {
            #expect(try fixture.btw("note", "text", "--tag", tag).exit == 2, "\(tag.debugDescription)")
        }
    }
}
