import Causality
import Wire

/// Edits to the server: in the order in which they came here, what its clock does not cover.
extension SpaceExchange {
    func load(_ credit: CreditWindow) -> [Step] {
        guard !recordInHand.isHeld else { return [] }
        return [.ask(.batches(beyond: flow.sent, without: stuck, room: credit.room))]
    }

    mutating func answeredBatches(_ batches: [Batch], _ isLast: Bool, _ credit: inout CreditWindow) -> [Step] {
        guard phase == .live else { return [] }
        let messages = flow.send(batches, isLast: isLast, &credit)
        for case .batch(_, let batch) in messages { ours.advance(to: batch.header.lastDot) }
        return messages.map { .send($0) } + settle()
    }

    mutating func receivedHeld(_ ends: [LineEnd]) -> [Step] {
        let (news, count) = flow.acknowledge(ends)
        for end in news {
            theirs.advance(to: end)
            strikesUp.remove(end.dot.replica)
        }
        guard !news.isEmpty else { return [] }
        return [.ask(.serverHolds(news)), .report(.sent(count))] + settle()
    }

    /// Tells when both sides are in step, and goes on with what waits for that.
    mutating func settle() -> [Step] {
        guard phase == .live, flow.isSettled, stuck.isEmpty, ours.covers(theirs.clock) else {
            wasInStep = false
            return []
        }
        guard !flow.seek() else { return [.ask(.lackingBoxes(besides: flow.soughtBoxes))] }
        guard flow.awaitedBoxes.isEmpty else { return [] }
        let next = startRecord()
        // What is owed is part of being in step.
        guard !wasInStep, !owed.isInHand else { return next }
        wasInStep = true
        stops = 0
        return [.report(.inStep)] + next
    }

    // MARK: Refusals

    mutating func receivedError(_ error: WireError) -> [Step] {
        switch error.code {
        case .space, .logFork, .update, .removed: return stop(error.code)
        case .cut where !recordInHand.isSent:
            // Of the log that is put back, perhaps together with a later record; the server's next `log` will tell.
            wasCutRefused = true
            return []
        case .head, .cut, .record: return recordRefused(error.code)
        case .log: return phase == .live ? strikeLog(.log) : []
        case .gap, .fork, .missing, .late, .signature, .tooLarge, .rights: return batchRefused(error)
        // It is the whole connection's matter, or this version does not know it: end and come again later.
        case .version, .malformed, .unexpected, .device, .blocked, .busy, .timeout, .stopping, .full, .slot, .failed,
            .unknown:
            return error.code == .busy && recordInHand.isWaiting ? recordRefused(.busy) : [.close(error.code)]
        }
    }

    /// One batch was not taken. The line is tried once more, after logs and clocks were compared.
    private mutating func batchRefused(_ error: WireError) -> [Step] {
        guard phase == .live, let dot = error.dot else { return [] }  // what is compared anew settles the rest
        switch error.code {
        case .tooLarge, .rights:
            // The server will never take this one: it is set aside, and what saw it is written again.
            return [.ask(.transplant(roots: [dot], shared: theirs.clock, dropping: [dot]))]
        case _ where strikesUp.insert(dot.replica).inserted:
            phase = .comparingLogs
            return compareLogs()
        case let code:
            stuck.insert(dot.replica)
            return [.report(.stuck(dot.replica, code))] + rest() + compareClocks()
        }
    }
}
