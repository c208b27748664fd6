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
    private var theirLog: LogEnd?
    /// Whether records were sent and not answered with a `log`.
    private var isLogDue = false
    private var flow: EditFlow
    /// Whether the device sent its clock, and no feed is forked.
    private var isOpen = false
    /// Batches of paused devices, with the length of their lines.
    private var postponed: [Postponed] = []
    /// The lengths of the batches that are being stored, oldest first.
    private var arriving: ArraySlice<Int> = []
    /// The clock that this device got for a record with this cut.
    private var heldAt: Frontier?
    /// The batch to send as proof of a fork, as soon as there is credit.
    private var dueProof: Batch?
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
        case .feed(_, let replica, let numbers): return [.ask(.tips(space, replica, numbers))]
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
        case .hello, .challenge, .auth, .welcome, .holding, .opened, .tips, .offer, .commit, .reply, .reveal,
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
        case .compared(let frontier, let forked, let missing):
            return answeredCompared(question, frontier, forked, missing: missing, credit)
        case .tips(let ends):
            guard case .tips(_, let replica, _) = question else { return [] }
            return [.send(.tips(space, replica, ends: ends))]
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
        case .missingBoxes(let dots): return answeredMissing(dots)
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

// MARK: - Logs

extension SpaceService {
    private mutating func answeredRecords(_ records: [LinkedRecord], _ end: LogEnd) -> [Step] {
        guard !records.isEmpty else { return [] }
        isLogDue = true
        return records.map { .send(.append(space, previous: $0.previous, record: $0.bytes)) } + [
            .send(.log(space, end))
        ]
    }

    /// Sends a batch as proof of a fork; it counts against the credit like other batches.
    private mutating func sendProof(_ credit: inout CreditWindow) -> [Step] {
        guard let batch = dueProof else { return [] }
        let message = Message.batch(space, batch)
        let length = MessageWriter.length(of: message)
        guard length <= credit.room else { return [] }
        dueProof = nil
        credit.send(length)
        return [.send(message)]
    }

    private mutating func receivedOpen(_ clock: Frontier) -> [Step] {
        isOpen = false
        dueProof = nil
        flow.stop()
        heldAt = nil
        return [.ask(.compare(space, clock))]
    }

    private mutating func answeredCompared(
        _ question: ServerQuestion, _ frontier: Frontier, _ forked: [ReplicaID], missing: Int,
        _ credit: CreditWindow
    ) -> [Step] {
        guard case .compare(_, let theirs) = question else { return [] }
        let opened = Step.send(.opened(space, clock: frontier, forked: forked, missing: missing))
        // After a fork no edits are sent until the device has resolved it and sends `open` again.
        guard forked.isEmpty else { return [opened] }
        isOpen = true
        flow.begin(at: theirs.clock)
        return [opened] + load(credit) + seekBoxes()
    }
}

// MARK: - Batches

extension SpaceService {
    private func load(_ credit: CreditWindow) -> [Step] {
        isOpen ? [.ask(.batches(space, beyond: flow.sent, room: credit.room))] : []
    }

    private mutating func answeredBatches(_ batches: [Batch], isLast: Bool, _ credit: inout CreditWindow) -> [Step] {
        isOpen ? flow.send(batches, isLast: isLast, &credit).map { .send($0) } : []
    }

    private mutating func answeredTook(
        _ question: ServerQuestion, _ end: Tip, _ isNew: Bool, _ credit: inout CreditWindow
    ) -> [Step] {
        guard case .take(_, let batch) = question, let byteCount = arriving.popFirst() else { return [] }
        flow.took(batch, isNew: isNew)
        var news: SpaceNews = isNew ? .moved : []
        if isNew, batch.hasStubs { news.insert(.stubs) }
        // A batch that was held already may have supplied missing boxes.
        if !isNew, batch.edits.contains(where: { $0.box != nil }) { news.insert(.boxes) }
        return [.send(.held(space, [end]))] + dealt(byteCount, &credit) + (news.isEmpty ? [] : [.publish(news)])
            + seekBoxes()
    }

    private mutating func answeredRefused(
        _ question: ServerQuestion, _ code: ErrorCode, _ dot: Dot?, _ credit: inout CreditWindow
    ) -> [Step] {
        var steps: [Step] = []
        var subject = dot
        if case .take(_, let batch) = question {
            subject = dot ?? batch.header.firstDot
            if let byteCount = arriving.popFirst() { steps += dealt(byteCount, &credit) }
        }
        if case .proof(_, let place) = question { subject = place }
        if code == .removed || code == .space { self = SpaceService(space) }
        // With the record of the removal, since the device may not have it.
        if code == .removed { return steps + [.ask(.removal(space, nil))] }
        return steps + [.send(.error(WireError(code, space: space, dot: subject)))]
    }

    private func dealt(_ byteCount: Int, _ credit: inout CreditWindow) -> [Step] {
        credit.dealtWith(byteCount).map { [.send(.credit(bytes: $0))] } ?? []
    }
}

// MARK: - Boxes

/// Requests for missing boxes: after a restore from an older backup, devices may refill edits without their boxes.
extension SpaceService {
    private mutating func seekBoxes() -> [Step] {
        isOpen && flow.seek() ? [.ask(.missingBoxes(space, besides: flow.soughtBoxes))] : []
    }

    private mutating func answeredMissing(_ dots: [Dot]) -> [Step] {
        guard isOpen else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? []
    }

    private mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        let isAskedFor = flow.arrived(dot, isThere: bytes != nil)
        let supply: [Step] = isAskedFor ? bytes.map { [.ask(.supply(space, dot, $0))] } ?? [] : []
        return supply + seekBoxes()
    }

    private func sendDueBoxes(_ credit: CreditWindow) -> [Step] {
        flow.dueBoxes.isEmpty ? [] : [.ask(.boxes(space, flow.dueBoxes, room: credit.room))]
    }
}
