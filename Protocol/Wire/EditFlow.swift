public import Causality

/// The edits of one space that one side of a conversation sends: what was sent, what is acknowledged, and which boxes
/// are requested in both directions.
///
/// It only decides which messages to send; the caller reads the store.
public struct EditFlow: Hashable, Sendable {
    public let space: SpaceID
    /// The clock of the other side, as far as it told and was sent edits.
    public private(set) var sent = VectorClock()
    /// Ends of batches that were sent and not acknowledged, with the count of their edits.
    public private(set) var unacknowledged: [Dot: Int] = [:]
    /// Whether more is to be sent than there was credit for.
    public private(set) var isStarved = false
    /// Boxes that were requested and not answered yet.
    public private(set) var awaitedBoxes: Set<Dot> = []
    /// Boxes that were requested since clocks were last compared; they are not requested again until then.
    public private(set) var soughtBoxes: Set<Dot> = []
    /// Requested boxes that the other side does not have, oldest answer first; it sends each when it gets it.
    private var absentBoxes: [Dot] = []
    /// Boxes that the other side requested and that were not answered yet, oldest first.
    public private(set) var owedBoxes: [Dot] = []
    /// Boxes that the other side requested and that are missing here, oldest first; sent when they arrive.
    public private(set) var promisedBoxes: [Dot] = []
    /// Whether one of the promised boxes may be here now.
    private var mayKeepPromises = false
    private var mayMissBoxes = false

    public init(_ space: SpaceID) {
        self.space = space
    }

    /// Whether the other side owes an acknowledgement, credit or boxes.
    public var isWaiting: Bool { !unacknowledged.isEmpty || isStarved || !awaitedBoxes.isEmpty }

    /// Whether all edits here were sent and acknowledged.
    public var isSettled: Bool { unacknowledged.isEmpty && !isStarved }

    /// Whether an edit was sent and its batch not acknowledged.
    public func isUnacknowledged(_ dot: Dot) -> Bool {
        unacknowledged.contains { last, count in
            last.replica == dot.replica && last.n - count < dot.n && dot.n <= last.n
        }
    }

    /// The count of requested boxes that the other side does not have.
    public var absentCount: Int { absentBoxes.count }

    /// Restarts with the clock of the other side.
    public mutating func begin(at clock: VectorClock) {
        stop()
        sent = clock
        mayMissBoxes = true
    }

    /// Stops: drops everything in flight.
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

    /// Sends batches in this order, as far as there is credit.
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

    /// The other side holds these batches. Returns those that were in flight, and the count of their edits.
    @discardableResult
    public mutating func acknowledge(_ ends: [Tip]) -> (ends: [Tip], editCount: Int) {
        var news: [Tip] = []
        var editCount = 0
        for end in ends {
            guard let count = unacknowledged.removeValue(forKey: end.dot) else { continue }
            news.append(end)
            editCount += count
        }
        return (news, editCount)
    }

    /// A batch from the other side was stored, so it is not sent back.
    public mutating func took(_ batch: Batch, isNew: Bool) {
        sent.advance(to: batch.header.lastDot)
        if isNew, batch.hasStubs { stubsCame() }
    }

    // MARK: Boxes that are missing here

    /// Whether to look for missing boxes now; pass those found to ``fetch(_:)``.
    public mutating func seek() -> Bool {
        guard mayMissBoxes, awaitedBoxes.isEmpty else { return false }
        mayMissBoxes = false
        return true
    }

    /// Edits may have been stored without their boxes.
    public mutating func stubsCame() { mayMissBoxes = true }

    /// Requests boxes, at most ``WireLimits/fetchDotsMax`` at a time.
    public mutating func fetch(_ dots: [Dot]) -> Message? {
        let dots = dots.prefix(WireLimits.fetchDotsMax)
        guard !dots.isEmpty else { return nil }
        mayMissBoxes = true  // there may be more
        guard awaitedBoxes.isEmpty else { return nil }
        awaitedBoxes = Set(dots)
        soughtBoxes.formUnion(dots)
        return .fetch(space, Array(dots))
    }

    /// A box was received, requested or promised, or the answer that the other side does not have it.
    ///
    /// - Returns: whether it is the content of a requested box.
    public mutating func arrived(_ dot: Dot, isThere: Bool) -> Bool {
        if awaitedBoxes.remove(dot) != nil {
            if !isThere { absentBoxes.append(dot) }
            return isThere
        }
        guard isThere, let index = absentBoxes.firstIndex(of: dot) else { return false }
        absentBoxes.remove(at: index)
        mayMissBoxes = true  // with it others may be needed
        return true
    }

    /// The received bytes are not the requested box: the other side counts as not having it.
    public mutating func isAbsent(_ dot: Dot) {
        guard soughtBoxes.contains(dot), !awaitedBoxes.contains(dot), !absentBoxes.contains(dot) else { return }
        absentBoxes.append(dot)
    }

    /// Requests boxes again that the other side did not have, as many as it promises, in case their arrival was not
    /// noticed. Returns whether there are any.
    public mutating func askAgain() -> Bool {
        guard !absentBoxes.isEmpty else { return false }
        soughtBoxes.subtract(absentBoxes.prefix(WireLimits.promisedBoxesMax))
        absentBoxes.removeFirst(min(absentBoxes.count, WireLimits.promisedBoxesMax))
        mayMissBoxes = true
        return true
    }

    // MARK: Boxes that are missing there

    /// The boxes to look for now: those that are owed, and the promised ones if one may have arrived.
    public var dueBoxes: [Dot] { mayKeepPromises ? owedBoxes + promisedBoxes : owedBoxes }

    /// The other side requests boxes. Returns `false` if it exceeds the limit of unanswered requests.
    public mutating func owe(_ dots: [Dot]) -> Bool {
        guard owedBoxes.count + dots.count <= WireLimits.fetchDotsMax else { return false }
        owedBoxes += dots
        let asked = Set(dots)
        promisedBoxes.removeAll(where: asked.contains)
        return true
    }

    /// Boxes were stored here. Returns whether one of them may have been promised.
    public mutating func boxesCame() -> Bool {
        mayKeepPromises = !promisedBoxes.isEmpty
        return mayKeepPromises
    }

    /// Sends the found ones of ``dueBoxes`` in order, as far as there is credit. An owed box that is missing here is
    /// answered with `nil` and promised; beyond the limit the oldest promises are dropped.
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
    /// Whether any edit is held without its box.
    public var hasStubs: Bool { edits.contains { $0.box == nil && $0.header.boxHash != nil } }
}
