import Causality
import SyncServer
import TestSupport
import Testing
import Wire
import WireSupport

/// The server believes that a device holds what it told, never what was sent to it.
@Suite struct SpaceServiceTests {
    var service = SpaceService(Sample.space)
    var credit = CreditWindow()
    let one: LogEnd
    let two: LogEnd
    let record = LinkedRecord(previous: Sample.hash, bytes: [1])

    init() throws {
        one = try #require(LogEnd(count: 1, head: Sample.hash))
        two = try #require(LogEnd(count: 2, head: Sample.hash))
        _ = service.received(.log(Sample.space, one), byteCount: 10, &credit)
    }

    /// Seed 5004428: the device counted as holding its record since it had sent it, and never got it.
    @Test mutating func aRecordThatADeviceBroughtIsSentToItUntilItSaysThatItIsHeld() {
        let append = ServerQuestion.append(Sample.space, record, cut: nil)
        _ = service.answered(.appended(two, isNew: true), to: append, &credit)
        let steps = service.heard(.moved, &credit)
        #expect(steps == [.ask(.records(Sample.space, from: 1))])
        _ = service.received(.log(Sample.space, two), byteCount: 10, &credit)
        let later = service.heard(.moved, &credit)
        #expect(later == [.ask(.records(Sample.space, from: 2))])
    }

    @Test mutating func recordsThatWereSentAreDueUntilTheDeviceSaysSo() {
        let sent = service.answered(
            .records([record], end: two), to: .records(Sample.space, from: 1), &credit)
        #expect(sent.count == 2 && service.isWaiting)
        let meanwhile = service.heard(.moved, &credit)
        #expect(meanwhile.isEmpty, "they are under way")
        _ = service.received(.open(Sample.space, clock: Frontier()), byteCount: 10, &credit)
        #expect(service.isWaiting, "it may have opened before they came")
        _ = service.received(.log(Sample.space, two), byteCount: 10, &credit)
        #expect(!service.isWaiting)
    }

    /// For a device that has none of very many boxes, the last request costs as much as the first.
    @Test func whatWasDeniedCostsNothingLater() throws {
        var conversation = try #require(MessageTableTests.states["open"])
        var round = 0
        func deny() -> Duration {
            let dots = (1...WireLimits.fetchDotsMax).map {
                Dot(Sample.replica, round * WireLimits.fetchDotsMax + $0)
            }
            round += 1
            _ = conversation.answered(.missingBoxes(dots), to: .missingBoxes(Sample.space, besides: []))
            return leastThreadTime(of: 1) {
                for dot in dots { _ = conversation.received(.box(Sample.space, dot, nil), byteCount: 10) }
            }
        }
        let first = (0..<5).map { _ in deny() }.min() ?? .zero
        for _ in 0..<200 { _ = deny() }
        let last = (0..<5).map { _ in deny() }.min() ?? .zero
        #expect(last < first * 10, "\(first) at first, \(last) after \(round) questions")
    }
}
