import CanonicalJSON
import Causality
import Foundation
import Records
import TestSupport
import Testing

/// `docs/merging.md` against the rules that it is about.
@Suite struct MergingPageTests {
    private static let page =
        (try? String(contentsOf: Repository.root.appending(path: "docs/merging.md"), encoding: .utf8)) ?? ""

    private static let rules = Set(Kind.known.flatMap { Schema.fields(of: $0) }.map(\.rule))

    /// The rows of the table that begins with these headings, as cells.
    private static func rows(_ headings: String) -> [[String]] {
        guard let start = page.range(of: "\n| \(headings) |\n") else { return [] }
        return page[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("|") }.dropFirst().map { row in
                row.dropFirst().dropLast().components(separatedBy: "|").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
    }

    private static func code(_ cell: String) -> String {
        cell.filter { $0 != "`" }.replacing("⏎", with: "\n")
    }

    private static func version(_ value: JSONValue, by replica: UInt64, seen: Int = 0) -> Version<JSONValue> {
        let clock = seen == 0 ? VectorClock() : VectorClock([Dot(ReplicaID(bits: 9), seen)])
        return Version(value, CausalContext(dot: Dot(ReplicaID(bits: replica), 1), seen: clock))
    }

    @Test func everyRuleHasARowWithItsFields() throws {
        let rows = Self.rows("rule | fields | what is shown")
        #expect(Set(rows.map { Self.code($0[0]) }) == Set(Self.rules.map(\.name.string)))
        for kind in Kind.known {
            for field in Schema.fields(of: kind) where field.rule != .greatest {
                let row = try #require(rows.first { Self.code($0[0]) == field.rule.name.string })
                #expect(row[1].contains("`\(field.name)`"), "\(kind.name): \(field.name)")
            }
        }
    }

    @Test func everyExampleOfARuleComesOutAsItSays() throws {
        let rows = Self.rows("rule | written here | written there | shown")
        #expect(rows.count >= 8)
        for row in rows {
            let rule = try #require(Self.rules.first { $0.name.string == Self.code(row[0]) })
            let values = try row.dropFirst().map { try JSONValue(parsing: Self.code($0).utf8) }
            for (here, there) in [(1, 2), (2, 1)] as [(UInt64, UInt64)] {
                let live = [Self.version(values[0], by: here), Self.version(values[1], by: there)]
                #expect(rule.resolve(live).value == values[2], "\(row)")
            }
        }
    }

    @Test func everyTextComesOutAsItSays() {
        let rows = Self.rows("before | here | there | shown").map { $0.map(Self.code) }
        #expect(rows.count >= 8)
        for row in rows {
            #expect(ProseMerge(base: row[0], versions: [row[1], row[2]]).text == row[3], "\(row)")
        }
    }

    /// What the page draws: who had seen more is shown, and the next edit settles.
    @Test func theMergeThatIsDrawnComesOutSo() {
        let (laptop, phone) = (ReplicaID(bits: 1), ReplicaID(bits: 2))
        func context(_ dot: Dot, _ seen: [Dot] = []) -> CausalContext {
            CausalContext(dot: dot, seen: VectorClock(seen))
        }
        var title = MultiValueRegister<JSONValue>()
        title.merge(Version("research companies", context(Dot(laptop, 1))))
        title.merge(Version("three companies", context(Dot(phone, 1), [Dot(laptop, 1)])))
        title.merge(Version("firms", context(Dot(laptop, 3))))
        #expect(title.live.count == 2)
        #expect(FieldRule.greatest.resolve(title.live).value == "firms")
        #expect(FieldRule.greatest.resolve(title.live).others == ["three companies"])
        title.merge(Version("three firms", context(Dot(laptop, 4), [Dot(phone, 1)])))
        #expect(title.live.map(\.value) == ["three firms"])
    }
}
