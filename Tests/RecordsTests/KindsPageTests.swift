import CanonicalJSON
import Foundation
import Records
import TestSupport
import Testing

/// `Protocol/KINDS.md` against the schema that it describes.
@Suite struct KindsPageTests {
    private static let page =
        (try? String(contentsOf: Repository.root.appending(path: "Protocol/KINDS.md"), encoding: .utf8)) ?? ""

    /// The rows of a section's table.
    private static func rows(under heading: String) -> [String] {
        guard let start = page.range(of: "\n### 2.\(heading)\n") else { return [] }
        let section = page[start.upperBound...]
        let end = section.range(of: "\n##")?.lowerBound ?? section.endIndex
        return section[..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    }

    private static func section(of kind: Kind) -> [String] {
        (2...9).map { rows(under: "\($0) `\(kind.name)`") }.first { !$0.isEmpty } ?? []
    }

    private static func row(_ spec: FieldSpec) -> String {
        let rule = spec.isSetOnce ? "first" : spec.name == "gone" ? "section 4.1" : spec.rule.name.string
        let standard = spec.standard.map { "`\($0.canonicalText)`" } ?? "—"
        return "| `\(spec.name)` | \(name(of: spec.type)) | \(rule) | \(standard) | "
    }

    private static func name(of type: FieldType) -> String {
        switch type {
        case .line: "line"
        case .prose: "prose"
        case .word: "word"
        case .choice(let words): "choice: " + words.map { "`\($0)`" }.joined(separator: ", ")
        case .set: "set"
        case .map: "map"
        case .flag: "flag"
        case .integer(let range): "integer from \(range.lowerBound) to \(range.upperBound)"
        case .number: "number"
        case .moment: "moment"
        case .due: "due"
        case .timestamp: "timestamp"
        case .id: "id"
        }
    }

    private static let every = Schema.fields(of: Kind("a kind that is not known"))

    @Test func whatEveryEntryHasIsOnThePage() {
        #expect(Self.differences(Self.rows(under: "1 Every entry"), Self.every) == [])
    }

    @Test(arguments: Kind.known)
    func everyFieldOfAKindIsOnThePageAndNoOther(_ kind: Kind) {
        let own = Schema.fields(of: kind).filter { !Self.every.contains($0) }
        #expect(!own.isEmpty && Self.differences(Self.section(of: kind), own) == [])
    }

    @Test func whatDescribesADeviceIsOnThePage() {
        let names = Self.section(of: .device).compactMap { $0.split(separator: "`").dropFirst().first }
        #expect(names == ["kind", "made", "author", "name", "keys/EPOCH"])
    }

    /// Rows without a field, and fields without a row.
    private static func differences(_ rows: [String], _ fields: [FieldSpec]) -> [String] {
        let missing = fields.filter { spec in rows.count { $0.hasPrefix(row(spec)) } != 1 }.map {
            "missing: \(row($0))"
        }
        let unknown = rows.filter { row in !fields.contains { row.hasPrefix(Self.row($0)) } }.map { "unknown: \($0)" }
        return missing + unknown
    }

    @Test func aFieldThatIsNotThereIsMissed() {
        #expect(Self.differences([], Self.every).count == Self.every.count)
        #expect(Self.differences(["| `dreams` | line | greatest | — | "], []).count == 1)
    }

    @Test func limitsAreOnThePage() {
        for limit in [
            "at most \(RecordLimits.lineLengthMax) scalars", "1 to \(RecordLimits.wordLengthMax) scalars",
            "at most 188,416 bytes", "more than \(RecordLimits.liveValuesMax) live values", "at most 4,194,304",
            "At depth \(RecordLimits.ancestryDepthMax) or more",
        ] {
            #expect(Self.page.contains(limit), "\(limit)")
        }
        #expect(RecordLimits.proseBytesMax == 188_416 && RecordLimits.mergedCostMax == 4_194_304)
    }

    @Test(arguments: 1...5)
    func aStepOfAMoodIsTheValenceThatThePageSays(_ step: Int) {
        #expect(MoodScale.five.valence(ofStep: step) == 50 * (step - 3))
        #expect(Self.page.contains("the valence 50 (*s* - 3): -100, -50, 0, 50, 100"))
    }
}
