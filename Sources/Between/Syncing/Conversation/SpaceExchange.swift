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
        /// `line` was sent; leads to ``comparingClocks`` once the divergent suffixes were rebased.
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
    static let fetchRoundsMax = 4_096

    /// The most feeds with refused batches, and the most refused batches before both sides are up to date, in one
    /// conversation: as many as an honest server may have in flight while logs and clocks are compared. Beyond
    /// either, the space is given up.
    package static let refusedLinesMax = 64
    package static let refusedBatchesMax = 8_192

    /// The rest of a stopped space, at first and at most.
    static let resumeFirst = Duration.seconds(5)
    static let resumeMax = Duration.seconds(300)

    package let space: SpaceID
    package internal(set) var phase = Phase.comparingLogs
    var flow: EditFlow
    /// The server's tips, as far as it reported them.
    var theirs = Frontier()
    /// The clock of this replica.
    var ours = VectorClock()
    /// Feeds of our last clock that differ on the server, as it reported.
    var forkedThere: [ReplicaID] = []
    /// Feeds that were refused since they last advanced, by either side.
    var strikesDown: Set<ReplicaID> = []
    var strikesUp: Set<ReplicaID> = []
    /// The number of batches refused since both sides were last up to date.
    var refusedCount = 0
    /// Feeds that the server refuses, and feeds of the server that cannot be taken, until the exchange restarts.
    var stuck: Set<ReplicaID> = []
    var withheld: Set<ReplicaID> = []
    /// The stuck feeds that the server claims forked, without proof: it is not told that they are here.
    var disputed: Set<ReplicaID> = []
    /// Whether edits were rebased in this conversation.
    var hasRewritten = false
    /// Our clock when a `ping` was sent to learn whether the server will send what it claims to hold.
    var probe: VectorClock?
    /// Whether the server requests boxes: it is up to date when its answer to a `ping` after them came without
    /// another request in between.
    var isFetching = false
    /// Whether it sent a request since the last `ping`, and how often that was checked.
    var hasFetched = false
    var fetchRounds = 0
    /// Whether clocks were compared again because something did not arrive.
    var hasRetried = false
    /// The last reported number of contents that the server does not have.
    var toldMissing = 0
    /// Received boxes that have not been compared with their hashes yet.
    var arrivedBoxes: Set<Dot> = []
    /// Whether a restart is scheduled.
    var isResting = false
    var logStrikes = 0
    /// The end of our log that was last sent to the server.
    private var saidLog: LogEnd?
    /// How often the exchange stopped since both sides were last up to date.
    var stops = 0
    var wasInStep = false
    /// Whether `unsettled` was reported since anything moved.
    var wasUnsettled = false
    package internal(set) var recordInHand = RecordInHand.none
    var recordAttempts = 0
    /// Owed records come before the user's request, which waits here.
    var owed = OwedRecords()
    /// Whether the server refuses our log, since something that it holds would be late.
    var wasCutRefused = false
    /// Whether this device's edits under an old key were resealed; once per conversation.
    var hasResealed = false
    /// Counts what the server brought that is finite, whatever it says.
    package internal(set) var brought = 0
    /// The greatest length of the log here.
    var longestLog = 0

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
        case .opened(_, let clock, let forked, let lacks): return receivedOpened(clock, forked, lacks: lacks)
        case .lineEnds(_, let replica, let ends): return receivedLineEnds(replica, ends)
        case .batch(_, let batch):
            return [.ask(isProof(batch) ? .provesFork(batch) : .take(batch))] + dealt(byteCount, &credit)
        case .held(_, let ends): return receivedHeld(ends)
        case .fetch(_, let dots): return receivedFetch(dots, credit)
        case .box(_, let dot, let bytes): return receivedBox(dot, bytes) + dealt(byteCount, &credit)
        case .holding(_, let clock, _): return receivedHolding(clock)
        case .error(let error): return receivedError(error)
        case .hello, .challenge, .auth, .welcome, .hold, .open, .line, .proof, .offer, .commit, .reply, .reveal, .grant,
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
        case .logEnd(let end): return [say(end)]
        case .relation(let relation): return answeredRelation(relation, to: question)
        case .records(let records, let end):
            return records.map { .send(.append(space, previous: $0.previous, record: $0.bytes)) } + [say(end)]
        case .logExtended(let end, let moved): return answeredExtended(end, moved: moved, to: question)
        case .frontier(let frontier): return answeredFrontier(frontier)
        case .compared(let forked, let lost, let resealDue):
            return answeredCompared(forked, lost, resealDue: resealDue, credit)
        case .lineEnds(let ends): return answeredLineEnds(ends)
        case .judged(let isSo): return answeredJudged(isSo, question)
        case .transplanted(let rewritten, let setAside):
            return [.report(.rewrote(rewritten, setAside: setAside))] + compareClocks()
        case .batches(let batches, let isLast): return answeredBatches(batches, isLast, &credit)
        case .took(let end, let isNew): return answeredTook(question, end, isNew)
        case .lackingBoxes(let dots): return answeredLacking(dots)
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
    mutating func say(_ end: LogEnd) -> Step {
        saidLog = end
        return .send(.log(space, end))
    }

    /// As ``say(_:)``, unless that end was sent already: for the server it confirms that a record is here.
    mutating func sayOnce(_ end: LogEnd) -> [Step] { saidLog == end ? [] : [say(end)] }

    /// Stops this space: for good if only the user can help, else for a while.
    mutating func stop(_ code: ErrorCode, unproved: Bool = false) -> [Step] {
        guard !unproved else { return stop(code, telling: .unproved(code)) }
        giveUp(code)
        return [.report(.spaceStopped(code))] + (code.mayPass ? rest() : [])
    }

    /// Stops this space for a while, for a reason that is reported to the user.
    mutating func stop(_ code: ErrorCode, telling notice: SyncNotice) -> [Step] {
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
    mutating func rest() -> [Step] {
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
            .gap, .fork, .missing, .log, .late, .tooLarge, .rights, .signature, .tooManyLines, .full, .slot, .failed,
            .unknown:
            true
        }
    }
}
