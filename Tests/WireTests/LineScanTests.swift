import CanonicalJSON
import TestSupport
import Testing
import Wire

/// The lines that the scan accepts, and its cost.
@Suite(.serialized) struct LineScanTests {
    private static let limits = JSONLimits(depthMax: WireLimits.depthMax)

    /// Lines like those of a hostile peer: pieces of JSON in any order.
    private static func scrap(_ chance: inout SeededGenerator) -> [UInt8] {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\":", "\"a\":1", "0", "1", "12", "9007199254740991",
            "9007199254740992", "true", "false", "null", " ", "\"\"", "{}", "[]", "[1]", "{\"c\":[]}", "-", ".", "\\",
            "\t",
        ]
        return (0..<1 + chance.below(9)).flatMap { _ in Array(chance.pick(pieces).utf8) }
    }

    @Test(arguments: 1...10)
    func whatTheScanTakesTheJSONReaderTakes(seed: Int) {
        var chance = SeededGenerator(seed: seed)
        var taken = 0
        for _ in 0..<20_000 {
            let line = Self.scrap(&chance)
            let value = try? JSONValue(parsing: line, limits: Self.limits)
            if LineScan.passes(line) {
                taken += 1
                #expect(value != nil, "\(String(decoding: line, as: UTF8.self))")
            }
        }
        #expect(taken > 100)
    }

    @Test func whatOurWriterOfJSONWritesTheScanTakes() {
        for vector in Vector.good {
            for line in vector.bytes.split(separator: UInt8(ascii: "\n")) { #expect(LineScan.passes(Array(line))) }
        }
    }

    /// Shapes that cost some readers quadratic time, or their stack, repeated up to a length.
    private static let hostile: [(name: String, begin: String, piece: String)] = [
        ("many keys", "{", #""k":1,"#), ("one key again and again", #"{"a":{"#, #""k":1,"#), ("deep arrays", "", "["),
        ("deep objects", "", #"{"a":"#), ("one long text", "\"", "x"), ("many texts", "[", #""x","#),
        ("many numbers", "[", "1,"), ("one long number", "", "9"), ("many objects", "[", "{},"),
        ("many objects of keys", "[", #"{"aaaaaaaaaaaa":1,"aaaaaaaaaaab":1,"aaaaaaaaaaac":1,"aaaaaaaaaaad":1},"#),
        ("many arrays", "[", "[[[[[[]]]]]],"), ("spaces", "", " "), ("backslashes", "\"", "\\"),
        ("many literals", "[", "null,"), ("an unknown member of numbers", #"{"type":"ping","a":["#, "1,"),
        ("spaces of a welcome", #"{"type":"welcome","spaces":["#, #""00000000000000000000000000","#),
        ("rows of a clock", #"{"type":"open","clock":["#, #"["0000000000000001",1,"x"],"#),
    ]

    /// Quadratic time for a line of a megabyte would be seconds. The bound is some four times the time of an idle
    /// machine, so that a slower one passes too.
    @Test(arguments: [(WireLimits.lineLengthMaxBeforeAuth, 1), (WireLimits.lineLengthMax, 60)])
    func noLineCostsMoreThanItsTime(length: Int, millis: Int) {
        for (name, begin, piece) in Self.hostile {
            var line = Array(begin.utf8)
            let piece = Array(piece.utf8)
            while line.count + piece.count < length - 1 { line += piece }
            line.append(UInt8(ascii: "\n"))
            let time = leastThreadTime { _ = Stream.defect(line) }
            #expect(time < .milliseconds(millis), "\(name), \(length) bytes")
        }
        // The complete part of it: no error is thrown before the end.
        let whole = #"{"type":"ping","a":["# + String(repeating: "1,", count: (length - 30) / 2) + "1]}\n"
        #expect(leastThreadTime { _ = Stream.defect(Array(whole.utf8)) } < .milliseconds(millis))
    }
}
