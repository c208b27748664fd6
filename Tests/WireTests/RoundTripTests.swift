import Causality
import TestSupport
import Testing
import Wire
import WireSupport

/// Every written message is read back, in pieces of any size.
@Suite struct RoundTripTests {
    @Test(arguments: 1...20)
    func randomMessagesReadBackAsTheyWereWritten(seed: Int) throws {
        var messages = RandomMessages(seed: seed)
        for _ in 0..<200 {
            let message = messages.next()
            let bytes = MessageWriter.bytes(of: message)
            #expect(MessageWriter.length(of: message) == bytes.count)
            var reader = Stream.reader()
            #expect(try reader.read(bytes) == [ReceivedMessage(message: message, byteCount: bytes.count)])
        }
    }

    @Test func everyMessageIsDrawnAndHasASample() {
        let samples = Sample.messages.map(Sample.name)
        #expect(samples.count == MessageType.allCases.count - 1 && Set(samples).count == samples.count)
        var messages = RandomMessages(seed: 1)
        let drawn = (0..<2_000).map { _ in Sample.name(messages.next()) }
        #expect(Set(drawn) == Set(samples))
    }

    @Test func aStreamCutAtEveryByteGivesTheSameMessages() throws {
        let stream = Vector.good.flatMap(\.bytes)
        let whole = try Stream.read(stream)
        for cut in stream.indices {
            var reader = Stream.reader()
            let messages = try reader.read(stream[..<cut]) + reader.read(stream[cut...])
            #expect(messages.map(\.message) == whole)
        }
        var reader = Stream.reader()
        var messages: [Message?] = []
        for byte in stream { messages += try reader.read(CollectionOfOne(byte)).map(\.message) }
        #expect(messages == whole)
    }

    @Test(arguments: 1...8)
    func aByteThatChangedIsRefusedOrGivesAnotherMessageThatReadsBack(seed: Int) throws {
        var chance = SeededGenerator(seed: seed)
        for vector in Vector.good {
            for _ in 0..<60 {
                var bytes = vector.bytes
                for _ in 0...chance.below(2) {
                    bytes[chance.below(bytes.count)] ^= UInt8(1 << chance.below(8))
                }
                guard let messages = try? Stream.read(bytes) else { continue }
                for message in messages.compactMap(\.self) {
                    #expect(try Stream.read(MessageWriter.bytes(of: message)) == [message])
                }
            }
        }
    }

    @Test func spacesUnknownMembersAndAnyOrderAreTaken() throws {
        #expect(
            try Stream.read(lines: [#" { "later" : { "a" : [ 1 , null ] } , "type" : "credit" , "bytes" : 5 } "#]) == [
                .credit(bytes: 5)
            ])
    }

    @Test func aTypeThatIsNotKnownIsToldAndNotADefect() throws {
        let long = String(repeating: "x", count: 1000)
        #expect(
            try Stream.read(lines: [#"{"type":"blob"}"#, #"{"type":"\#(long)"}"#, #"{"type":"ping"}"#]) == [
                nil, nil, .ping,
            ])
    }

    @Test func aCodeThatIsNotKnownIsReadAsUnknown() throws {
        #expect(try Stream.read(lines: [#"{"type":"error","code":"teapot"}"#]) == [.error(WireError(.unknown))])
    }

    @Test func everyCodeHasASentenceThatNeedsNoEscape() {
        for code in ErrorCode.allCases {
            #expect(!code.sentence.isEmpty)
            #expect(code.sentence.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        }
    }

    @Test func afterADefectTheReaderStaysBroken() throws {
        var reader = Stream.reader()
        #expect(throws: WireDefect.malformed) { try reader.read(Array("{}\n".utf8)) }
        #expect(throws: WireDefect.malformed) { try reader.read(MessageWriter.bytes(of: .ping)) }
        #expect(throws: WireDefect.malformed) { try reader.read([]) }
    }
}
