package import Causality
import Membership
package import Wire

/// The exchange of one space with the server: membership log first, then clocks, then edits both ways while the
/// connection lasts.
///
/// Part of a ``ClientConversation``. A refusal leads to one more comparison of logs or clocks, and a feed that is
/// refused again is excluded for a while, so the exchange always terminates.
package struct SpaceExchange: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// `log` was sent; leads to ``comparingClocks`` or ``stopped(_:)``.
        case comparingLogs
        /// `open` was sent; leads to ``findingForks(_:)`` or ``live``.
        case comparingClocks
        /// `feed` was sent; leads to ``comparingClocks`` once the divergent suffixes were rebased.
        case findingForks(ForkSearch)
        /// Edits are exchanged; leads to ``comparingLogs`` or ``comparingClocks`` after a refusal.
        case live
        /// Nothing is exchanged until it restarts; leads to ``comparingLogs``, or nowhere if the user must act.
        case stopped(ErrorCode)
    }

    /// A step of the exchange; the conversation adds the space.
    package enum Step: Hashable, Sendable {
        case send(Message)
        case ask(ReplicaQuestion)
        case report(SyncNotice)
        /// Sends a `ping`; answered with ``SpaceExchange/probed(_:)`` when everything that the server sent before is
        /// here.
        case probe
        /// Restart after this time; see ``SpaceExchange/resume()``.
        case resume(after: Duration)
        /// Protocol error of the peer: close the connection.
        case close(ErrorCode)
    }

    /// How often to check whether the server requests more boxes, between two comparisons of clocks: as many requests
    /// as there may be edits.
    private static let fetchRoundsMax = 4_096

    /// The most feeds with refused batches, and the most refused batches before both sides are up to date, in one
    /// conversation: as many as an honest server may have in flight while logs and clocks are compared. Beyond
    /// either, the space is given up.
    package static let refusedFeedsMax = 64
    package static let refusedBatchesMax = 8_192

    /// The rest of a stopped space, at first and at most.
    private static let resumeFirst = Duration.seconds(5)
    private static let resumeMax = Duration.seconds(300)

    package let space: SpaceID
    package internal(set) var phase = Phase.comparingLogs
    private var flow: EditFlow
    /// The server's tips, as far as it reported them.
    private var theirs = Frontier()
    /// The clock of this replica.
    private var ours = VectorClock()
    /// Feeds of our last clock that differ on the server, as it reported.
    private var forkedThere: [ReplicaID] = []
    /// Feeds that were refused since they last advanced, by either side.
    private var strikesDown: Set<ReplicaID> = []
    private var strikesUp: Set<ReplicaID> = []
    /// The number of batches refused since both sides were last up to date.
    private var refusedCount = 0
    /// Feeds that the server refuses, and feeds of the server that cannot be taken, until the exchange restarts.
    private var stuck: Set<ReplicaID> = []
    var withheld: Set<ReplicaID> = []
    /// The stuck feeds that the server claims forked, without proof: it is not told that they are here.
    private var disputed: Set<ReplicaID> = []
    /// Whether edits were rebased in this conversation.
    private var hasRewritten = false
    /// Our clock when a `ping` was sent to learn whether the server will send what it claims to hold.
    private var probe: VectorClock?
    /// Whether the server requests boxes: it is up to date when its answer to a `ping` after them came without
    /// another request in between.
    private var isFetching = false
    /// Whether it sent a request since the last `ping`, and how often that was checked.
    private var hasFetched = false
    private var fetchRounds = 0
    /// Whether clocks were compared again because something did not arrive.
    private var hasRetried = false
    /// The last reported number of contents that the server does not have.
    private var toldMissing = 0
    /// Received boxes that have not been compared with their hashes yet.
    private var arrivedBoxes: Set<Dot> = []
    /// Whether a restart is scheduled.
    private var isResting = false
    private var logStrikes = 0
    /// The end of our log that was last sent to the server.
    private var sentLogEnd: LogEnd?
    /// How often the exchange stopped since both sides were last up to date.
    private var stops = 0
    private var wasUpToDate = false
    /// Whether `unsettled` was reported since anything moved.
    private var wasUnsettled = false
    package internal(set) var recordInHand = RecordInHand.none
    private var recordAttempts = 0
    /// Owed records come before the user's request, which waits here.
    private var owed = OwedRecords()
    /// Whether the server refuses our log, since something that it holds would be late.
    private var wasCutRefused = false
    /// Whether this device's edits under an old key were resealed; once per conversation.
    private var hasResealed = false
    /// Counts what the server brought that is finite, whatever it says.
    package internal(set) var brought = 0
    /// The greatest length of the log here.
    private var longestLog = 0

    package init(_ space: SpaceID) {
        self.space = space
        flow = EditFlow(space)
    }

    /// Whether an answer of the server is due; if none arrives, the connection is closed.
    package var isWaiting: Bool {
        switch phase {
        case .comparingLogs, .comparingClocks, .findingForks: true
        case .live: flow.isWaiting || recordInHand.isWaiting || probe != nil
        case .stopped: false
        }
    }

    package mutating func begin() -> [Step] {
        phase = .comparingLogs
        arrivedBoxes = []
        return [.ask(.logEnd)]
    }

    /// The server granted more credit.
    package mutating func granted(_ credit: inout CreditWindow) -> [Step] {
        guard phase == .live else { return [] }
        return (flow.isStarved ? load(credit) : []) + sendDueBoxes(credit)
    }

    /// The replica was written to, by this process or another.
    package mutating func woken(_ credit: inout CreditWindow) -> [Step] {
        phase == .live ? load(credit) : []
    }

    package mutating func received(
        _ message: Message, byteCount: Int, _ credit: inout CreditWindow
    ) -> [Step] {
        // Messages in flight still count against the credit, which all spaces share.
        if case .stopped = phase { return message.isCounted ? dealt(byteCount, &credit) : [] }
        switch message {
        case .log(_, let end): return receivedLog(end)
        case .append(_, let previous, let record): return [.ask(.extendLog(previous: previous, record: record))]
        case .opened(_, let clock, let forked, let missing): return receivedOpened(clock, forked, missing: missing)
        case .tips(_, let replica, let ends): return receivedTips(replica, ends)
        case .batch(_, let batch):
            return [.ask(isProof(batch) ? .provesFork(batch) : .take(batch))] + dealt(byteCount, &credit)
        case .held(_, let ends): return receivedHeld(ends)
        case .fetch(_, let dots): return receivedFetch(dots, credit)
        case .box(_, let dot, let bytes): return receivedBox(dot, bytes) + dealt(byteCount, &credit)
        case .holding(_, let clock, _): return receivedHolding(clock)
        case .error(let error): return receivedError(error)
        case .hello, .challenge, .auth, .welcome, .hold, .open, .feed, .proof, .offer, .commit, .reply, .reveal, .grant,
            .credit, .ping,
            .pong, .bye:
            return [.close(.unexpected)]
        }
    }

    package mutating func answered(_ answer: ReplicaAnswer, to question: ReplicaQuestion, _ credit: inout CreditWindow)
        -> [Step]
    {
        if case .stopped = phase { return [] }
        switch answer {
        case .logEnd(let end): return [sendLogEnd(end)]
        case .relation(let relation): return answeredRelation(relation, to: question)
        case .records(let records, let end):
            return records.map { .send(.append(space, previous: $0.previous, record: $0.bytes)) } + [sendLogEnd(end)]
        case .logExtended(let end, let moved): return answeredExtended(end, moved: moved, to: question)
        case .frontier(let frontier): return answeredFrontier(frontier)
        case .compared(let forked, let lost, let resealDue):
            return answeredCompared(forked, lost, resealDue: resealDue, credit)
        case .tips(let ends): return answeredTips(ends)
        case .judged(let isSo): return answeredJudged(isSo, question)
        case .rebased(let rewritten, let quarantined):
            return [.report(.rewrote(rewritten, quarantined: quarantined))] + compareClocks()
        case .batches(let batches, let isLast): return answeredBatches(batches, isLast, &credit)
        case .took(let end, let isNew): return answeredTook(question, end, isNew)
        case .missingBoxes(let dots): return answeredMissing(dots)
        case .boxes(let boxes): return flow.send(boxes, &credit).map { .send($0) } + settle()
        case .record(let record): return answeredRecord(record)
        case .owesRecord(let record): return answeredOwes(record, to: question)
        case .owesEpoch: return answeredOwesEpoch(question)
        case .done:
            if case .supply(let dot, _) = question { return answeredSupplied(dot, isIts: true) }
            if case .reseal = question { return goLive(credit) }
            return question.isForRecord ? recordStoodAlready() : []
        case .refused(let code): return answeredRefused(code, to: question)
        }
    }

    /// Sends the end of our log to the server.
    private mutating func sendLogEnd(_ end: LogEnd) -> Step {
        sentLogEnd = end
        return .send(.log(space, end))
    }

    /// As ``say(_:)``, unless that end was sent already: for the server it confirms that a record is here.
    private mutating func sendLogEndOnce(_ end: LogEnd) -> [Step] { sentLogEnd == end ? [] : [sendLogEnd(end)] }

    /// Stops this space: for good if only the user can help, else for a while.
    private mutating func stop(_ code: ErrorCode, unproved: Bool = false) -> [Step] {
        guard !unproved else { return stop(code, telling: .unproved(code)) }
        giveUp(code)
        return [.report(.spaceStopped(code))] + (code.mayPass ? rest() : [])
    }

    /// Stops this space for a while, for a reason that is reported to the user.
    private mutating func stop(_ code: ErrorCode, telling notice: SyncNotice) -> [Step] {
        giveUp(code)
        return [.report(notice), .report(.unsettled)] + rest()
    }

    private mutating func giveUp(_ code: ErrorCode) {
        phase = .stopped(code)
        flow.stop()
        probe = nil
        if recordInHand != .none { recordInHand = .wanted(endsEpoch: recordInHand.endsEpoch) }
    }

    /// Schedules a restart, with exponential backoff since both sides were last up to date.
    private mutating func rest() -> [Step] {
        guard !isResting else { return [] }
        isResting = true
        stops += 1
        return [.resume(after: min(Self.resumeFirst * (1 << min(stops - 1, 6)), Self.resumeMax))]
    }

    /// Restarts after a rest: what was refused is tried once more.
    package mutating func resume() -> [Step] {
        guard isResting else { return [] }
        isResting = false
        logStrikes = 0
        strikesUp = []
        strikesDown = []
        stuck = []
        withheld = []
        disputed = []
        hasRewritten = false
        hasRetried = false
        owed.attempts = 0
        owed.wasEpochTried = false
        wasCutRefused = false
        refusedCount = 0
        return [.report(.beginsAgain)] + begin()
    }

    private func dealt(_ byteCount: Int, _ credit: inout CreditWindow) -> [Step] {
        credit.dealtWith(byteCount).map { [.send(.credit(bytes: $0))] } ?? []
    }
}

