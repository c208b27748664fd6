/// The alarms of one round of an exchange, which lasts from the connection, or the end of a rest, until everything
/// movable has moved. An earlier alarm that the round could have confirmed and did not is over.
package struct AlarmRound: Hashable, Sendable {
    /// The result of a round for alarms of these codes: those in `standing` are in effect, and no others.
    package struct Verdict: Hashable, Sendable {
        package let codes: Set<SyncAlarm.Code>
        package let standing: [SyncAlarm]

        package func isOver(_ alarm: SyncAlarm) -> Bool {
            codes.contains(alarm.code) && !standing.contains(where: alarm.isSameMatter)
        }
    }

    private var seen: [SyncAlarm] = []
    private var missing = 0
    /// Whether the exchange ended before it reached the conditions of the other alarms.
    private var isCut = false

    package init() {}

    /// - Parameters:
    ///   - report: what happened.
    ///   - new: the alarms that it raises.
    /// - Returns: those alarms, combined with what the round saw before; and the verdict, if the report ends the
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
            // Missing edits are recounted whenever contents arrive, also between two rounds.
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
