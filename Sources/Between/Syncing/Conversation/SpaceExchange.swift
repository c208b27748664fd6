package import Causality
import Membership
package import Wire

/// The exchange of one space, as a device has it with its server: membership log
/// first, then clocks, then edits both ways for as long as the connection lasts.
///
/// One of the values in a ``ClientConversation``. It stays in step with the server if all
/// goes well; whatever is refused ends in one more comparison of logs or clocks, and a
/// line that is refused again is left out for a while, so it always ends.
package struct SpaceExchange: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// `log` was sent; leads to ``comparingClocks`` or ``stopped(_:)``.
        case comparingLogs
        /// `open` was sent; leads to ``findingForks(_:)`` or ``live``.
        case comparingClocks
        /// `line` was sent; leads to ``comparingClocks`` once the forked tails were written again.
        case findingForks(ForkSearch)
        /// Edits flow; leads to ``comparingLogs`` or ``comparingClocks`` after a refusal.
        case live
        /// Nothing is exchanged until it begins again; leads to ``comparingLogs``, or nowhere if a person must act.
        case stopped(ErrorCode)
    }

    /// A step of the exchange; the conversation adds which space it is of.
    package enum Step: Hashable, Sendable {
        case send(Message)
        case ask(ReplicaQuestion)
        case report(SyncNotice)
        /// Sends a `ping`; answered with ``SpaceExchange/probed(_:)`` once all is here that the server sent before its answer.
        case probe
        /// Begin again after so long; see ``SpaceExchange/resume()``.
        case resume(after: Duration)
        /// The peer broke the rules; the connection is of no more use.
        case close(ErrorCode)
    }

    /// How often it is looked whether the server asks for more boxes, from one comparison of clocks to the next: as many
    /// questions as there may be edits.
    static let fetchRoundsMax = 4_096

    /// Lines of which one conversation refuses batches, and batches that it refuses before it is in step: as many as an
    /// honest server may have under way while logs and clocks are compared. Beyond either it gives the space up.
    package static let refusedLinesMax = 64
    package static let refusedBatchesMax = 8_192

    /// How long a space rests that had to stop, at first and at most.
    static let resumeFirst = Duration.seconds(5)
    static let resumeMax = Duration.seconds(300)

    package let space: SpaceID
    package internal(set) var phase = Phase.comparingLogs
    var flow: EditFlow
    /// What the server said that it holds; known so far.
    var theirs = Frontier()
    /// What is held here.
    var ours = VectorClock()
    /// Lines of our last clock that are not so on the server, as it said.
    var forkedThere: [ReplicaID] = []
    /// Lines that were refused since they last moved, by either side.
    var strikesDown: Set<ReplicaID> = []
    var strikesUp: Set<ReplicaID> = []
    /// How many batches were refused since it was last in step.
    var refusedCount = 0
    /// Lines that the server does not take, and lines of the server's that cannot be taken, until it begins again.
    var stuck: Set<ReplicaID> = []
    var withheld: Set<ReplicaID> = []
    /// Those of the stuck ones that the server says forked, and does not show it: it is not told that they are here.
    var disputed: Set<ReplicaID> = []
    /// Whether edits were written again since this began.
    var hasRewritten = false
    /// Whether a `ping` was sent to learn if the server is going to send what it says that it holds, and what was here then.
    var probe: VectorClock?
    /// Whether the server asks for boxes, as it said or did: it is up to date when its answer to a `ping` came after what
    /// it got, with no other question before it.
    var isFetching = false
    /// Whether it asked since the last `ping`, and how often it was looked whether it does.
    var hasFetched = false
    var fetchRounds = 0
    /// Whether clocks were compared anew because something did not come.
    var hasRetried = false
    /// How many contents the server was last said not to have.
    var toldMissing = 0
    /// Boxes that came, and of which it is not known yet whether they are what was asked for.
    var arrivedBoxes: Set<Dot> = []
    /// Whether it is to begin again after a while.
    var isResting = false
    var logStrikes = 0
    /// How far the server was told that the log goes here.
    private var saidLog: LogEnd?
    /// How often the exchange stopped since it was last in step.
    var stops = 0
    var wasInStep = false
    /// Whether it was told that the sides are not in step, since anything moved.
    var wasUnsettled = false
    package internal(set) var recordInHand = RecordInHand.none
    var recordAttempts = 0
    /// What this device owes goes before what a person asked for, which waits here.
    var owed = OwedRecords()
    /// Whether the server does not take our log, since something that it holds would be late by it.
    var wasCutRefused = false
    /// Whether what this device wrote under an old key was written again; once a conversation.
    var hasResealed = false
    /// Counts what the server brought: what cannot be brought without end, whatever it says.
    package internal(set) var brought = 0
    /// The longest that the log was here.
    var longestLog = 0

    package init(_ space: SpaceID) {
        self.space = space
        flow = EditFlow(space)
    }

    /// Whether an answer of the server is due; if none comes, the connection is of no more use.
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

    /// The server granted more.
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
        // What is on its way still counts against the credit that all spaces share.
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

    /// Tells the server how far the log goes here.
    mutating func say(_ end: LogEnd) -> Step {
        saidLog = end
        return .send(.log(space, end))
    }

    /// As ``say(_:)``, unless the server was told so already: it believes that a record is here when it hears so.
    mutating func sayOnce(_ end: LogEnd) -> [Step] { saidLog == end ? [] : [say(end)] }

    /// Gives up this space, for good if only a person can help, else for a while.
    mutating func stop(_ code: ErrorCode, unproved: Bool = false) -> [Step] {
        guard !unproved else { return stop(code, telling: .unproved(code)) }
        giveUp(code)
        return [.report(.spaceStopped(code))] + (code.mayPass ? rest() : [])
    }

    /// Gives up this space for a while, for what a person should hear of.
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

    /// Begins again after a while, the longer the more often it had to since all was in step.
    mutating func rest() -> [Step] {
        guard !isResting else { return [] }
        isResting = true
        stops += 1
        return [.resume(after: min(Self.resumeFirst * (1 << min(stops - 1, 6)), Self.resumeMax))]
    }

    /// The time to begin again has come: what was refused is tried once more.
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
    /// Whether what stopped a space may be over after a while, without a person.
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
