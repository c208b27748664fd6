import CanonicalJSON
import Causality
import Records
import TestSupport

/// Random entries of all kinds, also of a newer version's, with any of their fields.
struct ImportRandomEntry {
    var generator: SeededGenerator

    init(seed: Int) { generator = SeededGenerator(seed: seed) }

    mutating func entry() -> Entry {
        let kind = generator.pick(Kind.known + [Kind("dream")])
        var fields: [FieldName: JSONValue] = ["kind": .text(kind.name)]
        for spec in Schema.fields(of: kind)
        where spec.name != "kind" && spec.name != "gone" && generator.chance(percent: 50) {
            switch spec.type {
            case .set:
                for _ in 0...generator.below(3) { fields[FieldName(spec.name, element: word())] = true }
            case .map:
                for _ in 0...generator.below(2) { fields[FieldName(spec.name, element: word())] = foreign(depth: 3) }
            case .flag: fields[FieldName(spec.name)] = .bool(generator.chance(percent: 50))
            default: fields[FieldName(spec.name)] = value(of: spec.type)
            }
        }
        if generator.chance(percent: 30) { fields["weather"] = foreign(depth: 3) }
        if generator.chance(percent: 10) { fields["clock"] = foreign(depth: 1) }
        if generator.chance(percent: 10) { fields["tags"] = foreign(depth: 1) }
        if generator.chance(percent: 10) { fields["places/somewhere"] = true }
        var unsettled: [FieldName: [JSONValue]] = [:]
        if kind == .session, let at = fields["at"], generator.chance(percent: 50) {
            unsettled["at"] = [at, value(of: .moment)]
        }
        let dots = (0..<generator.below(4)).map { _ in
            Dot(ReplicaID(bits: generator.next()), 1 + generator.below(Dot.nMax))
        }
        return Entry(
            id: .random(using: &generator), kind: kind, fields: fields, isTrashed: generator.chance(percent: 20),
            unsettled: unsettled, clock: VectorClock(dots), edited: time())
    }

    private mutating func value(of type: FieldType) -> JSONValue {
        switch type {
        case .line: .text(text().string.contains("\n") ? "line" : text(newlines: false))
        case .prose: .text(text())
        case .word: .text(word())
        case .choice(let words): .text(generator.pick(words + ["newer"]))
        case .set, .flag: true
        case .map: foreign(depth: 2)
        case .integer(let range): .integer(Int.random(in: range, using: &generator))
        case .number: .number(Double.random(in: -1e9...1e9, using: &generator))
        case .moment: generator.pick(["2026-10-05", "1660-01-11T21:00", "2026-10-05T21:14-09:30"])
        case .due: generator.pick(["next", "2026-10-05"])
        case .timestamp: .text(Text(time().description))
        case .id: .text(Text(EntryID.random(using: &generator).description))
        }
    }

    private mutating func time() -> Timestamp {
        Timestamp(millisSince1970: Int.random(in: Timestamp.millisRange, using: &generator))
    }

    private mutating func word() -> Text { generator.pick(["a", "ä", "e\u{301}", "\u{e9}", "a/b", "😀", "z-1"]) }

    private mutating func text(newlines: Bool = true) -> Text {
        let parts = ["a", "\"", "\\", "/", "\u{1b}[31m", "\u{202e}", "é", "e\u{301}", "😀", "\t", " "]
        let all = newlines ? parts + ["\n", "\r"] : parts
        return Text((0...generator.below(9)).map { _ in generator.pick(all) }.joined())
    }

    private mutating func foreign(depth: Int) -> JSONValue {
        switch generator.below(depth > 0 ? 7 : 5) {
        case 0: true
        case 1: .integer(Int.random(in: .min ... .max, using: &generator))
        case 2: .real(0.5)
        case 3: .text(text())
        case 4: 0
        case 5: .array([foreign(depth: depth - 1), .null])
        default: .object(["": foreign(depth: depth - 1), "null": .null])
        }
    }
}
