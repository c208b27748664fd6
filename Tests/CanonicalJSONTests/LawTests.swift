import CanonicalJSON
import TestSupport
import Testing

@Suite("Reading and writing undo each other")
struct LawTests {
    @Test(arguments: seeds)
    func readsBackWhatWasWritten(seed: UInt64) throws {
        var source = RandomJSON(random: SeededGenerator(seed: seed))
        for round in 0..<400 {
            let value = source.value()
            let written = value.canonicalBytes()
            let read = try JSONValue(parsing: written)
            #expect(read == value, "SEED=\(seed) round \(round)")
            #expect(read.hashValue == value.hashValue, "SEED=\(seed) round \(round)")
            #expect(read.canonicalBytes() == written, "SEED=\(seed) round \(round)")
        }
    }

    @Test(arguments: seeds)
    func everyDoubleSurvives(seed: UInt64) throws {
        var source = RandomJSON(random: SeededGenerator(seed: seed))
        for _ in 0..<2000 {
            let double = source.real()
            let written = JSONValue.real(double).canonicalText
            #expect(Double(written) == double, "SEED=\(seed) \(double)")
            let read = try JSONValue(parsing: Array(written.utf8))
            #expect(read == .number(double) && read.canonicalText == written, "SEED=\(seed) \(double)")
            #expect(try JSONValue(parsing: double.description.utf8) == read, "SEED=\(seed) \(double)")
        }
    }

    @Test(arguments: seeds)
    func whiteSpaceAndOrderDoNotMatter(seed: UInt64) throws {
        var source = RandomJSON(random: SeededGenerator(seed: seed))
        for round in 0..<100 {
            let value = source.value()
            var spaced: [UInt8] = []
            spell(value, into: &spaced, random: &source.random)
            #expect(try JSONValue(parsing: spaced) == value, "SEED=\(seed) round \(round)")
        }
    }

    @Test(arguments: seeds)
    func randomDamageIsRefusedOrReadNeverMore(seed: UInt64) {
        var source = RandomJSON(random: SeededGenerator(seed: seed))
        for round in 0..<1500 {
            var bytes = source.value(depthMax: 3).canonicalBytes()
            for _ in 0..<Int.random(in: 1...4, using: &source.random) {
                let index = Int.random(in: 0..<bytes.count, using: &source.random)
                let structural = Self.structural[Int.random(in: 0..<Self.structural.count, using: &source.random)]
                bytes[index] =
                    source.random.chance(percent: 50)
                    ? structural : UInt8.random(in: .min ... .max, using: &source.random)
            }
            do throws(JSONError) {
                let value = try JSONValue(parsing: bytes)
                #expect((try? JSONValue(parsing: value.canonicalBytes())) == value, "SEED=\(seed) round \(round)")
            } catch {
                #expect((0...bytes.count).contains(error.byteOffset), "SEED=\(seed) round \(round)")
            }
        }
    }

    private static let structural = Array("{}[]\",:\\u0-.eE+tfn ".utf8)

    /// Writes a value in another spelling: white space anywhere, keys shuffled, scalars escaped at random.
    private func spell(_ value: JSONValue, into bytes: inout [UInt8], random: inout SeededGenerator) {
        func space() {
            if random.chance(percent: 30) { bytes.append([0x20, 0x0a, 0x0d, 0x09][Int(random.next() % 4)]) }
        }
        func separated<Item>(_ items: [Item], _ open: String, _ close: String, _ body: (Item) -> Void) {
            bytes.append(contentsOf: open.utf8)
            space()
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(contentsOf: ",".utf8) }
                body(item)
            }
            bytes.append(contentsOf: close.utf8)
        }
        func quoted(_ text: Text) {
            bytes.append(contentsOf: "\"".utf8)
            for scalar in text.string.unicodeScalars {
                if random.chance(percent: 50) || scalar.value < 0x20 || scalar == "\"" || scalar == "\\" {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16, uppercase: random.chance(percent: 50))
                        let zeros = String(repeating: "0", count: 4 - digits.count)
                        bytes.append(contentsOf: "\\u\(zeros)\(digits)".utf8)
                    }
                } else {
                    bytes.append(contentsOf: String(scalar).utf8)
                }
            }
            bytes.append(contentsOf: "\"".utf8)
        }
        space()
        switch value {
        case .text(let text): quoted(text)
        case .array(let elements): separated(elements, "[", "]") { spell($0, into: &bytes, random: &random) }
        case .object(let object):
            separated(object.shuffled(using: &random), "{", "}") { member in
                space()
                quoted(member.key)
                space()
                bytes.append(contentsOf: ":".utf8)
                spell(member.value, into: &bytes, random: &random)
            }
        case .null, .bool, .integer, .real: value.append(to: &bytes)
        }
        space()
    }
}
