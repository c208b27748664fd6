package import Causality
package import Wire

/// Changes of a space that conversations tell each other, so that each does only the necessary work.
package struct SpaceNews: OptionSet, Hashable, Sendable {
    /// Batches or records were stored, or a pause ended.
    package static let moved = SpaceNews(rawValue: 1)
    /// Edits were stored without their boxes.
    package static let stubs = SpaceNews(rawValue: 2)
    /// Missing boxes were stored.
    package static let boxes = SpaceNews(rawValue: 4)

    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// The server's side of syncing one space with one device: sends what the device lacks, stores what it sends. Part of
/// a ``ServerConversation``.
package struct SpaceService: Hashable, Sendable {
    /// A step of the service; the conversation adds the space.
    package enum Step: Hashable, Sendable {
        case send(Message)
        case ask(ServerQuestion)
        case publish(SpaceNews)
        case close(ErrorCode)
    }

    struct Postponed: Hashable {
        let batch: Batch
        let byteCount: Int
    }

    /// How long batches of a device are paused after a record that removes it was refused because it had written
    /// meanwhile.
    package static let pauseMillis = 5_000

    package let space: SpaceID
    /// The end of the device's log, as it told.
    var theirLog: LogEnd?
    /// Whether records were sent and not answered with a `log`.
    var isLogDue = false
    var flow: EditFlow
    /// Whether the device sent its clock, and no feed is forked.
    var isOpen = false
    /// Batches of paused devices, with the length of their lines.
    var postponed: [Postponed] = []
    /// The lengths of the batches that are being stored, oldest first.
    var arriving: ArraySlice<Int> = []
    /// The clock that this device got for a record with this cut.
    var heldAt: Frontier?
    /// The batch to send as proof of a fork, as soon as there is credit.
    var dueProof: Batch?
    package init(_ space: SpaceID) {
        self.space = space
        flow = EditFlow(space)
    }

    /// Whether the device owes an answer; without one the connection times out.
    package var isWaiting: Bool {
        flow.isWaiting || isLogDue
    }

    package mutating func received(
        _ message: Message, byteCount: Int, _ credit: inout CreditWindow
    ) -> [Step] {
        switch message {
        case .log(_, let end):
            theirLog = end
            isLogDue = false
            return [.ask(.log(space, end))]
        case .append(_, let previous, let record):
            let record = LinkedRecord(previous: previous, bytes: record)
            return [.ask(.append(space, record, cut: heldAt))]
        case .hold: return [.ask(.hold(space))]
        case .open(_, let clock): return receivedOpen(clock)
        case .line(_, let replica, let numbers): return [.ask(.lineEnds(space, replica, numbers))]
        case .proof(_, let dot): return [.ask(.proof(space, dot))]
        case .batch(_, let batch):
            guard isOpen else { return [.close(.unexpected)] }
            // Batches after a postponed one wait too, since they may follow it.
            guard postponed.isEmpty else {
                postponed.append(Postponed(batch: batch, byteCount: byteCount))
                return []
            }
            arriving.append(byteCount)
            return [.ask(.take(space, batch))]
        case .held(_, let ends):
            flow.acknowledge(ends)
            return []
        case .fetch(_, let dots):
            return flow.owe(dots) ? sendDueBoxes(credit) : [.close(.unexpected)]
        case .box(_, let dot, let bytes): return receivedBox(dot, bytes) + dealt(byteCount, &credit)
        case .error: return []  // the device handles its refusals itself
        case .hello, .challenge, .auth, .welcome, .holding, .opened, .lineEnds, .offer, .commit, .reply, .reveal,
            .grant, .credit, .ping,
            .pong, .bye:
            return [.close(.unexpected)]
        }
    }

    package mutating func answered(
        _ answer: ServerAnswer, to question: ServerQuestion, _ credit: inout CreditWindow
    ) -> [Step] {
        switch answer {
        case .log(let position?, _): return [.ask(.records(space, from: position))]
        case .log(nil, let end): return [.send(.log(space, end))]
        case .records(let records, let end): return answeredRecords(records, end)
        case .appended(_, let isNew):
            heldAt = nil
            return isNew ? [.publish(.moved)] : []
        case .compared(let frontier, let forked, let lacks):
            return answeredCompared(question, frontier, forked, lacks: lacks, credit)
        case .lineEnds(let ends):
            guard case .lineEnds(_, let replica, _) = question else { return [] }
            return [.send(.lineEnds(space, replica, ends: ends))]
        case .proof(let batch):
            dueProof = batch
            return sendProof(&credit)
        case .removal(let record): return [.send(.error(WireError(.removed, space: space, record: record)))]
        case .batches(let batches, let isLast): return answeredBatches(batches, isLast: isLast, &credit)
        case .took(let end, let isNew): return answeredTook(question, end, isNew, &credit)
        case .postponed:
            guard case .take(_, let batch) = question, let byteCount = arriving.popFirst() else { return [] }
            postponed.append(Postponed(batch: batch, byteCount: byteCount))
            return []
        case .lackingBoxes(let dots): return answeredLacking(dots)
        case .boxes(let boxes): return flow.send(boxes, &credit).map { .send($0) }
        case .holding(let frontier):
            heldAt = frontier
            return load(credit) + [.send(.holding(space, clock: frontier, millis: Self.pauseMillis))]
        case .refused(let code, let dot): return answeredRefused(question, code, dot, &credit)
        case .done: return question.isForBox ? [.publish(.boxes)] : []
        case .identified, .stranger: return []
        }
    }

    /// The device granted credit.
    package mutating func granted(_ credit: inout CreditWindow) -> [Step] {
        sendProof(&credit) + (flow.isStarved ? load(credit) : []) + sendDueBoxes(credit)
    }

    /// Another conversation changed the space, or a pause ended.
    package mutating func heard(_ news: SpaceNews, _ credit: inout CreditWindow) -> [Step] {
        var steps: [Step] = []
        if news.contains(.moved) {
            let again = postponed
            postponed = []
            arriving += again.map(\.byteCount)
            steps += again.map { .ask(.take(space, $0.batch)) }
            // If the device owes a `log`, it gets further records in answer to that.
            if let theirLog, !isLogDue { steps.append(.ask(.records(space, from: theirLog.count))) }
            if !flow.isStarved { steps += load(credit) }
        }
        if news.contains(.stubs) {
            flow.stubsCame()
            steps += seekBoxes()
        }
        if news.contains(.boxes), flow.boxesCame() { steps += sendDueBoxes(credit) }
        return steps
    }
}
