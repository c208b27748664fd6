import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct DeviceKeysTests {
    @Test func theSameChanceMakesTheSameKeys() {
        var first = SeededGenerator(seed: 1)
        var second = SeededGenerator(seed: 1)
        let keys = DeviceKeys.random(using: &first)
        #expect(keys.identity == DeviceKeys.random(using: &second).identity)
        #expect(keys.identity != DeviceKeys.random(using: &first).identity)
    }

    @Test func keysReadBackFromTheirFile() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let keys = DeviceKeys.random(using: &generator)
            let read = try DeviceKeys(decoding: keys.encoded())
            #expect(read.encoded() == keys.encoded())
            #expect(read.identity == keys.identity)
            #expect(keys.encoded().count <= DeviceKeys.encodedLengthMax)
            let statement = SignedStatement.batch(feedHash: .sha256([1]))
            #expect(statement.isSigned(by: keys.identity, read.signature(of: statement)))
            #expect(statement.isSigned(by: keys.identity, read.signature(ofBatch: .sha256([1]))))
        }
    }

    @Test func everyFlippedBitOfAFileIsFound() {
        var generator = SeededGenerator(seed: 1)
        for flipped in DeviceKeys.random(using: &generator).encoded().flips {
            #expect(throws: DeviceKeysError.self) { try DeviceKeys(decoding: flipped) }
        }
    }

    @Test func refusesWhatIsNoKeyFile() {
        var generator = SeededGenerator(seed: 1)
        let bytes = DeviceKeys.random(using: &generator).encoded()
        let text = String(decoding: bytes, as: UTF8.self)
        let newer = text.split(separator: "\"version\":1").joined(separator: "\"version\":2")
        let table: [(String, DeviceKeysError)] = [
            ("", .damaged), ("{}", .damaged), ("[]", .damaged), ("{\"version\":0}", .damaged),
            ("{\"version\":1}", .damaged), ("{\"version\":2}", .unknownVersion(2)), (newer, .unknownVersion(2)),
            (String(text.dropLast()), .damaged), (text + "\n", .damaged), (" " + text, .damaged),
            (text + text, .damaged),
            (String(repeating: " ", count: 1 << 20), .damaged), ("{\"version\":[[[1]]]}", .damaged),
        ]
        for (text, expected) in table {
            #expect(
                error { () throws(DeviceKeysError) in _ = try DeviceKeys(decoding: Array(text.utf8)) } == expected,
                "\(text.prefix(40))")
        }
        for count in bytes.indices {
            #expect(throws: DeviceKeysError.damaged) { try DeviceKeys(decoding: Array(bytes[..<count])) }
        }
    }

    @Test func drawsBytesInWholeWords() {
        var generator = SeededGenerator(seed: 9)
        let words = [generator.next(), generator.next()]
        var again = SeededGenerator(seed: 9)
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        #expect(again.bytes(12) == Array(bytes.prefix(12)))
        #expect(again.bytes(0).isEmpty)
    }
}
