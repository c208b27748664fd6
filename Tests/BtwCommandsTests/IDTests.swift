import BtwCommands
import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// Ids as people see and type them.
@Suite struct IDTests {
    @Test func aShortIDIsTheShortestThatTellsItFromAll() throws {
        let ids = try ["3f0aaa", "3f0aab", "3g", "7q2"].map {
            try #require(EntryID($0 + String(repeating: "0", count: 26 - $0.count)))
        }
        func short(_ index: Int) -> String {
            ShortID.text(
                of: ids[index], kind: .note, before: index > 0 ? ids[index - 1] : nil,
                after: index + 1 < ids.count ? ids[index + 1] : nil)
        }
        #expect(ids.indices.map(short) == ["n3f0aaa", "n3f0aab", "n3g0", "n7q2"])
        #expect(ShortID.text(of: ids[0], kind: Kind("dream"), before: nil, after: nil) == "x3f0")
    }

    @Test func aShortIDNamesOneEntry() throws {
        var generator = SeededGenerator(seed: 11)
        // Few high bits, so that many share a prefix.
        let ids = Set(
            (0..<500).map { _ in
                EntryID(high: generator.next() & 0xF000_0000_0000_0003, low: generator.next() & 0x8000_0000_0000_0001)
            }
        ).sorted()
        for (index, id) in ids.enumerated() {
            let kind = generator.pick(Kind.known)
            let short = ShortID.text(
                of: id, kind: kind, before: index > 0 ? ids[index - 1] : nil,
                after: index + 1 < ids.count ? ids[index + 1] : nil)
            for typed in [short, String(short.dropFirst()), short.uppercased()] {
                let prefix = try IDPrefix(parsing: typed)
                #expect(ids.filter(prefix.range.contains) == [id])
                #expect(prefix.matches(kind))
            }
        }
    }

    @Test func aPrefixIsARangeOfIDs() throws {
        let prefix = try IDPrefix(parsing: "h7q2")
        #expect(prefix.letter == "h")
        #expect(prefix.range.lowerBound.description == "7q200000000000000000000000")
        #expect(prefix.range.upperBound.description == "7q2zzzzzzzzzzzzzzzzzzzzzzz")
        #expect(prefix.id == nil)
        #expect(prefix.matches(.homework) && !prefix.matches(.note))
        #expect(try IDPrefix(parsing: "x7q2").matches(Kind("dream")))
        #expect(try IDPrefix(parsing: "7q2").letter == nil)
        // Crockford's look-alikes.
        #expect(try IDPrefix(parsing: "nOil").range == (try IDPrefix(parsing: "011").range))
        #expect(try IDPrefix(parsing: "ｈ７ｑ２") == prefix)
        #expect(try IDPrefix(parsing: "h٧q٢") == prefix)
    }

    @Test func allCharactersAreOneID() throws {
        let id = EntryID(high: .max, low: .max)
        #expect(try IDPrefix(parsing: id.description).id == id)
        #expect(try IDPrefix(parsing: "s" + id.description).id == id)
    }

    @Test(arguments: [
        ("", 2), ("n", 2), ("n3f", 2), ("3f", 2), ("nn3f0", 1), ("n8zz", 1), ("zzz", 1), ("n3u0", 1), ("n3 0", 1),
        ("no such id", 1), (String(repeating: "0", count: 27), 1), ("n" + String(repeating: "0", count: 27), 1),
    ])
    func tooShortIsUsageAndTheRestIsNotFound(_ typed: String, exit: Int) {
        let failure = #expect(throws: Failure.self) { try IDPrefix(parsing: typed) }
        #expect(failure?.exit.rawValue == Int32(exit))
    }
}