extension ErrorCode {
    /// Whether the reason may pass with time, without the user.
    var mayPass: Bool {
        switch self {
        case .removed, .blocked, .logFork, .update: false
        case .version, .malformed, .unexpected, .device, .busy, .timeout, .stopping, .space, .head, .cut, .record,
            .gap, .fork, .missing, .log, .late, .tooLarge, .rights, .signature, .tooManyFeeds, .full, .slot, .failed,
            .unknown:
            true
        }
    }
}

// MARK: - Logs

/// Membership logs, which are exchanged first: each side verifies and takes records that extend its own.
extension SpaceExchange {
    /// The number of log errors after which the conversation gives the space up.
    private static let logStrikesMax = 3

    private func compareLogs() -> [Step] { [.ask(.logEnd)] }

    private mutating func receivedLog(_ end: LogEnd) -> [Step] { [.ask(.relation(end))] }

    private mutating func answeredRelation(_ relation: LogRelation, to question: ReplicaQuestion) -> [Step] {
        guard case .relation(let end) = question else { return [] }
        switch relation {
        case .equal:
            wasCutRefused = false
            return phase == .comparingLogs ? sendLogEndOnce(end) + compareClocks() : []
        case .behind where wasCutRefused: return stop(.cut)
        case .behind(let position):
            // The records are sent once; a server that does not take them is not asked again.
            logStrikes += 1
            return logStrikes < Self.logStrikesMax ? [.ask(.records(from: position))] : stop(.record)
        case .ahead: return strikeLog(.log)
        case .forked: return stop(.logFork)
        }
    }

