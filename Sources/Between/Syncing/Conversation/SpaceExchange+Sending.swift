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
        brought += 1
        return [.ask(.serverHolds(news)), .report(.sent(count))] + settle()
    }

    /// Tells when both sides are in step, or that they do not get there, and goes on with what waits for that.
    mutating func settle() -> [Step] {
        guard phase == .live, flow.isSettled else {
            wasInStep = false
            return []
        }
        guard overdue.isEmpty else {
            wasInStep = false
            // What it holds the server sends in the order of what it is asked: before its answer to a `ping`.
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
        // What is owed is part of being in step.
        guard !wasInStep, !owed.isInHand else { return news + next }
        wasInStep = true
        refusedCount = 0
        hasRetried = false
        stops = 0
        return news + [.report(.inStep)] + next
    }

    /// What the server says that it holds, and has not sent: of lines that are waited for.
    private var overdue: [Dot] {
        theirs.clock.dots.filter { dot in
            ours[dot.replica] < dot.n && !withheld.contains(dot.replica) && !disputed.contains(dot.replica)
        }
    }

    /// All moved that could. Nobody waits for the rest, a person who asked for a record neither.
    private mutating func settleForLess() -> [Step] {
        wasInStep = false
        guard Defence.endsWaits.stands else { return [] }
        let next = startRecord()
        guard !wasUnsettled else { return next }
        wasUnsettled = true
        return [.report(.unsettled)] + rest() + next
    }

    /// The server answered a `ping`: all is here that it was going to send then.
    package mutating func probed() -> [Step] {
        guard let before = probe else { return [] }
        probe = nil
        if !hasFetched || fetchRounds >= Self.fetchRoundsMax { isFetching = false }
        let overdue = overdue
        guard phase == .live, flow.isSettled, !overdue.isEmpty, ours == before else { return settle() }
        // While the space is held, clocks cannot be compared anew: the cut is what is here.
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
            // Of the log that is put back, perhaps together with a later record; the server's next `log` will tell.
            wasCutRefused = true
            return []
        case .head, .cut, .record: return recordRefused(error.code)
        case .log: return phase == .live ? strikeLog(.log) : []
        case .gap, .fork, .missing, .late, .signature, .tooManyLines, .tooLarge, .rights:
            return batchRefused(error)
        case .malformed where error.dot != nil: return batchRefused(error)
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
            guard Defence.judgesRefusals.stands else { return mayRewrite ? drop(dot) : passOver(dot, error.code) }
            // It is believed of what was sent, if this device says so itself.
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

    /// Nobody will ever take this edit: what saw it is written again.
    private mutating func drop(_ dot: Dot) -> [Step] {
        hasRewritten = true
        return [.ask(.transplant(roots: [dot], shared: VectorClock(), dropping: [dot]))]
    }

    /// The server does not take a line, and says no reason that holds: it stays as it is, and other lines go on.
    private mutating func passOver(_ dot: Dot, _ code: ErrorCode) -> [Step] {
        leaveOut(dot.replica, code) + rest() + compareClocks()
    }
}
