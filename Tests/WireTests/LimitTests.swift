import Causality
import TestSupport
import Testing
import Wire

/// Every limit of the wire is accepted, and one more refused.
@Suite struct LimitTests {
    private static let space = SpaceID(bits: EntryID(high: 1, low: 2))
    private static let hash = testHash([1])

    private static func end(_ n: Int, _ replica: UInt64 = 1) -> Tip {
        Tip(Dot(ReplicaID(bits: replica), n), hash)
    }

    private static func ping(length: Int) -> [UInt8] {
        let bytes = MessageWriter.bytes(of: .ping).dropLast()
        return bytes + [UInt8](repeating: UInt8(ascii: " "), count: length - bytes.count - 1) + [UInt8(ascii: "\n")]
    }

    @Test(arguments: [WireLimits.lineLengthMaxBeforeAuth, WireLimits.lineLengthMax])
    func aLineHasItsLengthAndNoByteMore(max: Int) throws {
        #expect(try Stream.read(Self.ping(length: max), lineLengthMax: max) == [.ping])
        #expect(Stream.defect(Self.ping(length: max + 1), lineLengthMax: max) == .tooLong)
    }

    @Test func aLineWithoutEndIsRefusedOnceItPassesTheLimit() throws {
        var reader = Stream.reader(lineLengthMax: 100)
        #expect(try reader.read([UInt8](repeating: 32, count: 99)).isEmpty)
        #expect(throws: WireDefect.tooLong) { try reader.read([32]) }
    }

    @Test func theLimitOfLinesIsRaisedOnceThePeerIsKnown() throws {
        var reader = Stream.reader(lineLengthMax: WireLimits.lineLengthMaxBeforeAuth)
        #expect(try reader.read(MessageWriter.bytes(of: .ping)).count == 1)
        reader.lineLengthMax = WireLimits.lineLengthMax
        #expect(try reader.read(Self.ping(length: WireLimits.lineLengthMax)).count == 1)
    }

    @Test(arguments: [0, 1])
    func countsHoldAndOneMoreIsRefused(more: Int) {
        let refused: WireDefect? = more == 0 ? nil : .malformed
        func defect(_ message: Message) -> WireDefect? { Stream.defect(MessageWriter.bytes(of: message)) }
        let rows = Frontier(ascending: (0..<WireLimits.clockRowsMax + more).map { Self.end(Dot.nMax, UInt64($0)) })
        #expect(defect(.open(Self.space, clock: rows ?? Frontier())) == refused)
        #expect(defect(.holding(Self.space, clock: rows ?? Frontier(), millis: 1)) == refused)
        let forked = (0..<WireLimits.clockRowsMax + more).map { ReplicaID(bits: UInt64($0)) }
        #expect(defect(.opened(Self.space, clock: Frontier(), forked: forked)) == refused)
        #expect(defect(.welcome(spaces: Array(repeating: Self.space, count: WireLimits.spacesMax + more))) == refused)
        let ends = (1...WireLimits.tipsMax + more).map { Self.end($0) }
        #expect(defect(.feed(Self.space, ReplicaID(bits: 1), at: ends.map(\.dot.n))) == refused)
        #expect(defect(.tips(Self.space, ReplicaID(bits: 1), ends: ends)) == refused)
        #expect(defect(.held(Self.space, (1...WireLimits.heldTipsMax + more).map { Self.end($0) })) == refused)
        #expect(defect(.fetch(Self.space, (1...WireLimits.fetchDotsMax + more).map { Self.end($0).dot })) == refused)
        let shown = [UInt8](repeating: 1, count: WireLimits.claimLengthMax + more)
        let granted = [UInt8](repeating: 1, count: WireLimits.grantLengthMax + more)
        let slot = Slot([UInt8](repeating: 1, count: Slot.byteCount))
        #expect(slot.map { defect(.reveal($0, sealed: shown)) } == .some(refused))
        #expect(slot.map { defect(.grant($0, sealed: granted)) } == .some(refused))
        let record = [UInt8](repeating: 1, count: WireLimits.recordLengthMax + more)
        #expect(defect(.append(Self.space, previous: nil, record: record)) == refused)
        #expect(defect(.credit(bytes: WireLimits.integerMax + more)) == refused)
    }