    private mutating func answeredExtended(_ end: LogEnd, moved: Bool, to question: ReplicaQuestion) -> [Step] {
        owed.wasEpochTried = false
        if end.count > longestLog {
            longestLog = end.count
            brought += 1
        }
        if case .sent(let record, _) = recordInHand,
            question == .extendLog(previous: record.previous, record: record.bytes)
        {
            return sendLogEndOnce(end) + reportAcceptedRecord() + compareClocks()
        }
        guard phase != .comparingLogs else { return [] }  // `log` follows
        // The server waits for the confirmation of the record.
        guard !moved else { return [sendLogEnd(end)] + compareClocks() }
        // With the keys of a new epoch more may be shown, which may need boxes.
        flow.stubsCame()
        return [sendLogEnd(end)] + settle()
    }

    /// Restarts from the logs, a limited number of times.
    private mutating func strikeLog(_ code: ErrorCode) -> [Step] {
        logStrikes += 1
        guard logStrikes < Self.logStrikesMax else { return stop(code) }
        phase = .comparingLogs
        return compareLogs()
    }
}

// MARK: - Clocks

/// Clocks, and the search for forks.
extension SpaceExchange {
    private mutating func compareClocks() -> [Step] {
        phase = .comparingClocks
        wasUpToDate = false
        wasUnsettled = false
        probe = nil
        return [.ask(.frontier)]
    }

