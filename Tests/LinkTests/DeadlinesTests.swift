import Link
import NIOCore
import Testing

@Suite struct DeadlinesTests {
    static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    static func secured() -> ConnectionDeadlines {
        var deadlines = ConnectionDeadlines(limits: LinkLimits(), secured: at(10))
        deadlines.secured(isKnown: true, at: at(0))
        return deadlines
    }

    @Test func theHandshakeComesFirst() {
        var deadlines = ConnectionDeadlines(limits: LinkLimits(), secured: Self.at(10))
        #expect(deadlines.next == Self.at(10))
        #expect(deadlines.breach(at: Self.at(9)) == nil)
        #expect(deadlines.breach(at: Self.at(10)) == .securing)
        deadlines.secured(isKnown: false, at: Self.at(9))
        #expect(deadlines.breach(at: Self.at(18)) == nil)
        #expect(deadlines.breach(at: Self.at(19)) == .authentication)
        deadlines.authenticated()
        #expect(deadlines.next == nil)
    }

    @Test func whoIsKnownMayBeSilentForEver() {
        #expect(Self.secured().next == nil)
    }

    @Test func aLineHasThirtySecondsFromItsFirstByte() {
        var deadlines = Self.secured()
        deadlines.received(byteCount: 100, lastLineByteCount: 0, at: Self.at(0))
        #expect(deadlines.next == nil)
        deadlines.received(byteCount: 100, lastLineByteCount: 1, at: Self.at(5))
        #expect(deadlines.next == Self.at(35))
        deadlines.received(byteCount: 1, lastLineByteCount: nil, at: Self.at(34))
        #expect(deadlines.breach(at: Self.at(34)) == nil)
        #expect(deadlines.breach(at: Self.at(35)) == .line)
        deadlines.received(byteCount: 1, lastLineByteCount: 0, at: Self.at(34))
        #expect(deadlines.next == nil)
    }

    @Test func aLongLineMayTakeLongerIfItComesFastEnough() {
        var deadlines = Self.secured()
        deadlines.received(byteCount: 60 * 1024, lastLineByteCount: nil, at: Self.at(0))
        #expect(deadlines.next == Self.at(60))
        deadlines.received(byteCount: 60 * 1024, lastLineByteCount: nil, at: Self.at(59))
        #expect(deadlines.next == Self.at(120))
        #expect(deadlines.breach(at: Self.at(120)) == .line)
    }

    @Test func nobodyIsLateWhileNobodyReads() {
        var deadlines = Self.secured()
        deadlines.received(byteCount: 1, lastLineByteCount: nil, at: Self.at(0))
        deadlines.paused()
        #expect(deadlines.next == nil)
        deadlines.resumed(at: Self.at(100))
        #expect(deadlines.next == Self.at(130))
    }

    @Test func aStallIsSixtySecondsWithoutProgress() {
        var deadlines = Self.secured()
        deadlines.sending(at: Self.at(0))
        deadlines.sending(at: Self.at(50))
        #expect(deadlines.next == Self.at(60))
        deadlines.sent(all: false, at: Self.at(59))
        #expect(deadlines.breach(at: Self.at(118)) == nil)
        #expect(deadlines.breach(at: Self.at(119)) == .stall)
        deadlines.sent(all: true, at: Self.at(118))
        #expect(deadlines.next == nil)
    }

    @Test func closingHasItsOwnTimeAndNoOther() {
        var deadlines = Self.secured()
        deadlines.sending(at: Self.at(0))
        deadlines.received(byteCount: 1, lastLineByteCount: nil, at: Self.at(0))
        deadlines.closing(at: Self.at(1))
        deadlines.closing(at: Self.at(9))
        #expect(deadlines.next == Self.at(11))
        #expect(deadlines.breach(at: Self.at(11)) == .closing)
    }
}