    @Test func depthKeysAndKeyLengthHoldAndOneMoreIsRefused() {
        func nested(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        func keyed(_ count: Int) -> String { "{" + (0..<count).map { #""k\#($0)":1"# }.joined(separator: ",") + "}" }
        func named(_ length: Int) -> String { #"{""# + String(repeating: "k", count: length) + #"":1}"# }
        for (write, max) in [
            (nested, WireLimits.depthMax), (keyed, WireLimits.keysPerObjectMax), (named, WireLimits.keyLengthMax),
        ] {
            #expect(LineScan.passes(Array(write(max).utf8)))
            #expect(!LineScan.passes(Array(write(max + 1).utf8)))
        }
    }

    /// A batch of stubs whose length differs from the limit by this many bytes.
    private static func batch(length: Int) -> Message {
        func message(_ boxLengths: [Int]) -> Message {
            let edits = boxLengths.map { length in
                let box = [UInt8](repeating: 1, count: length)
                let header = EditHeader(
                    entry: EntryID(high: 1, low: 1), tokens: [FieldToken(bits: 1)], group: 1, boxHash: testHash(box))
                return Edit(header, box: box)
            }
            let header = BatchHeader(
                replica: ReplicaID(bits: 1), first: 1, count: edits.count, previous: hash, seen: [], head: hash,
                epoch: hash, origin: nil)
            return .batch(space, Batch(header, signature: [UInt8](repeating: 1, count: 64), edits: edits))
        }
        let empty = MessageWriter.length(of: message([0, 0, 0]))
        // Base64 grows by four characters for three bytes, so the last box fills up the rest.
        for last in 0..<6 {
            for other in 0..<3 {
                let rest = length - empty
                let lengths = [rest * 3 / 8 - other, rest * 3 / 8 - last, 0]
                let missing = length - MessageWriter.length(of: message(lengths))
                let boxLengths = [lengths[0], lengths[1], missing * 3 / 4]
                if missing >= 0, MessageWriter.length(of: message(boxLengths)) == length { return message(boxLengths) }
            }
        }
        return message([])
    }

    @Test func aBatchHasItsBytesAndNotOneMore() {
        let max = WireLimits.batchLengthMax
        #expect(MessageWriter.length(of: Self.batch(length: max)) == max)
        #expect(Stream.defect(MessageWriter.bytes(of: Self.batch(length: max))) == nil)
        #expect(MessageWriter.length(of: Self.batch(length: max + 1)) == max + 1)
        #expect(Stream.defect(MessageWriter.bytes(of: Self.batch(length: max + 1))) == .tooLong)
    }

    /// Before a peer is authenticated, it can make the other side buffer no more than a line.
    @Test func aBatchIsNoLongerThanALineMayBe() {
        let max = WireLimits.lineLengthMaxBeforeAuth
        #expect(Stream.defect(MessageWriter.bytes(of: Self.batch(length: max)), lineLengthMax: max) == nil)
        #expect(Stream.defect(MessageWriter.bytes(of: Self.batch(length: max + 1)), lineLengthMax: max) == .tooLong)
    }

    @Test func noMoreThanTheFirstCreditIsEverOut() {
        var credit = CreditWindow()
        let received = [WireLimits.creditAtFirst + 1, WireLimits.creditAtFirst, 1].map { credit.receive($0) }
        #expect(received == [false, true, false])
        let early = credit.receiveGrant(1)
        credit.send(WireLimits.creditAtFirst)
        let granted = [WireLimits.creditAtFirst + 1, WireLimits.creditAtFirst].map { credit.receiveGrant($0) }
        #expect([early] + granted == [false, false, true])
    }
}
