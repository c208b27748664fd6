import Between
import Causality
import Membership
import TestSupport
import Testing
import Wire
import WireSupport

/// One space's exchange, step by step, as a device has it.
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
            (.lackingBoxes([]), .lackingBoxes(besides: [])),
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

    /// Whatever phase it is in: who sends batches in the place of an answer keeps the answer's time from running out.
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

    /// A server that takes one line for nonsense holds up no other: as with all that it refuses of a batch.
    @Test(arguments: [ErrorCode.malformed, .signature])
    mutating func whatTheServerDoesNotTakeOfALineEndsNoConnection(_ code: ErrorCode) {
        func refused(_ exchange: inout SpaceExchange, _ credit: inout CreditWindow, _ dot: Dot?) -> [SpaceExchange.Step]
        {
            exchange.received(.error(WireError(code, space: Sample.space, dot: dot)), byteCount: 9, &credit)
        }
        let dot = Dot(Sample.replica, 1)
        let first = refused(&exchange, &credit, dot)
        #expect(first == [.ask(.logEnd)] && exchange.phase == .comparingLogs)
    }

    /// What is about no batch is the connection's matter.
    @Test mutating func nonsenseInAConversationEndsIt() {
        let error = Message.error(WireError(.malformed, space: Sample.space))
        #expect(exchange.received(error, byteCount: 9, &credit) == [.close(.malformed)])
    }

    private func asksForBoxes(_ steps: [SpaceExchange.Step]) -> Bool {
        steps.contains { if case .ask(.lackingBoxes) = $0 { true } else { false } }
    }

    /// Two versions that met may need what they have in common, though the batch came with all of its boxes.
    @Test mutating func boxesThatAMergeNeedsAreLookedForAfterEveryBatch() {
        let took = ReplicaAnswer.took(Sample.batch.lineEnd(testHash), isNew: true)
        let steps = exchange.answered(took, to: .take(Sample.batch), &credit)
        #expect(asksForBoxes(steps), "\(steps)")
        let again = exchange.answered(
            .took(Sample.batch.lineEnd(testHash), isNew: false), to: .take(Sample.batch), &credit)
        #expect(!asksForBoxes(again), "nothing new")
    }

    /// With the keys of a new epoch more is shown.
    @Test mutating func boxesAreLookedForAfterARecord() {
        let record = ReplicaQuestion.extendLog(previous: Sample.hash, record: [1])
        let steps = exchange.answered(.logExtended(end, moved: false), to: record, &credit)
        #expect(steps.first == .send(.log(Sample.space, end)), "the server waits to hear of it")
        #expect(asksForBoxes(steps), "\(steps)")
    }

    @Test mutating func whatTheServerDoesNotHaveIsAskedForAgainAfterASilence() {
        let dots = [Dot(Sample.replica, 1)]
        let nothing = exchange.repeatQuestions()
        _ = exchange.answered(.took(Sample.batch.lineEnd(testHash), isNew: true), to: .take(Sample.batch), &credit)
        let fetch = exchange.answered(.lackingBoxes(dots), to: .lackingBoxes(besides: []), &credit)
        #expect(nothing.isEmpty && fetch == [.send(.fetch(Sample.space, dots))] && exchange.isWaiting)
        _ = exchange.received(.box(Sample.space, dots[0], nil), byteCount: 10, &credit)
        _ = exchange.answered(.lackingBoxes([]), to: .lackingBoxes(besides: Set(dots)), &credit)
        #expect(!exchange.isWaiting)
        let steps = exchange.repeatQuestions()
        #expect(steps == [.ask(.lackingBoxes(besides: []))])
    }

    /// Bytes that are no box of that edit are none at all.
    @Test mutating func whatIsNotTheBoxThatWasAskedForIsMissing() {
        let dots = [Dot(Sample.replica, 1)]
        _ = exchange.answered(.took(Sample.batch.lineEnd(testHash), isNew: true), to: .take(Sample.batch), &credit)
        _ = exchange.answered(.lackingBoxes(dots), to: .lackingBoxes(besides: []), &credit)
        let came = exchange.received(.box(Sample.space, dots[0], [1]), byteCount: 10, &credit)
        #expect(came == [.ask(.supply(dots[0], [1]))], "nothing is said before it was looked at")
        _ = exchange.answered(.refused(.malformed), to: .supply(dots[0], [1]), &credit)
        let steps = exchange.answered(.lackingBoxes([]), to: .lackingBoxes(besides: Set(dots)), &credit)
        #expect(steps.contains(.report(.missing(1))), "\(steps)")
    }
}
