import CanonicalJSON
import Causality
import Records
import TestSupport
import Testing

/// Forty copies of a home that all rewrote one entry, each as long as a text may be.
@Suite(.serialized) struct ManyLongVersionsTests {
    #if DEBUG
        private static let bytes = 8 * 1024
        private static let limit = Duration.seconds(60)
    #else
        private static let bytes = RecordLimits.proseBytesMax - 8
        private static let limit = Duration.milliseconds(500)
    #endif

    private static let units = ["many words ", "Many words. ", "many\n\n", "many\n", "a ", "A. "]
    private static let base = CausalContext(dot: Dot(ReplicaID(bits: 1), 1), seen: VectorClock())

    /// An edit by a replica of its own, whose author had seen the first and these.
    private func version(_ number: Int, _ text: String, seen: [Dot] = []) -> Version<JSONValue> {
        let dot = Dot(ReplicaID(bits: UInt64(2 + number)), 1)
        return Version(.text(Text(text)), CausalContext(dot: dot, seen: VectorClock([Self.base.dot] + seen)))
    }

    /// What it takes to work a field out after each of these came.
    private func time(_ versions: [Version<JSONValue>]) -> Duration {
        let first = Version<JSONValue?>("An honest note.", Self.base)
        return leastThreadTime(of: 1) {
            for count in 1...versions.count {
                let live = Array(versions.prefix(count))
                let resolution = FieldRule.prose.resolve(live) { [first] + live.map { Version($0.value, $0.context) } }
                #expect(resolution.others.count >= count - 1)
            }
        }
    }

    @Test(arguments: units)
    func eachThatArrivesIsWorkedOutSoon(unit: String) {
        let text = String(repeating: unit, count: Self.bytes / unit.utf8.count)
        let time = time((0..<40).map { version($0, "\($0): " + text.dropLast(8)) })
        #expect(time < Self.limit, "\(time)")
    }

    /// As many as there may be of them, of the shortest tokens, which cost most.
    @Test(arguments: ["\n", "\n\n", " "], [2, 4, 8, 16, 32, 64])
    func soIsEachOfSoMany(separator: String, count: Int) {
        let bytes = min(Self.bytes, RecordLimits.mergedCostMax / count / count - 8)
        let time = time(
            (0..<count).map { number in
                var generator = SeededGenerator(seed: number)
                let tokens = (0..<bytes / (1 + separator.utf8.count)).map { _ in
                    generator.chance(percent: 50) ? "a" : "B"
                }
                return version(number, tokens.joined(separator: separator))
            })
        #expect(time < Self.limit * 6, "\(time)")
    }

    @Test func fourOfTheLongestAreMergedAndFiveAreNot() throws {
        let text = "One. Two.\n\n" + String(repeating: "many words ", count: Self.bytes / 11 - 2)
        let versions = (0..<5).map { version($0, "\($0). " + text) }
        let first = Version<JSONValue?>(.text(Text(text)), Self.base)
        let four = FieldRule.prose.resolve(Array(versions.prefix(4))) { [first] }
        #expect(four.rule == .prose && four.others.count == 4)
        let merged = try #require(four.value.asText)
        #expect((0..<4).allSatisfy { merged.contains("\($0). ") } && merged.utf8.count < text.utf8.count + 100)
        guard Self.bytes * 25 > RecordLimits.mergedCostMax else { return }
        let five = FieldRule.prose.resolve(versions) { [first] }
        #expect(five.rule == .greatest && five.value == versions.last?.value)
        #expect(five.others == versions.dropLast().map(\.value))
    }

    /// What they have in common may itself be many long versions, which had met.
    @Test func whatTheyGrewOutOfIsMergedAsFarOnly() {
        let text = String(repeating: "many\n", count: Self.bytes / 5 - 2)
        let met = (0..<40).map { version($0, "\($0)\n" + text) }
        let heirs = (40..<42).map { version($0, "\($0)\n" + text, seen: met.map(\.dot)) }
        var resolution: Resolution?
        let time = leastThreadTime(of: 1) {
            resolution = FieldRule.prose.resolve(heirs) { met.map { Version($0.value, $0.context) } }
        }
        #expect(resolution?.rule == .prose && resolution?.others == heirs.map(\.value))
        #expect(time < Self.limit, "\(time)")
    }
}
