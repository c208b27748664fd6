import Causality
import TestSupport
import Testing

/// Ids and their texts.
@Suite struct NameTests {
    @Test func entryIDsReadBackFromTheirText() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1_000 {
            let entry = EntryID.random(using: &generator)
            #expect(entry.description.utf8.count == EntryID.textLength)
            #expect(EntryID(entry.description) == entry)
            #expect(EntryID(entry.description.uppercased()) == entry)
            #expect(EntryID(entry.bytes) == entry)
        }
        let least = EntryID(high: 0, low: 0)
        let greatest = EntryID(high: .max, low: .max)
        #expect(least.description == String(repeating: "0", count: 26))
        #expect(greatest.description == "7" + String(repeating: "z", count: 25))
    }

    @Test func entryIDsSortAsTheirTextsDo() {
        var generator = SeededGenerator(seed: 2)
        let entries = (0..<200).map { _ in EntryID.random(using: &generator) }
        #expect(entries.sorted().map(\.description) == entries.map(\.description).sorted())
    }

    @Test func lookAlikesAreReadAsPeopleMeanThem() {
        #expect(EntryID("OI" + String(repeating: "l", count: 24)) == EntryID("01" + String(repeating: "1", count: 24)))
    }

    @Test(arguments: [
        "", "0", "8" + String(repeating: "0", count: 25), String(repeating: "u", count: 26),
        String(repeating: "0", count: 27), "0" + String(repeating: "é", count: 12) + "0",
        String(repeating: "@", count: 26), String(repeating: "\u{10}", count: 26),
    ])
    func refusesWhatIsNoEntryID(_ text: String) {
        #expect(EntryID(text) == nil)
    }

    @Test func dotsReadBackFromTheirText() {
        let dot = Dot(ReplicaID(bits: 0x00AB_CDEF_0123_4567), 42)
        #expect(dot.description == "00abcdef01234567:42")
        #expect(Dot(dot.description) == dot)
        #expect(Dot("00abcdef01234567:\(Dot.nMax)")?.n == Dot.nMax)
    }

    @Test(arguments: [
        "", ":", "00abcdef01234567", "00abcdef01234567:", "00abcdef01234567:0", "00abcdef01234567:01",
        "00abcdef01234567:+1", "00abcdef01234567:-1", "00ABCDEF01234567:1", "0abcdef01234567:1",
        "00abcdef01234567:9007199254740992", "00abcdef01234567:99999999999999999999", "00abcdef01234567:1:1",
    ])
    func refusesWhatIsNoDot(_ text: String) {
        #expect(Dot(text) == nil)
    }

    @Test func hashesTakeThirtyTwoBytes() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let hash = try #require(Hash256(bytes))
        #expect(hash.bytes == bytes)
        #expect(hash.description == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
        #expect(Hash256(bytes.dropLast()) == nil)
        #expect(Hash256(bytes + [0]) == nil)
    }
}
