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
    /// Boxes that were asked for and did not come yet.
    public private(set) var awaitedBoxes: Set<Dot> = []
    /// Boxes that were ever asked for on this connection: what the other side does not have is asked for once.
    public private(set) var soughtBoxes: Set<Dot> = []
    /// Boxes that the other side asked for and that were not sent yet, first come first.
    public private(set) var owedBoxes: [Dot] = []
    private var mayLackBoxes = false

    public init(_ space: SpaceID) {
        self.space = space
    }

    /// Whether something of the other side is due: an acknowledgement, room, or boxes.
    public var isWaiting: Bool { !unacknowledged.isEmpty || isStarved || !awaitedBoxes.isEmpty }

    /// Whether all that is here was sent and acknowledged.
    public var isSettled: Bool { unacknowledged.isEmpty && !isStarved }

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
        owedBoxes = []
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
        if isNew, batch.edits.contains(where: { $0.box == nil && $0.header.boxHash != nil }) { mayLackBoxes = true }
    }

    // MARK: Boxes

    /// Whether to look now for boxes that are lacking; then ``fetch(_:)`` what was found.
    public mutating func seek() -> Bool {
        guard mayLackBoxes, awaitedBoxes.isEmpty else { return false }
        mayLackBoxes = false
        return true
    }

    /// Asks for boxes, a limited number at once.
    public mutating func fetch(_ dots: [Dot]) -> Message? {
        let dots = dots.prefix(WireLimits.fetchDotsMax)
        guard !dots.isEmpty else { return nil }
        mayLackBoxes = true  // there may be more
        awaitedBoxes = Set(dots)
        soughtBoxes.formUnion(dots)
        return .fetch(space, Array(dots))
    }

    /// A box came. Returns whether it was asked for.
    public mutating func arrived(_ dot: Dot) -> Bool { awaitedBoxes.remove(dot) != nil }

    /// The other side asks for boxes. Returns whether it may: it waits for those before first.
    public mutating func owe(_ dots: [Dot]) -> Bool {
        owedBoxes += dots
        return owedBoxes.count <= WireLimits.fetchDotsMax
    }

    /// Sends boxes that are owed, in their order, as far as there is room.
    public mutating func send(_ boxes: [FoundBox], _ credit: inout CreditWindow) -> [Message] {
        var messages: [Message] = []
        for box in boxes where owedBoxes.first == box.dot {
            let message = Message.box(space, box.dot, box.bytes)
            let length = MessageWriter.length(of: message)
            guard length <= credit.room else { break }
            credit.send(length)
            owedBoxes.removeFirst()
            messages.append(message)
        }
        return messages
    }
}
