import CanonicalJSON
import Causality
import Records
import TestSupport

/// Random contents, as people and newer versions write them.
extension SeededGenerator {
    /// An edit of an entry in its current state; the first edit if there is none yet.
    mutating func content(_ entry: Entry?, dots: some RandomAccessCollection<Dot>) -> EditContent {
        var fields: [FieldName: JSONValue] = [:]
        let kind = entry?.kind ?? pick(Kind.known + [.note, .note, Kind("dream")])
        if entry == nil {
            fields["kind"] = .text(kind.name)
            fields["made"] = .text(Text(Timestamp(millisSince1970: below(5) * 60_000).description))
            if chance(percent: 80) { fields["at"] = moment() }
        }
        let names = Self.names[kind, default: ["body", "tags/work", "weather"]]
        for _ in 0..<(1 + below(3)) {
            let name = pick(names)
            fields[name] = value(of: name, as: entry?.fields[name])
        }
        if chance(percent: 12) { fields["gone"] = chance(percent: 70) ? "trashed" : .null }
        if chance(percent: 2) { fields["kind"] = .text(pick(Kind.known).name) }
        var content = EditContent(at: Timestamp(millisSince1970: below(1_000_000)), fields: fields)
        if chance(percent: 10) { content.label = pick(["import 1", "undo 2"]) }
        if chance(percent: 15), !dots.isEmpty { content.undoes = [pick(dots)] }
        if chance(percent: 8) {
            content.origin = VectorClock([Dot(ReplicaID(bits: UInt64(1 + below(3))), 1 + below(9))])
        }
        return content
    }

    private static let envelope: [FieldName] = [
        "at", "flag", "tags/work", "tags/café", "tags/sleep", "x/jrnl", "about", "weather", "moon/phase",
    ]
    private static let names: [Kind: [FieldName]] = [
        .note: envelope + ["body", "body", "body", "role", "value", "of", "rank"],
        .homework: envelope + ["title", "body", "outcome", "due", "state", "done_at", "target", "owner", "session"],
        .mood: envelope + ["valence", "energy", "feelings/glad", "feelings/worn out", "body", "span"],
        .session: envelope + ["at", "minutes", "state", "topic", "focus", "form", "body"],
    ]

    private mutating func value(of name: FieldName, as before: JSONValue?) -> JSONValue {
        if chance(percent: 10) { return .null }
        // Unexpected values, as a newer version might write.
        if chance(percent: 5) { return pick(Self.odd) }
        switch name {
        case "body", "outcome": return prose(before?.asText)
        case "title", "topic", "focus", "role", "rank", "owner", "weather", "moon/phase":
            return .text(Text(pick(Self.words)))
        case "at": return moment()
        case "due": return chance(percent: 30) ? "next" : moment()
        case "done_at": return .text(Text(Timestamp(millisSince1970: below(4) * 1000).description))
        case "state": return pick(["open", "done", "let_go", "planned", "held"])
        case "span": return pick(["moment", "day"])
        case "form": return pick(["grow", "star"])
        case "value", "of": return pick(Self.numbers)
        case "about", "session": return .text(Text(EntryID.number(1 + below(2)).description))
        case "x/jrnl": return pick(Self.foreign)
        case "flag": return .bool(chance(percent: 50))
        default: return name.element == nil ? .integer(below(100)) : .bool(chance(percent: 65))
        }
    }

    private static let odd: [JSONValue] = [7, .real(2.5), "odd'; DROP TABLE note", true, [1, "a"], ["a": .null]]
    private static let numbers: [JSONValue] = [1, 3, .real(2.5), .real(-0.5)]
    private static let foreign: [JSONValue] = [["starred": true], [1, 2], "plain"]

    private mutating func moment() -> JSONValue {
        let day = "2026-03-" + String(10 + below(12))
        return .text(Text(pick([day, day + "T10:00", day + "T09:30+01:00", day + "T23:59-05:00"])))
    }

    /// A text with some of its sentences changed, so that versions have a common part.
    private mutating func prose(_ before: String?) -> JSONValue {
        var paragraphs = before?.split(separator: "\n").map(String.init) ?? []
        for _ in 0..<(1 + below(2)) {
            if paragraphs.isEmpty || chance(percent: 30) {
                paragraphs.insert(sentence(), at: below(paragraphs.count + 1))
            } else {
                let index = below(paragraphs.count)
                paragraphs[index] = chance(percent: 15) ? "" : paragraphs[index] + " " + sentence()
            }
        }
        return .text(Text(paragraphs.suffix(5).joined(separator: "\n")))
    }

    private mutating func sentence() -> String {
        (0..<(2 + below(3))).map { _ in pick(Self.words) }.joined(separator: " ") + pick([".", "!", "?"])
    }

    private static let words = [
        "rain", "walk", "the", "café", "Über", "work", "3", "NEAR", "text", "it's", "\"quoted\"", "half-done", "glad",
        "señor", "OR", "*", "今天公司开会", "🙂",
    ]
}
