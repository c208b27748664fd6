public import Causality

/// Edits of one space on their way to the other side, as either side of a conversation
/// keeps them: what was sent, what is acknowledged, which boxes are asked for.
///
/// Who holds the edits does the work; this value decides what is to be said.
public struct EditFlow: Hashable, Sendable {
    public let space: SpaceID
    /// What the other side holds, as far as it said and was sent.
    public private(set) var sent = VectorClock()
    /// Ends of batches that were sent and not acknowledged, with the number of their edits.
    public private(set) var unacknowledged: [Dot: Int] = [:]
    /// Whether more is to be sent than there was room for.
    public private(set) var isStarved = false
    /// Boxes that were asked for and not answered yet.
    public private(set) var awaitedBoxes: Set<Dot> = []
    /// Boxes that were asked for since clocks were last compared, and are not to be asked for again until then.
    public private(set) var soughtBoxes: Set<Dot> = []
    /// Those of them that the other side does not have, first answered first: it sends each when it comes.
    private var absentBoxes: [Dot] = []
    /// Boxes that the other side asked for and that were not answered yet, first come first.
    public private(set) var owedBoxes: [Dot] = []
    /// Boxes that the other side asked for and that are not here, the last ones asked for; sent when they come.
    public private(set) var promisedBoxes: [Dot] = []
    /// Whether one of the promised boxes may be here now.
    private var mayKeepPromises = false
    private var mayLackBoxes = false

    public init(_ space: SpaceID) {
        self.space = space
    }

    /// Whether something of the other side is due: an acknowledgement, room, or boxes.
    public var isWaiting: Bool { !unacknowledged.isEmpty || isStarved || !awaitedBoxes.isEmpty }

    /// Whether all that is here was sent and acknowledged.
    public var isSettled: Bool { unacknowledged.isEmpty && !isStarved }

    /// Whether an edit was sent, and its batch not acknowledged.
    public func isUnacknowledged(_ dot: Dot) -> Bool {
        unacknowledged.contains { last, count in
            last.replica == dot.replica && last.n - count < dot.n && dot.n <= last.n
        }
    }

    /// How many boxes were asked for that the other side said it does not have.
    public var absentCount: Int { absentBoxes.count }

    /// Begins anew with an other side that holds this.
    public mutating func begin(at clock: VectorClock) {
        stop()
        sent = clock
        mayLackBoxes = true
    }

    /// Nothing is on its way any more.
    public mutating func stop() {
        unacknowledged = [:]
        isStarved = false
        awaitedBoxes = []
        soughtBoxes = []
        absentBoxes = []
        owedBoxes = []
        promisedBoxes = []
        mayKeepPromises = false
    }

    // MARK: Batches

    /// Sends batches, in this order, as far as there is room.
    public mutating func send(_ batches: [Batch], isLast: Bool, _ credit: inout CreditWindow) -> [Message] {
        isStarved = !isLast
        var messages: [Message] = []
        for batch in batches where !sent.covers(batch.header.lastDot) {
            let message = Message.batch(space, batch)
            let length = MessageWriter.length(of: message)
            guard length <= credit.room else {
                isStarved = true
                break
            }
            credit.send(length)
            sent.advance(to: batch.header.lastDot)
            unacknowledged[batch.header.lastDot] = batch.edits.count
            messages.append(message)
        }
        return messages
    }

    /// The other side holds these. Returns those that were on their way, and how many edits they end.
    @discardableResult
    public mutating func acknowledge(_ ends: [LineEnd]) -> (ends: [LineEnd], editCount: Int) {
        var news: [LineEnd] = []
        var editCount = 0
        for end in ends {
            guard let count = unacknowledged.removeValue(forKey: end.dot) else { continue }
            news.append(end)
            editCount += count
        }
        return (news, editCount)
    }

    /// A batch came from the other side and is held; so it need not go back.
    public mutating func took(_ batch: Batch, isNew: Bool) {
        sent.advance(to: batch.header.lastDot)
        if isNew, batch.hasStubs { stubsCame() }
    }

    // MARK: Boxes that are missing here

    /// Whether to look now for boxes that are missing; then ``fetch(_:)`` what was found.
    public mutating func seek() -> Bool {
        guard mayLackBoxes, awaitedBoxes.isEmpty else { return false }
        mayLackBoxes = false
        return true
    }

