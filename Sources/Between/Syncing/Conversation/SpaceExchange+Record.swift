package import Causality
import Membership
package import Wire

/// A membership record that a person asked for: a device comes or goes, or the keys change.
extension SpaceExchange {
    package enum RecordInHand: Hashable, Sendable {
        case none
        /// To be made as soon as both sides are in step; with a cut if it ends an epoch.
        case wanted(endsEpoch: Bool)
        /// `hold` was sent.
        case holding
        /// This clock of the server's is going to be the cut: the record is made as soon as all of it is here too.
        case held(Frontier)
        /// `append` was sent.
        case sent(LinkedRecord, endsEpoch: Bool)

        var isWaiting: Bool {
            switch self {
            case .none, .wanted: false
            case .holding, .held, .sent: true
            }
        }

        /// Whether nothing is sent now: what is written here meanwhile comes after the cut.
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

    /// Records that this device owes by what is in the log, with nobody asking for them.
    struct OwedRecords: Hashable, Sendable {
        /// How often a raise is sent at most until the exchange begins again.
        static let attemptsMax = 3

        var attempts = 0
        /// Whether a new epoch was tried since the log last grew; then only after a rest.
        var wasEpochTried = false
        /// Whether the record in hand is owed.
        var isInHand = false
        /// Whether a new epoch is owed, and comes with the record that a person asked for.
        var comesWithAnother = false
        /// What a person asked for meanwhile.
        var waiting = RecordInHand.none
    }

    /// How often a record is made anew because somebody else was first.
    static let recordAttemptsMax = 5

    /// A person asked for a record; the replica makes it when the time has come.
    package mutating func recordWanted(endsEpoch: Bool) -> [Step] {
        guard !owed.isInHand else {
            owed.waiting = .wanted(endsEpoch: endsEpoch)
            return []
        }
        recordInHand = .wanted(endsEpoch: endsEpoch)
        return (wasInStep || wasUnsettled) && phase == .live ? startRecord() : []
    }

    /// Both sides are in step.
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

    /// What the server said that it holds, but for what it does not show: an honest one compares it with what it has.
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
        // The server sends the record back once it stands there, and only then does it stand here.
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// What was asked for is so.
    mutating func recordStands() -> [Step] {
        guard recordInHand != .none else { return [] }
        recordInHand = .none
        owed.comesWithAnother = false
        guard owed.isInHand else { return [.report(.recordStands)] }
        takeUpWaiting()
        return [.report(.keysRenewed)]
    }

    /// The record in hand is not to be had.
    mutating func giveRecordUp(_ code: ErrorCode) -> [Step] {
        recordInHand = .none
        guard owed.isInHand else {
            let isOwed = owed.comesWithAnother
            owed.comesWithAnother = false
            return [.report(.recordRefused(code))] + (isOwed ? rest() : [])
        }
        takeUpWaiting()
        // It is owed still: once more after a while, if this goes on so long.
        return rest()
    }

    private mutating func takeUpWaiting() {
        recordInHand = owed.waiting
        owed.waiting = .none
        owed.isInHand = false
        recordAttempts = 0
    }

    /// Before anything else: without it the server would refuse what is here, and others set it aside.
    mutating func answeredOwes(_ record: LinkedRecord, to question: ReplicaQuestion) -> [Step] {
        guard owed.attempts < OwedRecords.attemptsMax else { return answeredRelation(.equal, to: question) }
        owed.attempts += 1
        phase = .comparingLogs
        return [.send(.append(space, previous: record.previous, record: record.bytes)), .ask(.logEnd)]
    }

    /// As if a person asked for new keys, once both sides are in step.
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

    /// What was asked for is so already, by somebody else's record.
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
        // Somebody else was first: logs and clocks are compared, and the record is made anew.
        recordInHand = .wanted(endsEpoch: recordInHand.endsEpoch)
        phase = .comparingLogs
        return compareLogs()
    }
}
