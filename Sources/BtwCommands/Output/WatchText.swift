package import Between

/// The lines of `sync --watch`: an alarm is reported once when it begins and once when it ends.
package struct WatchText: Sendable {
    private let text: SyncText
    /// Alarms that were reported: before this run, or in it and still in effect.
    private var notified: [SyncAlarm]
    private var notifiedHere: [SyncAlarm] = []
    private var lastLine: String?
    private var last = JournalSpace.SyncOutcome()

    /// - Parameter kept: alarms that were in effect and reported before.
    package init(_ text: SyncText, kept: [SyncAlarm]) {
        self.text = text
        notified = kept
    }

    /// The lines for an outcome; empty if it repeats the last one.
    package mutating func lines(_ outcome: JournalSpace.SyncOutcome) -> [String] {
        let server = outcome.server ?? ""
        var lines: [String] = []
        // The alarms in effect are known only at the end of a round.
        if outcome.state == .upToDate || outcome.state == .unsettled {
            let missing = outcome.missing > 0 ? [SyncAlarm(.missing, edits: outcome.missing)] : []
            let active = outcome.alarms + missing
            let over = outcome.over.filter { alarm in notified.contains(where: alarm.isSameMatter) }
            lines = over.compactMap { text.over($0, of: server) }
            notified.removeAll { alarm in over.contains(where: alarm.isSameMatter) }
            let begun = active.filter { alarm in !notifiedHere.contains(where: alarm.isSameMatter) }
            lines += begun.map { text.sentence($0, of: server) }
            if begun.contains(where: { !$0.isHistory }) {
                lines += ["What is written here is safe and in view.", SyncText.advice(server)]
            }
            notified += begun
            notifiedHere = active
        }
        let isUnderWay = outcome.state == .offline && hasMoved(outcome)
        last = outcome
        // While data is being transferred, the server is reachable, so the line would be outdated.
        guard !isUnderWay else { return lines }
        let line = text.moved(outcome)
        if line != lastLine { lines.append(line) }
        lastLine = line
        return lines
    }

    private func hasMoved(_ outcome: JournalSpace.SyncOutcome) -> Bool {
        (outcome.sent, outcome.received, outcome.putBack, outcome.missing)
            != (last.sent, last.received, last.putBack, last.missing) || outcome.alarms != last.alarms
    }
}
