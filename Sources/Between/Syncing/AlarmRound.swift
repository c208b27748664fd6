/// What one round of an exchange saw of alarms: it goes from the connection, or the end of a rest, to where all moved
/// that could. What was an alarm before, could have been seen in it, and was not, is over.
package struct AlarmRound: Hashable, Sendable {
    /// What a round says of alarms of these codes: those that stand, and that no others do.
    package struct Verdict: Hashable, Sendable {
        package let codes: Set<SyncAlarm.Code>
        package let standing: [SyncAlarm]

        package func isOver(_ alarm: SyncAlarm) -> Bool {
            codes.contains(alarm.code) && !standing.contains(where: alarm.isSameMatter)
        }
    }

    private var seen: [SyncAlarm] = []
    private var missing = 0
    /// Whether the exchange ended before it came to what others of the alarms hang on.
    private var isCut = false

    package init() {}

    /// - Parameters:
    ///   - report: what happened.
    ///   - new: the alarms that it is.
    /// - Returns: those alarms, as they stand with what the round saw before; and what is known now, if the report ends the
    ///   round.
    package mutating func note(_ report: SyncReport, _ new: [SyncAlarm]) -> (raised: [SyncAlarm], verdict: Verdict?) {
        for alarm in new where alarm.code != .missing { seen.add(alarm) }
        let raised = new.map { alarm in seen.first(where: alarm.isSameMatter) ?? alarm }
        switch report {
        case .connected:
            self = AlarmRound()
        case .notice(.beginsAgain):
            seen = []
            isCut = false
        case .notice(.unproved), .notice(.flooded):
            isCut = true
        case .notice(.missing(let count)):
            // It is counted anew whenever contents come, also between two rounds.
            missing = count
            if count == 0 { return (raised, Verdict(codes: [.missing], standing: [])) }
        case .notice(.inStep):
            seen = []
            return (raised, verdict())
        case .notice(.unsettled):
            guard isCut else { return (raised, verdict()) }
        case .notice, .committed, .claimed, .granted, .offline: break
        }
        return (raised, nil)
    }

    private func verdict() -> Verdict {
        Verdict(
            codes: [.withheld, .stuck, .unproved, .flooded, .missing],
            standing: seen + (missing > 0 ? [SyncAlarm(.missing, edits: missing)] : []))
    }
}
