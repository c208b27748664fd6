import CanonicalJSON
import Causality
import Testing
import Wire

/// The message vectors, read and written.
@Suite struct VectorTests {
    @Test func thereAreVectorsOfEveryMessageAndManyBadOnes() throws {
        let types = try Vector.good.map {
            try #require(JSONValue(parsing: $0.bytes.prefix { $0 != 10 })["type"]?.asText)
        }
        #expect(Set(types).count == 27)
        #expect(Vector.bad.count >= 150)
    }

    @Test(arguments: Vector.good)
    func aGoodVectorReadsAndWritesBackAsTheSameBytes(_ vector: Vector) throws {
        let read = try Stream.read(vector.bytes)
        #expect(read.count == 1)
        let message = try #require(read.first ?? nil)
        #expect(MessageWriter.bytes(of: message) == vector.bytes)
        #expect(MessageWriter.length(of: message) == vector.bytes.count)
    }

    @Test(arguments: Vector.good)
    func aGoodVectorIsCanonicalJSON(_ vector: Vector) throws {
        for line in vector.bytes.split(separator: UInt8(ascii: "\n")) {
            #expect(try JSONValue(parsing: line).canonicalBytes() == Array(line))
        }
    }

    @Test(arguments: Vector.bad)
    func aBadVectorIsRefusedWithItsCode(_ vector: Vector) {
        #expect(Stream.defect(vector.bytes)?.code.rawValue == vector.code)
    }
}
