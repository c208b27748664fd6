package import Causality
import Membership
package import Wire

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
    static let recordAttemptsMax = 5

    /// Requests a record; the replica makes it when both sides are up to date.
    package mutating func recordWanted(endsEpoch: Bool) -> [Step] {
        guard !owed.isInHand else {
            owed.waiting = .wanted(endsEpoch: endsEpoch)
            return []
        }
        recordInHand = .wanted(endsEpoch: endsEpoch)
        return (wasInStep || wasUnsettled) && phase == .live ? startRecord() : []
    }

    /// Begins the requested record: both sides are up to date.
    mutating func startRecord() -> [Step] {
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

    mutating func receivedHolding(_ clock: Frontier) -> [Step] {
        guard phase == .live, recordInHand == .holding else { return [] }
        recordInHand = .held(clock)
        for end in clock.ends { theirs.advance(to: end) }
        wasInStep = false
        wasUnsettled = false
        return settle()
    }

    mutating func answeredRecord(_ record: LinkedRecord) -> [Step] {
        recordInHand = .sent(record, endsEpoch: recordInHand.endsEpoch)
        // The server sends the record back once it is in its log, and only then is it appended here.
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// The record in progress is in the log, or the request is fulfilled.
    mutating func recordStands() -> [Step] {
        guard recordInHand != .none else { return [] }
        recordInHand = .none
        owed.comesWithAnother = false
        guard owed.isInHand else { return [.report(.recordStands)] }
        takeUpWaiting()
        return [.report(.keysRenewed)]
    }

    /// The record in progress cannot be made.
    mutating func giveRecordUp(_ code: ErrorCode) -> [Step] {
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
    mutating func answeredOwes(_ record: LinkedRecord, to question: ReplicaQuestion) -> [Step] {
        guard owed.attempts < OwedRecords.attemptsMax else { return answeredRelation(.equal, to: question) }
        owed.attempts += 1
        phase = .comparingLogs
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// As if the user requested new keys, once both sides are up to date.
    mutating func answeredOwesEpoch(_ question: ReplicaQuestion) -> [Step] {
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
        return next + (wasInStep && phase == .live ? startRecord() : [])
    }

    /// The request was fulfilled by another device's record.
    mutating func recordStoodAlready() -> [Step] {
        let wasHeld = recordInHand.isHeld
        return recordStands() + (wasHeld ? compareClocks() : [])
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