    private mutating func answeredFrontier(_ frontier: Frontier) -> [Step] {
        ours = frontier.clock
        guard phase == .comparingClocks else { return [] }
        var told = Frontier()
        for end in frontier.ends where !disputed.contains(end.dot.replica) { told.advance(to: end) }
        return [.send(.open(space, clock: told))]
    }

    private mutating func receivedOpened(_ clock: Frontier, _ forked: [ReplicaID], missing: Int) -> [Step] {
        guard phase == .comparingClocks else { return [.close(.unexpected)] }
        isFetching = missing > 0
        fetchRounds = 0
        theirs = clock
        forkedThere = forked
        return [.ask(.compare(clock))]
    }

    private mutating func answeredCompared(
        _ forkedHere: [ReplicaID], _ lost: Int, resealDue: Bool, _ credit: CreditWindow
    ) -> [Step] {
        guard phase == .comparingClocks else { return [] }
        let notices: [Step] = lost > 0 ? [.report(.serverRestored(lost))] : []
        let forked = Set(forkedHere).union(forkedThere).subtracting(disputed).filter { ours[$0] > 0 }.sorted()
        guard forked.isEmpty else {
            phase = .findingForks(ForkSearch(forked, lengths: ours))
            return notices + searchOn()
        }
        guard !resealDue || hasResealed else {
            hasResealed = true
            return notices + [.ask(.reseal(shared: sharedOrSent))]
        }
        return notices + goLive(credit)
    }

    /// What the server claims to hold, as far as it is here, and what is in flight: the server may still take that as
    /// it is.
    private var sharedOrSent: VectorClock {
        var shared = VectorClock()
        for dot in theirs.clock.dots + flow.sent.dots {
            let n = min(dot.n, ours[dot.replica])
            if n > 0 { shared.advance(to: Dot(dot.replica, n)) }
        }
        return shared
    }

    private mutating func goLive(_ credit: CreditWindow) -> [Step] {
        guard phase == .comparingClocks else { return [] }
        phase = .live
        if recordInHand.isHeld { recordInHand = .wanted(endsEpoch: true) }  // `open` ended it
        flow.begin(at: theirs.clock)
        return load(credit)
    }

    // MARK: Forks

    private mutating func searchOn() -> [Step] {
        guard case .findingForks(var search) = phase else { return [] }
        while !search.isOver {
            if let (feed, numbers) = search.question {
                phase = .findingForks(search)
                return [.ask(.tips(feed, numbers))]
            }
            if Defence.wantsForkProof.isUp, let place = search.prove() {
                phase = .findingForks(search)
                return [.send(.proof(space, place))]
            }
            search.next(isProved: true)
        }
        phase = .findingForks(search)
        var notices: [Step] = []
        let proved = search.shared.keys.sorted()
        for feed in search.unproved + (mayRewrite ? [] : proved) { notices += leaveOut(feed, .fork, isDisputed: true) }
        if !notices.isEmpty { notices += rest() }
        guard mayRewrite, !proved.isEmpty else { return notices + compareClocks() }
        hasRewritten = true
        notices.append(.report(.forked(feeds: proved)))
        // The shared prefix stays; later edits, and all that saw them, are rebased. The server's claim to hold some
        // of them is ignored: an honest server holds none that saw the other branch.
        let roots = search.shared.map { Dot($0, $1 + 1) }.sorted()
        return notices + [.ask(.rebase(roots: roots, shared: VectorClock(), dropping: []))]
    }

    /// Whether a rebase is still allowed: once per conversation, whatever the server shows.
    private var mayRewrite: Bool { !hasRewritten || !Defence.rewritesOnce.isUp }

    /// Excludes a feed from this conversation, and reports it.
    private mutating func leaveOut(_ feed: ReplicaID, _ code: ErrorCode, isDisputed: Bool = false) -> [Step] {
        if isDisputed { disputed.insert(feed) }
        guard stuck.insert(feed).inserted else { return [] }
        return [.report(.stuck(feed, code, edits: max(0, ours[feed] - theirs.clock[feed])))]
    }

