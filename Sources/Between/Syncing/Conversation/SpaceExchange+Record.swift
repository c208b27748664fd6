package import Causality
package import Wire

/// A membership record that a person asked for: a device comes or goes, or the keys change.
extension SpaceExchange {
    package enum RecordInHand: Hashable, Sendable {
        case none
        /// To be made as soon as both sides are in step; with the space held still if it ends an epoch.
        case wanted(endsEpoch: Bool)
        /// `hold` was sent.
        case holding
        /// The space is held at this clock of the server's; made as soon as this side stands there too.
        case held(Frontier)
        /// `append` was sent.
        case sent(LinkedRecord, endsEpoch: Bool)

        var isWaiting: Bool {
            switch self {
            case .none, .wanted: false
            case .holding, .held, .sent: true
            }
        }

        /// Whether the server takes no batches now: what is written meanwhile comes after the cut.
        var isHeld: Bool {
            switch self {
            case .holding, .held, .sent(_, endsEpoch: true): true
            case .none, .wanted, .sent(_, endsEpoch: false): false
            }
        }

        var endsEpoch: Bool {
            switch self {
            case .wanted(let endsEpoch), .sent(_, let endsEpoch): endsEpoch
            case .holding, .held: true
            case .none: false
            }
        }
    }

    /// How often a record is made anew because somebody else was first.
    static let recordAttemptsMax = 5

    /// A person asked for a record; the replica makes it when the time has come.
    package mutating func recordWanted(endsEpoch: Bool) -> [Step] {
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
        return [.report(.recordStands)]
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
            recordInHand = .none
            return [.report(.recordRefused(code))] + (phase == .live ? compareClocks() : [])
        }
        // Somebody else was first: logs and clocks are compared, and the record is made anew.
        recordInHand = .wanted(endsEpoch: recordInHand.endsEpoch)
        phase = .comparingLogs
        return compareLogs()
    }
}
