import SyncClient
import Causality
import Membership
import TestSupport
import Testing
import Wire
import WireSupport

/// The exchange of one space, step by step, on the device.
@Suite struct SpaceExchangeTests {
    var exchange = SpaceExchange(Sample.space)
    var credit = CreditWindow()
    let end: LogEnd

    /// Up to date with a server that holds nothing.
    init() throws {
        end = try #require(LogEnd(count: 1, head: Sample.hash))
        let clock = Frontier()
        _ = exchange.begin()
        for (answer, question) in [
            (ReplicaAnswer.logEnd(end), ReplicaQuestion.logEnd), (.relation(.equal), .relation(end)),
            (.frontier(clock), .frontier), (.compared(forked: [], lost: 0), .compare(clock)),
            (.batches([], isLast: true), .batches(beyond: VectorClock(), without: [], room: credit.room)),
            (.missingBoxes([]), .missingBoxes(besides: [])),
        ] {
            if case .compare = question {
                _ = exchange.received(.opened(Sample.space, clock: clock, forked: []), byteCount: 10, &credit)
            }
            _ = exchange.answered(answer, to: question, &credit)
        }
        try #require(exchange.phase == .live && !exchange.isWaiting)
    }

    private func isFlooded(_ steps: [SpaceExchange.Step]) -> Bool {
        steps.contains { if case .report(.flooded) = $0 { true } else { false } }
    }

    /// In any phase: batches instead of an answer must not keep the answer timer from firing.
    @Test mutating func soManyBatchesAreRefusedAndThenTheSpaceRests() {
        func refusals(_ exchange: inout SpaceExchange, _ credit: inout CreditWindow) -> [SpaceExchange.Step] {
            var last: [SpaceExchange.Step] = []
            for _ in 0..<SpaceExchange.refusedBatchesMax {
                last = exchange.answered(.refused(.signature), to: .take(Sample.batch), &credit)
            }
            return last
        }
        var free = exchange
        let before = refusals(&exchange, &credit)
        #expect(!isFlooded(before) && exchange.phase == .comparingLogs)
        let steps = exchange.answered(.refused(.signature), to: .take(Sample.batch), &credit)
        #expect(isFlooded(steps) && exchange.phase == .stopped(.signature) && !exchange.isWaiting)
        #expect(steps.contains(.report(.unsettled)), "whoever syncs once is done")
        #expect(steps.contains { if case .resume = $0 { true } else { false } })
        let resumed = exchange.resume()
        #expect(resumed == [.report(.beginsAgain), .ask(.logEnd)])
        let isUnbounded = Defence.$down.withValue([.boundsJunk]) {
            _ = refusals(&free, &credit)
            return !isFlooded(free.answered(.refused(.signature), to: .take(Sample.batch), &credit))
        }
        #expect(isUnbounded)
    }

    /// A server that refuses one feed as malformed does not hold up others.
    @Test(arguments: [ErrorCode.malformed, .signature])
    mutating func whatTheServerDoesNotTakeOfAFeedEndsNoConnection(_ code: ErrorCode) {
        func refused(_ exchange: inout SpaceExchange, _ credit: inout CreditWindow, _ dot: Dot?) -> [SpaceExchange.Step]
        {
            exchange.received(.error(WireError(code, space: Sample.space, dot: dot)), byteCount: 9, &credit)
        }
        let dot = Dot(Sample.replica, 1)
        let first = refused(&exchange, &credit, dot)
        #expect(first == [.ask(.logEnd)] && exchange.phase == .comparingLogs)
    }

    /// An error without a batch ends the connection.
    @Test mutating func nonsenseInAConversationEndsIt() {
        let error = Message.error(WireError(.malformed, space: Sample.space))
        #expect(exchange.received(error, byteCount: 9, &credit) == [.close(.malformed)])
    }

    private func asksForBoxes(_ steps: [SpaceExchange.Step]) -> Bool {
        steps.contains { if case .ask(.missingBoxes) = $0 { true } else { false } }
    }

    /// Merging two versions may need their common ancestor's box, even if the batch came with all boxes.
    @Test mutating func boxesThatAMergeNeedsAreLookedForAfterEveryBatch() {
        let took = ReplicaAnswer.took(Sample.batch.tip(testHash), isNew: true)
        let steps = exchange.answered(took, to: .take(Sample.batch), &credit)
        #expect(asksForBoxes(steps), "\(steps)")
        let again = exchange.answered(
            .took(Sample.batch.tip(testHash), isNew: false), to: .take(Sample.batch), &credit)
        #expect(!asksForBoxes(again), "nothing new")
    }

    /// The keys of a new epoch open more boxes.
    @Test mutating func boxesAreLookedForAfterARecord() {
        let record = ReplicaQuestion.extendLog(previous: Sample.hash, record: [1])
        let steps = exchange.answered(.logExtended(end, moved: false), to: record, &credit)
        #expect(steps.first == .send(.log(Sample.space, end)), "the server waits to hear of it")
        #expect(asksForBoxes(steps), "\(steps)")
    }

    @Test mutating func whatTheServerDoesNotHaveIsAskedForAgainAfterASilence() {
        let dots = [Dot(Sample.replica, 1)]
        let nothing = exchange.repeatQuestions()
        _ = exchange.answered(.took(Sample.batch.tip(testHash), isNew: true), to: .take(Sample.batch), &credit)
        let fetch = exchange.answered(.missingBoxes(dots), to: .missingBoxes(besides: []), &credit)
        #expect(nothing.isEmpty && fetch == [.send(.fetch(Sample.space, dots))] && exchange.isWaiting)
        _ = exchange.received(.box(Sample.space, dots[0], nil), byteCount: 10, &credit)
        _ = exchange.answered(.missingBoxes([]), to: .missingBoxes(besides: Set(dots)), &credit)
        #expect(!exchange.isWaiting)
        let steps = exchange.repeatQuestions()
        #expect(steps == [.ask(.missingBoxes(besides: []))])
    }

    /// Bytes that are not the edit's box count as a missing box.
    @Test mutating func whatIsNotTheBoxThatWasAskedForIsMissing() {
        let dots = [Dot(Sample.replica, 1)]
        _ = exchange.answered(.took(Sample.batch.tip(testHash), isNew: true), to: .take(Sample.batch), &credit)
        _ = exchange.answered(.missingBoxes(dots), to: .missingBoxes(besides: []), &credit)
        let came = exchange.received(.box(Sample.space, dots[0], [1]), byteCount: 10, &credit)
        #expect(came == [.ask(.supply(dots[0], [1]))], "nothing is said before it was looked at")
        _ = exchange.answered(.refused(.malformed), to: .supply(dots[0], [1]), &credit)
        let steps = exchange.answered(.missingBoxes([]), to: .missingBoxes(besides: Set(dots)), &credit)
        #expect(steps.contains(.report(.missing(1))), "\(steps)")
    }
}