    /// Whether a batch is the requested proof of a fork.
    private func isProof(_ batch: Batch) -> Bool {
        guard case .findingForks(let search) = phase else { return false }
        return search.proving == batch.header.firstDot
    }

    private mutating func answeredProof(_ isProved: Bool, _ batch: Batch) -> [Step] {
        guard case .findingForks(var search) = phase, search.proving == batch.header.firstDot else { return [] }
        search.next(isProved: isProved)
        phase = .findingForks(search)
        return searchOn()
    }

    /// The server has no batch at the requested position.
    private mutating func proofRefused(_ dot: Dot) -> [Step] {
        guard case .findingForks(var search) = phase, search.proving == dot else { return [] }
        search.next(isProved: false)
        phase = .findingForks(search)
        return searchOn()
    }

    private mutating func answeredTips(_ ends: [Tip]) -> [Step] {
        guard case .findingForks(var search) = phase, let feed = search.feeds.last else { return [] }
        let isAsking = search.ask(ends)
        phase = .findingForks(search)
        return isAsking ? [.send(.feed(space, feed, at: ends.map(\.dot.n)))] : searchOn()
    }

    private mutating func receivedTips(_ replica: ReplicaID, _ ends: [Tip]) -> [Step] {
        guard case .findingForks(var search) = phase, search.answer(replica, ends) else {
            return [.close(.unexpected)]
        }
        phase = .findingForks(search)
        brought += 1
        return searchOn()
    }
}

// MARK: - Sending

/// Batches to the server: those beyond its clock, in the order of their arrival here.
extension SpaceExchange {
    private func load(_ credit: CreditWindow) -> [Step] {
        guard !recordInHand.isHeld else { return [] }
        return [.ask(.batches(beyond: flow.sent, without: stuck, room: credit.room))]
    }

    private mutating func answeredBatches(_ batches: [Batch], _ isLast: Bool, _ credit: inout CreditWindow) -> [Step] {
        guard phase == .live else { return [] }
        let messages = flow.send(batches, isLast: isLast, &credit)
        for case .batch(_, let batch) in messages { ours.advance(to: batch.header.lastDot) }
        return messages.map { .send($0) } + settle()
    }