    /// Edits may have come without their boxes, by whatever way.
    public mutating func stubsCame() { mayLackBoxes = true }

    /// Asks for boxes, a limited number at once.
    public mutating func fetch(_ dots: [Dot]) -> Message? {
        let dots = dots.prefix(WireLimits.fetchDotsMax)
        guard !dots.isEmpty else { return nil }
        mayLackBoxes = true  // there may be more
        guard awaitedBoxes.isEmpty else { return nil }
        awaitedBoxes = Set(dots)
        soughtBoxes.formUnion(dots)
        return .fetch(space, Array(dots))
    }

    /// The answer for a box came, or one that the other side did not have when it was asked for.
    ///
    /// - Returns: whether it is a box that was asked for.
    public mutating func arrived(_ dot: Dot, isThere: Bool) -> Bool {
        if awaitedBoxes.remove(dot) != nil {
            if !isThere { absentBoxes.append(dot) }
            return isThere
        }
        guard isThere, let index = absentBoxes.firstIndex(of: dot) else { return false }
        absentBoxes.remove(at: index)
        mayLackBoxes = true  // with it others may be needed
        return true
    }

    /// What came for a box is another's: as far as anybody can tell the other side does not have it.
    public mutating func isAbsent(_ dot: Dot) {
        guard soughtBoxes.contains(dot), !awaitedBoxes.contains(dot), !absentBoxes.contains(dot) else { return }
        absentBoxes.append(dot)
    }

    /// Asks again for boxes that the other side did not have, as many as it promises, in case they came and nothing was
    /// heard of that. Returns whether there are any.
    public mutating func askAgain() -> Bool {
        guard !absentBoxes.isEmpty else { return false }
        soughtBoxes.subtract(absentBoxes.prefix(WireLimits.promisedBoxesMax))
        absentBoxes.removeFirst(min(absentBoxes.count, WireLimits.promisedBoxesMax))
        mayLackBoxes = true
        return true
    }

    // MARK: Boxes that are missing there

    /// The boxes to look for now: those that are owed, and those that were promised if one may have come.
    public var dueBoxes: [Dot] { mayKeepPromises ? owedBoxes + promisedBoxes : owedBoxes }

    /// The other side asks for boxes. Returns whether it may: it waits for those before first.
    public mutating func owe(_ dots: [Dot]) -> Bool {
        guard owedBoxes.count + dots.count <= WireLimits.fetchDotsMax else { return false }
        owedBoxes += dots
        let asked = Set(dots)
        promisedBoxes.removeAll(where: asked.contains)
        return true
    }

    /// Boxes came here, by whatever way. Returns whether one of them may have been promised.
    public mutating func boxesCame() -> Bool {
        mayKeepPromises = !promisedBoxes.isEmpty
        return mayKeepPromises
    }

    /// Sends what was found of ``dueBoxes``, in their order, as far as there is room. What is owed and not here is
    /// answered so, and promised: a limited number, of which the oldest are given up first.
    public mutating func send(_ boxes: [FoundBox], _ credit: inout CreditWindow) -> [Message] {
        var isAll = boxes.count == dueBoxes.count
        var messages: [Message] = []
        for box in boxes {
            let isOwed = owedBoxes.first == box.dot
            guard isOwed || box.bytes != nil && promisedBoxes.contains(box.dot) else { continue }
            let message = Message.box(space, box.dot, box.bytes)
            let length = MessageWriter.length(of: message)
            guard length <= credit.room else {
                isAll = false
                break
            }
            credit.send(length)
            messages.append(message)
            if isOwed { owedBoxes.removeFirst() } else { promisedBoxes.removeAll { $0 == box.dot } }
            if box.bytes == nil { promisedBoxes.append(box.dot) }
        }
        promisedBoxes.removeFirst(max(0, promisedBoxes.count - WireLimits.promisedBoxesMax))
        if isAll { mayKeepPromises = false }
        return messages
    }
}

extension Batch {
    /// Whether it has edits without their boxes.
    public var hasStubs: Bool { edits.contains { $0.box == nil && $0.header.boxHash != nil } }
}
