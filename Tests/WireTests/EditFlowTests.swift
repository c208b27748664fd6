import Causality
import Testing
import Wire
import WireSupport

/// Boxes that are asked for: each is answered once, and one that was not there is sent when it comes.
@Suite struct EditFlowTests {
    let dots = (1...3).map { Dot(Sample.replica, $0) }
    var asker = EditFlow(Sample.space)
    var answerer = EditFlow(Sample.space)
    var credit = CreditWindow()

    init() {
        asker.begin(at: VectorClock())
        answerer.begin(at: VectorClock())
    }

    /// What goes from one to the other, with what is here of each.
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
        #expect(asker.seek())
        #expect(asker.fetch(dots) == .fetch(Sample.space, dots))
        #expect(answerer.owe(dots))
        #expect(hear(answer([dots[1]: [1]])) == [dots[1]])
        #expect(asker.awaitedBoxes.isEmpty && answerer.promisedBoxes == [dots[0], dots[2]])
        #expect(answerer.dueBoxes.isEmpty, "nothing came")
        #expect(answerer.boxesCame())
        #expect(hear(answer([:])) == [])
        #expect(answerer.promisedBoxes.count == 2, "another box came")
        #expect(answerer.boxesCame())
        let late = answer([dots[0]: [2]])
        #expect(late == [.box(Sample.space, dots[0], [2])])
        #expect(hear(late) == [dots[0]])
        #expect(hear(late) == [], "and once")
        #expect(answerer.promisedBoxes == [dots[2]])
        #expect(asker.seek(), "with it others may be needed")
    }

    @Test mutating func nothingIsAskedTwiceUntilClocksWereCompared() {
        _ = asker.seek()
        _ = asker.fetch(dots)
        #expect(asker.soughtBoxes == Set(dots))
        asker.begin(at: VectorClock())
        #expect(asker.soughtBoxes.isEmpty && asker.awaitedBoxes.isEmpty)
        #expect(asker.seek())
        _ = answerer.owe(dots)
        _ = answer([:])
        answerer.begin(at: VectorClock())
        #expect(answerer.promisedBoxes.isEmpty && !answerer.boxesCame(), "a promise holds until then")
    }

    @Test mutating func whatWasNotThereIsAskedForAgainAfterASilence() {
        #expect(!asker.askAgain())
        _ = asker.seek()
        _ = asker.fetch(dots)
        #expect(!asker.askAgain(), "the answer is due")
        _ = answerer.owe(dots)
        #expect(hear(answer([dots[0]: [1]])) == [dots[0]])
        #expect(asker.askAgain())
        #expect(asker.soughtBoxes == [dots[0]])
        #expect(asker.seek())
    }

    @Test mutating func aBoxThatNobodyAskedForIsNone() {
        #expect(hear([.box(Sample.space, dots[0], [1])]) == [])
    }

    @Test mutating func promisesAndQuestionsAreBounded() {
        let max = WireLimits.fetchDotsMax
        let many = (1...max + 1).map { Dot(Sample.replica, $0) }
        #expect(!answerer.owe(many))
        #expect(answerer.owe(Array(many.dropLast())) && !answerer.owe([many[max]]))
        _ = answer([:])
        #expect(answerer.promisedBoxes.count == WireLimits.promisedBoxesMax)
        #expect(answerer.owe([many[max]]))
        _ = answer([:])
        #expect(answerer.promisedBoxes.count == WireLimits.promisedBoxesMax)
        #expect(answerer.promisedBoxes.last == many[max])
        #expect(!answerer.promisedBoxes.contains(many[0]), "the oldest goes")
        #expect(answerer.owe([many[max]]))
        #expect(!answerer.promisedBoxes.contains(many[max]), "owed, and so not promised")
    }

    @Test mutating func whereThereIsNoRoomAPromiseWaits() {
        _ = asker.seek()
        _ = asker.fetch(dots)
        _ = answerer.owe(dots)
        _ = hear(answer([:]))
        credit.send(credit.room)
        #expect(answerer.boxesCame())
        #expect(answer([dots[0]: [1]]) == [])
        #expect(answerer.dueBoxes == dots, "looked for again when there is room")
        #expect(credit.receiveGrant(WireLimits.creditAtFirst))
        #expect(hear(answer([dots[0]: [1]])) == [dots[0]])
        #expect(answerer.dueBoxes.isEmpty)
    }
}
