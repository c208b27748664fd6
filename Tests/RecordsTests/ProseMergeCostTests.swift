import Records
import TestSupport
import Testing

/// The largest texts of the worst shapes are merged in bounded time.
@Suite(.serialized) struct ProseMergeCostTests {
    // A debug build is some fifty times slower; there the shapes are only tried, not timed.
    #if DEBUG
        private static let bytesMax = 12 * 1024
        private static let limit = Duration.seconds(30)
    #else
        private static let bytesMax = 192 * 1024
        private static let limit = Duration.seconds(1)
    #endif

    @Test(arguments: ["\n\n", "\n", " "], [2, 3, 1000, 100_000])
    func manyShortTokens(separator: String, alphabet: Int) {
        let texts = (0..<3).map { seed in shuffled(alphabet: alphabet, separator: separator, seed: UInt64(seed + 1)) }
        expectSoon("tokens of \(alphabet) kinds and \(separator.debugDescription)", texts)
    }

    @Test(arguments: ["a", ".", "\n", " ", "…", "a.", "A. ", "a.\n\n", " \n", "\u{301}", "A.\n \n", "-\n", ".)", "1. "])
    func oneThingOverAndOver(unit: String) {
        let text = String(repeating: unit, count: Self.bytesMax / unit.utf8.count)
        expectSoon(unit.debugDescription, [text, "X. " + text + " Y.", text + "Z.\n\nZ." + text])
        expectSoon(unit.debugDescription, [text, "X. " + text + "Y. " + text, text + "Z.\n\nZ." + text + "z"])
    }

    /// Anchors with ranges between them that are just small enough for tables.
    @Test(arguments: ["\n\n", "\n"])
    func manyTables(separator: String) {
        let texts = (0..<3).map { seed in
            var state = UInt64(seed + 7)
            var tokens: [String] = []
            for anchor in 0..<(Self.bytesMax / 4800) {
                tokens.append("Anchor \(anchor).")
                for _ in 0..<1500 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1
                    tokens.append(state >> 63 == 0 ? "A" : "B")
                }
            }
            return tokens.joined(separator: separator)
        }
        expectSoon("tables", texts)
    }

    @Test(arguments: ["\n\n", "\n", " "])
    func manyConflicts(separator: String) {
        let count = Self.bytesMax / 24
        let texts = ["", "Mine %.", "Yours %."].map { extra in
            (0..<count).map { place in
                "W\(place)." + separator + (extra.isEmpty ? "" : extra.replacing("%", with: "\(place)") + separator)
            }.joined()
        }
        expectSoon("conflicts", texts)
        expectSoon("rewrites", [texts[0]] + ["a", "b"].map { texts[0].replacing("W", with: "X\($0)") })
    }

    @Test func manyVersions() {
        let text = String(repeating: "A. B. C.\n\n", count: Self.bytesMax / 40)
        expectSoon("versions", [text] + (0..<16).map { "V\($0). " + text + "W\($0)." })
    }

    private func expectSoon(_ name: String, _ texts: [String]) {
        let time = leastThreadTime(of: 2) {
            let merge = ProseMerge(base: texts[0], versions: Array(texts.dropFirst()))
            #expect(merge.text.utf8.count <= texts.dropFirst().reduce(16) { $0 + $1.utf8.count + 16 })
        }
        #expect(time < Self.limit, "\(name): \(time)")
    }

    private func shuffled(alphabet: Int, separator: String, seed: UInt64) -> String {
        var state = seed
        var text = ""
        while text.utf8.count < Self.bytesMax {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += "\((state >> 33) % UInt64(alphabet))." + separator
        }
        return text
    }
}
