import Causality
import Wire

/// Batches to the server: those beyond its clock, in the order of their arrival here.
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
        brought += 1
        return [.ask(.serverHolds(news)), .report(.sent(count))] + settle()
    }

    /// Reports when both sides are up to date, or that they cannot be, and continues with what waits for that.
    mutating func settle() -> [Step] {
        guard phase == .live, flow.isSettled else {
            wasInStep = false
            return []
        }
        guard overdue.isEmpty else {
            wasInStep = false
            // The server answers in order: what it still sends comes before its answer to a `ping`.
            guard Defence.endsWaits.stands, probe == nil else { return [] }
            probe = ours
            return [.probe]
        }
        guard !flow.seek() else { return [.ask(.lackingBoxes(besides: flow.soughtBoxes))] }
        guard flow.awaitedBoxes.isEmpty, arrivedBoxes.isEmpty else { return [] }
        guard !isFetching else {
            guard flow.owedBoxes.isEmpty, probe == nil else { return [] }
            hasFetched = false
            fetchRounds += 1
            probe = ours
            return [.probe]
        }
        let missing = Defence.countsContents.stands ? flow.absentCount : 0
        let news: [Step] = missing == toldMissing ? [] : [.report(.missing(missing))]
        toldMissing = missing
        guard stuck.isEmpty, withheld.isEmpty else { return news + settleForLess() }
        let next = startRecord()
        // A device with an owed record is not up to date.
        guard !wasInStep, !owed.isInHand else { return news + next }
        wasInStep = true
        refusedCount = 0
        hasRetried = false
        stops = 0
        return news + [.report(.inStep)] + next
    }

    /// What the server claims to hold and has not sent, in feeds that are expected.
    private var overdue: [Dot] {
        theirs.clock.dots.filter { dot in
            ours[dot.replica] < dot.n && !withheld.contains(dot.replica) && !disputed.contains(dot.replica)
        }
    }

    /// Everything movable has moved. The rest is not waited for, not even for a requested record.
    private mutating func settleForLess() -> [Step] {
        wasInStep = false
        guard Defence.endsWaits.stands else { return [] }
        let next = startRecord()
        guard !wasUnsettled else { return next }
        wasUnsettled = true
        return [.report(.unsettled)] + rest() + next
    }

    /// Handles the answer to a `ping`: the server has sent all that it was going to.
    package mutating func probed() -> [Step] {
        guard let before = probe else { return [] }
        probe = nil
        if !hasFetched || fetchRounds >= Self.fetchRoundsMax { isFetching = false }
        let overdue = overdue
        guard phase == .live, flow.isSettled, !overdue.isEmpty, ours == before else { return settle() }
        // While the space is held, clocks cannot be compared again: the cut is what is here.
        guard hasRetried || recordInHand.isHeld else {
            hasRetried = true
            phase = .comparingLogs
            return compareLogs()
        }
        var steps: [Step] = []
        for dot in overdue {
            withheld.insert(dot.replica)
            steps.append(.report(.withheld(dot.replica, .missing, edits: dot.n - ours[dot.replica])))
        }
        return steps + settle()
    }

    // MARK: Refusals

    mutating func receivedError(_ error: WireError) -> [Step] {
        switch error.code {
        case .space, .logFork, .update: return stop(error.code)
        case .removed:
            guard Defence.wantsRemovalRecord.stands else { return stop(.removed) }
            return (error.record.map { [.ask(.noteRemoval($0))] } ?? []) + [.ask(.judge(nil, .removed))]
        case .gap where error.dot.map { isProving($0) } ?? false: return error.dot.map { proofRefused($0) } ?? []
        case .cut where !recordInHand.isSent:
            // The error is about records that were put back, possibly with a later one; the server's next `log`
            // tells.
            wasCutRefused = true
            return []
        case .head, .cut, .record: return recordRefused(error.code)
        case .log: return phase == .live ? strikeLog(.log) : []
        case .gap, .fork, .missing, .late, .signature, .tooManyLines, .tooLarge, .rights:
            return batchRefused(error)
        case .malformed where error.dot != nil: return batchRefused(error)
        // An error of the whole connection, or one that this version does not know: close, and reconnect later.
        case .version, .malformed, .unexpected, .device, .blocked, .busy, .timeout, .stopping, .full, .slot, .failed,
            .unknown:
            return error.code == .busy && recordInHand.isWaiting ? recordRefused(.busy) : [.close(error.code)]
        }
    }

    /// Handles a refused batch. Its feed is tried once more, after logs and clocks were compared.
    private mutating func batchRefused(_ error: WireError) -> [Step] {
        guard phase == .live, let dot = error.dot else { return [] }  // comparing again settles the rest
        switch error.code {
        case .tooLarge, .rights:
            guard Defence.judgesRefusals.stands else { return mayRewrite ? drop(dot) : passOver(dot, error.code) }
            // Accepted only for an edit in flight, and if this device agrees.
            guard flow.isUnacknowledged(dot) else { return passOver(dot, error.code) }
            return [.ask(.judge(dot, error.code))]
        case _ where strikesUp.insert(dot.replica).inserted:
            phase = .comparingLogs
            return compareLogs()
        case let code: return passOver(dot, code)
        }
    }

    private func isProving(_ dot: Dot) -> Bool {
        if case .findingForks(let search) = phase { search.proving == dot } else { false }
    }

    mutating func answeredJudged(_ isSo: Bool, _ question: ReplicaQuestion) -> [Step] {
        switch question {
        case .judge(nil, let code): return stop(code, unproved: !isSo)
        case .judge(let dot?, let code):
            guard phase == .live else { return [] }
            return isSo && mayRewrite ? drop(dot) : passOver(dot, code)
        case .provesFork(let batch): return answeredProof(isSo, batch)
        default: return []
        }
    }

    /// Every replica would refuse this edit: it is dropped, and the edits that saw it are rebased.
    private mutating func drop(_ dot: Dot) -> [Step] {
        hasRewritten = true
        return [.ask(.transplant(roots: [dot], shared: VectorClock(), dropping: [dot]))]
    }

    /// The server refuses a feed without a valid reason: it stays as it is, and the other feeds continue.
    private mutating func passOver(_ dot: Dot, _ code: ErrorCode) -> [Step] {
        leaveOut(dot.replica, code) + rest() + compareClocks()
    }
}