    private mutating func receivedHeld(_ ends: [Tip]) -> [Step] {
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
    private mutating func settle() -> [Step] {
        guard phase == .live, flow.isSettled else {
            wasUpToDate = false
            return []
        }
        guard overdue.isEmpty else {
            wasUpToDate = false
            // The server answers in order: what it still sends comes before its answer to a `ping`.
            guard Defence.endsWaits.isUp, probe == nil else { return [] }
            probe = ours
            return [.probe]
        }
        guard !flow.seek() else { return [.ask(.missingBoxes(besides: flow.soughtBoxes))] }
        guard flow.awaitedBoxes.isEmpty, arrivedBoxes.isEmpty else { return [] }
        guard !isFetching else {
            guard flow.owedBoxes.isEmpty, probe == nil else { return [] }
            hasFetched = false
            fetchRounds += 1
            probe = ours
            return [.probe]
        }
        let missing = Defence.countsContents.isUp ? flow.absentCount : 0
        let news: [Step] = missing == toldMissing ? [] : [.report(.missing(missing))]
        toldMissing = missing
        guard stuck.isEmpty, withheld.isEmpty else { return news + settleForLess() }
        let next = startRecord()
        // A device with an owed record is not up to date.
        guard !wasUpToDate, !owed.isInHand else { return news + next }
        wasUpToDate = true
        refusedCount = 0
        hasRetried = false
        stops = 0
        return news + [.report(.upToDate)] + next
    }

    /// What the server claims to hold and has not sent, in feeds that are expected.
    private var overdue: [Dot] {
        theirs.clock.dots.filter { dot in
            ours[dot.replica] < dot.n && !withheld.contains(dot.replica) && !disputed.contains(dot.replica)
        }
    }

    /// Everything movable has moved. The rest is not waited for, not even for a requested record.
    private mutating func settleForLess() -> [Step] {
        wasUpToDate = false
        guard Defence.endsWaits.isUp else { return [] }
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

    private mutating func receivedError(_ error: WireError) -> [Step] {
        switch error.code {
        case .space, .logFork, .update: return stop(error.code)
        case .removed:
            guard Defence.wantsRemovalRecord.isUp else { return stop(.removed) }
            return (error.record.map { [.ask(.noteRemoval($0))] } ?? []) + [.ask(.judge(nil, .removed))]
        case .gap where error.dot.map { isProving($0) } ?? false: return error.dot.map { proofRefused($0) } ?? []
        case .cut where !recordInHand.isSent:
            // The error is about records that were put back, possibly with a later one; the server's next `log`
            // tells.
            wasCutRefused = true
            return []
        case .head, .cut, .record: return recordRefused(error.code)
        case .log: return phase == .live ? strikeLog(.log) : []
        case .gap, .fork, .missing, .late, .signature, .tooManyFeeds, .tooLarge, .rights:
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
            guard Defence.judgesRefusals.isUp else { return mayRewrite ? drop(dot) : passOver(dot, error.code) }
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

    private mutating func answeredJudged(_ isSo: Bool, _ question: ReplicaQuestion) -> [Step] {
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
        return [.ask(.rebase(roots: [dot], shared: VectorClock(), dropping: [dot]))]
    }

    /// The server refuses a feed without a valid reason: it stays as it is, and the other feeds continue.
    private mutating func passOver(_ dot: Dot, _ code: ErrorCode) -> [Step] {
        leaveOut(dot.replica, code) + rest() + compareClocks()
    }
}

// MARK: - Receiving

/// Batches from the server: each is on the disk before it is acknowledged.
extension SpaceExchange {
    private mutating func answeredTook(_ question: ReplicaQuestion, _ end: Tip, _ isNew: Bool) -> [Step] {
        guard case .take(let batch) = question else { return [] }
        ours.advance(to: end.dot)
        flow.took(batch, isNew: isNew)
        if isNew {
            brought += 1
            strikesDown.remove(end.dot.replica)
            withheld.remove(end.dot.replica)
            wasUpToDate = false
            wasUnsettled = false
            // A merge may need the boxes of superseded edits, which are sent without them.
            flow.stubsCame()
        }
        let news: [Step] = isNew ? [.report(.received(batch.edits.count))] : []
        return [.send(.held(space, [end]))] + news + settle()
    }

    private mutating func answeredRefused(_ code: ErrorCode, to question: ReplicaQuestion) -> [Step] {
        switch question {
        case .take(let batch): return couldNotTake(batch, code)
        case .extendLog: return code == .head ? strikeLog(.log) : stop(code)
        case .rebase, .reseal: return stop(code)
        case .makeRecord:
            let wasHeld = recordInHand.isHeld
            // Comparing clocks releases the server's hold of the space, and waiting edits are sent.
            return giveRecordUp(code) + (wasHeld ? compareClocks() : [])
        case .supply(let dot, _): return answeredSupplied(dot, isIts: false)
        case .logEnd, .relation, .records, .frontier, .compare, .tips, .batches, .quarantine, .serverHolds,
            .judge, .provesFork, .noteRemoval, .missingBoxes, .boxes:
            return [.close(code)]
        }
    }

    /// A batch that refers to something missing: logs and clocks are compared once more; if that does not help, the
    /// batch is quarantined, and the other feeds continue.
    private mutating func couldNotTake(_ batch: Batch, _ code: ErrorCode) -> [Step] {
        switch code {
        // A local disk error says nothing about the batch; it is sent again later.
        case .full, .failed: return [.close(code)]
        case .update: return stop(.update)
        case _ where isFlood(batch.header.replica): return stop(code, telling: .flooded(refusedCount))
        // It was in flight when the epoch ended here; its author rebases it.
        case .late: return [.ask(.quarantine(batch, .late))]
        // The server's feed differs, without proof of a fork.
        case _ where disputed.contains(batch.header.replica): return []
        case _ where phase != .live: return []
        case _ where strikesDown.insert(batch.header.replica).inserted:
            phase = .comparingLogs
            return compareLogs()
        default:
            let isNews = withheld.insert(batch.header.replica).inserted
            return [.ask(.quarantine(batch, code))] + rest()
                + (isNews ? [.report(withheld(by: batch, code))] : []) + settle()
        }
    }

    /// Counts a batch that cannot be taken. Returns whether the limit is exceeded.
    private mutating func isFlood(_ feed: ReplicaID) -> Bool {
        refusedCount += 1
        guard Defence.boundsJunk.isUp else { return false }
        return refusedCount > Self.refusedBatchesMax
            || strikesDown.count >= Self.refusedFeedsMax && !strikesDown.contains(feed)
    }

    /// The feed that is withheld when a batch cannot be taken: one that its author had seen, or its own.
    private func withheld(by batch: Batch, _ code: ErrorCode) -> SyncNotice {
        let replica = batch.header.replica
        switch code {
        case .missing:
            let unseen = batch.header.seen.map(\.dot).first { ours[$0.replica] < $0.n }
            guard let unseen else { break }
            return .withheld(unseen.replica, code, edits: unseen.n - ours[unseen.replica])
        case .gap: return .withheld(replica, code, edits: max(0, batch.header.first - 1 - ours[replica]))
        default: break
        }
        return .withheld(replica, code, edits: batch.edits.count)
    }
}

// MARK: - Boxes

/// Boxes: superseded edits are sent without them, and a server restored from a backup lacks some.
extension SpaceExchange {
    private mutating func answeredMissing(_ dots: [Dot]) -> [Step] {
        guard phase == .live else { return [] }
        return flow.fetch(dots).map { [.send($0)] } ?? settle()
    }

    private mutating func receivedBox(_ dot: Dot, _ bytes: [UInt8]?) -> [Step] {
        if flow.awaitedBoxes.contains(dot) { brought += 1 }
        guard flow.arrived(dot, isThere: bytes != nil), let bytes else { return settle() }
        // The bytes count as the box only after they were compared with its hash.
        guard Defence.countsContents.isUp else { return [.ask(.supply(dot, bytes))] + settle() }
        arrivedBoxes.insert(dot)
        return [.ask(.supply(dot, bytes))]
    }

    private mutating func answeredSupplied(_ dot: Dot, isIts: Bool) -> [Step] {
        guard arrivedBoxes.remove(dot) != nil else { return [] }
        if !isIts { flow.isAbsent(dot) }
        return settle()
    }

    private mutating func receivedFetch(_ dots: [Dot], _ credit: CreditWindow) -> [Step] {
        hasFetched = true
        isFetching = isFetching || fetchRounds < Self.fetchRoundsMax
        return flow.owe(dots) ? sendDueBoxes(credit) : [.close(.unexpected)]
    }

    private func sendDueBoxes(_ credit: CreditWindow) -> [Step] {
        flow.dueBoxes.isEmpty ? [] : [.ask(.boxes(flow.dueBoxes, room: credit.room))]
    }

    /// No message arrived for a while: boxes that the server did not have are requested again, in case its notice was
    /// lost.
    package mutating func repeatQuestions() -> [Step] {
        guard phase == .live, flow.askAgain() else { return [] }
        return settle()
    }
}

// MARK: - Record

/// Membership records that the user requests: devices are added or removed, or the keys change.
extension SpaceExchange {
    package enum RecordInHand: Hashable, Sendable {
        case none
        /// To be made once both sides are up to date; with a cut if it ends an epoch.
        case wanted(endsEpoch: Bool)
        /// `hold` was sent.
        case holding
        /// The server's clock, which becomes the cut: the record is made once all of it is here too.
        case held(Frontier)
        /// `append` was sent.
        case sent(LinkedRecord, endsEpoch: Bool)

        var isWaiting: Bool {
            switch self {
            case .none, .wanted: false
            case .holding, .held, .sent: true
            }
        }

        /// Whether sending is suspended: edits written meanwhile come after the cut.
        var isHeld: Bool {
            switch self {
            case .holding, .held, .sent(_, endsEpoch: true): true
            case .none, .wanted, .sent(_, endsEpoch: false): false
            }
        }

        var isSent: Bool { if case .sent = self { true } else { false } }

        var endsEpoch: Bool {
            switch self {
            case .wanted(let endsEpoch), .sent(_, let endsEpoch): endsEpoch
            case .holding, .held: true
            case .none: false
            }
        }
    }

    /// Records that this device must append because of the log's content, without a request.
    struct OwedRecords: Hashable, Sendable {
        /// How often a `raise` is sent at most before the exchange restarts.
        static let attemptsMax = 3

        var attempts = 0
        /// Whether a new epoch was tried since the log last grew; it is tried again only after a rest.
        var wasEpochTried = false
        /// Whether the record in progress is an owed one.
        var isInHand = false
        /// Whether an owed epoch is started by the record that the user requested.
        var comesWithAnother = false
        /// The user's request, which waits meanwhile.
        var waiting = RecordInHand.none
    }

    /// How often a record is made again because another one was appended first.
    package static let recordAttemptsMax = 5

    /// Requests a record; the replica makes it when both sides are up to date.
    package mutating func recordWanted(endsEpoch: Bool) -> [Step] {
        guard !owed.isInHand else {
            owed.waiting = .wanted(endsEpoch: endsEpoch)
            return []
        }
        recordInHand = .wanted(endsEpoch: endsEpoch)
        return (wasUpToDate || wasUnsettled) && phase == .live ? startRecord() : []
    }

    /// Begins the requested record: both sides are up to date.
    private mutating func startRecord() -> [Step] {
        switch recordInHand {
        case .wanted(endsEpoch: true):
            recordInHand = .holding
            return [.send(.hold(space))]
        case .wanted(endsEpoch: false): return [.ask(.makeRecord(cut: nil))]
        case .held(let clock): return [.ask(.makeRecord(cut: cut(clock)))]
        case .none, .holding, .sent: return []
        }
    }

    /// The server's clock without the feeds that it does not show: an honest server compares the cut with what it
    /// holds.
    private func cut(_ clock: Frontier) -> Frontier {
        guard !withheld.isEmpty || !disputed.isEmpty else { return clock }
        var cut = Frontier()
        for end in clock.ends where ours[end.dot.replica] >= end.dot.n && !disputed.contains(end.dot.replica) {
            cut.advance(to: end)
        }
        return cut
    }

    private mutating func receivedHolding(_ clock: Frontier) -> [Step] {
        guard phase == .live, recordInHand == .holding else { return [] }
        recordInHand = .held(clock)
        for end in clock.ends { theirs.advance(to: end) }
        wasUpToDate = false
        wasUnsettled = false
        return settle()
    }

    private mutating func answeredRecord(_ record: LinkedRecord) -> [Step] {
        recordInHand = .sent(record, endsEpoch: recordInHand.endsEpoch)
        // The server sends the record back once it is in its log, and only then is it appended here.
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// The record in progress is in the log, or the request is fulfilled.
    private mutating func reportAcceptedRecord() -> [Step] {
        guard recordInHand != .none else { return [] }
        recordInHand = .none
        owed.comesWithAnother = false
        guard owed.isInHand else { return [.report(.recordAccepted)] }
        takeUpWaiting()
        return [.report(.keysRenewed)]
    }

    /// The record in progress cannot be made.
    private mutating func giveRecordUp(_ code: ErrorCode) -> [Step] {
        recordInHand = .none
        guard owed.isInHand else {
            let isOwed = owed.comesWithAnother
            owed.comesWithAnother = false
            return [.report(.recordRefused(code))] + (isOwed ? rest() : [])
        }
        takeUpWaiting()
        // It is still owed: try again after a rest.
        return rest()
    }

    private mutating func takeUpWaiting() {
        recordInHand = owed.waiting
        owed.waiting = .none
        owed.isInHand = false
        recordAttempts = 0
    }

    /// Sent before anything else: without it the server would refuse edits of this device, and others would
    /// quarantine them.
    private mutating func answeredOwes(_ record: LinkedRecord, to question: ReplicaQuestion) -> [Step] {
        guard owed.attempts < OwedRecords.attemptsMax else { return answeredRelation(.equal, to: question) }
        owed.attempts += 1
        phase = .comparingLogs
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// As if the user requested new keys, once both sides are up to date.
    private mutating func answeredOwesEpoch(_ question: ReplicaQuestion) -> [Step] {
        let next = answeredRelation(.equal, to: question)
        guard !owed.wasEpochTried else { return next }
        switch recordInHand {
        case .none, .wanted(endsEpoch: false):
            owed.wasEpochTried = true
            owed.isInHand = true
            owed.waiting = recordInHand
            recordInHand = .wanted(endsEpoch: true)
        case .wanted(endsEpoch: true), .holding, .held, .sent:
            owed.comesWithAnother = recordInHand.endsEpoch
            return next
        }
        return next + (wasUpToDate && phase == .live ? startRecord() : [])
    }

    /// The request was fulfilled by another device's record.
    private mutating func recordStoodAlready() -> [Step] {
        let wasHeld = recordInHand.isHeld
        return reportAcceptedRecord() + (wasHeld ? compareClocks() : [])
    }

    mutating func recordRefused(_ code: ErrorCode) -> [Step] {
        guard recordInHand != .none else { return [] }
        recordAttempts += 1
        guard code == .head || code == .cut, recordAttempts < Self.recordAttemptsMax else {
            return giveRecordUp(code) + (phase == .live ? compareClocks() : [])
        }
        // Another record was first: logs and clocks are compared, and the record is made again.
        recordInHand = .wanted(endsEpoch: recordInHand.endsEpoch)
        phase = .comparingLogs
        return compareLogs()
    }
}
