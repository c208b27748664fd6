import Causality
import Testing
import Wire
import WireSupport

/// Requested boxes: each is answered once, and one that was not there is sent when it arrives.
@Suite struct EditFlowTests {
    let dots = (1...3).map { Dot(Sample.replica, $0) }
    var asker = EditFlow(Sample.space)
    var answerer = EditFlow(Sample.space)
    var credit = CreditWindow()

    init() {
        asker.begin(at: VectorClock())
        answerer.begin(at: VectorClock())
    }

    /// The messages of one side, which holds these boxes.
    private mutating func answer(_ here: [Dot: [UInt8]]) -> [Message] {
        answerer.send(answerer.dueBoxes.map { FoundBox($0, here[$0]) }, &credit)
    }

    private mutating func hear(_ messages: [Message]) -> [Dot] {
        var arrived: [Dot] = []
        for case .box(_, let dot, let bytes) in messages where asker.arrived(dot, isThere: bytes != nil) {
            arrived.append(dot)
        }
        return arrived
    }

    @Test mutating func whatIsNotThereIsSentWhenItComesAndNotBefore() {
        let (seeks, question, mayAsk) = (asker.seek(), asker.fetch(dots), answerer.owe(dots))
        #expect(seeks && mayAsk && question == .fetch(Sample.space, dots))
        let first = hear(answer([dots[1]: [1]]))
        #expect(first == [dots[1]])
        #expect(asker.awaitedBoxes.isEmpty && answerer.promisedBoxes == [dots[0], dots[2]])
        #expect(answerer.dueBoxes.isEmpty, "nothing came")
        let others = (answerer.boxesCame(), hear(answer([:])))
        #expect(others.0 && others.1.isEmpty && answerer.promisedBoxes.count == 2, "another box came")
        let (isDue, late) = (answerer.boxesCame(), answer([dots[0]: [2]]))
        #expect(isDue && late == [.box(Sample.space, dots[0], [2])])
        let (once, twice) = (hear(late), hear(late))
        #expect(once == [dots[0]] && twice.isEmpty)
        #expect(answerer.promisedBoxes == [dots[2]])
        let seeksMore = asker.seek()
        #expect(seeksMore, "with it others may be needed")
    }

    @Test mutating func nothingIsAskedTwiceUntilClocksWereCompared() {
        _ = asker.seek()
        _ = asker.fetch(dots)
        #expect(asker.soughtBoxes == Set(dots))
        asker.begin(at: VectorClock())
        #expect(asker.soughtBoxes.isEmpty && asker.awaitedBoxes.isEmpty)
        let (seeks, mayAsk) = (asker.seek(), answerer.owe(dots))
        #expect(seeks && mayAsk)
        _ = answer([:])
        answerer.begin(at: VectorClock())
        let isDue = answerer.boxesCame()
        #expect(answerer.promisedBoxes.isEmpty && !isDue, "a promise holds until then")
    }

    @Test mutating func whatWasNotThereIsAskedForAgainAfterASilence() {
        let isFirst = asker.askAgain()
        _ = asker.seek()
        _ = asker.fetch(dots)
        let isEarly = asker.askAgain()
        #expect(!isFirst && !isEarly, "the answer is due")
        _ = answerer.owe(dots)
        let (arrived, asksAgain) = (hear(answer([dots[0]: [1]])), asker.askAgain())
        #expect(arrived == [dots[0]] && asksAgain)
        #expect(asker.soughtBoxes == [dots[0]])
        let seeks = asker.seek()
        #expect(seeks)
    }

    @Test mutating func aBoxThatNobodyAskedForIsNone() {
        let arrived = hear([.box(Sample.space, dots[0], [1])])
        #expect(arrived.isEmpty)
    }

    @Test mutating func promisesAndQuestionsAreBounded() {
        let max = WireLimits.fetchDotsMax
        let many = (1...max + 1).map { Dot(Sample.replica, $0) }
        let may = [many, many.dropLast(), [many[max]]].map { answerer.owe(Array($0)) }
        #expect(may == [false, true, false])
        _ = answer([:])
        #expect(answerer.promisedBoxes.count == WireLimits.promisedBoxesMax)
        let mayAskMore = answerer.owe([many[max]])
        _ = answer([:])
        #expect(mayAskMore && answerer.promisedBoxes.count == WireLimits.promisedBoxesMax)
        #expect(answerer.promisedBoxes.last == many[max])
        #expect(!answerer.promisedBoxes.contains(many[0]), "the oldest goes")
        let mayAskAgain = answerer.owe([many[max]])
        #expect(mayAskAgain && !answerer.promisedBoxes.contains(many[max]), "owed, and so not promised")
    }

    @Test mutating func whereThereIsNoRoomAPromiseWaits() {
        _ = asker.seek()
        _ = asker.fetch(dots)
        _ = answerer.owe(dots)
        _ = hear(answer([:]))
        credit.send(credit.room)
        let (isDue, blocked) = (answerer.boxesCame(), answer([dots[0]: [1]]))
        #expect(isDue && blocked.isEmpty)
        #expect(answerer.dueBoxes == dots, "looked for again when there is room")
        let (isGranted, arrived) = (credit.receiveGrant(WireLimits.creditAtFirst), hear(answer([dots[0]: [1]])))
        #expect(isGranted && arrived == [dots[0]])
        #expect(answerer.dueBoxes.isEmpty)
    }
}
