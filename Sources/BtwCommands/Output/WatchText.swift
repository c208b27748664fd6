package import Between

/// What is told while keeping in step: of an alarm, once, that it begins, and once, that it is over.
package struct WatchText: Sendable {
    private let text: SyncText
    /// Alarms that were told: before, or here and not over yet.
    private var told: [SyncAlarm]
    private var toldHere: [SyncAlarm] = []
    private var lastLine: String?
    private var last = Journal.SyncOutcome()

    /// - Parameter kept: what stood before; a person heard of it.
    package init(_ text: SyncText, kept: [SyncAlarm]) {
        self.text = text
        told = kept
    }

    /// The lines that an outcome is worth; none where it says what was said.
    package mutating func lines(_ outcome: Journal.SyncOutcome) -> [String] {
        let server = outcome.server ?? ""
        var lines: [String] = []
        // Before a round is over it is not known what stands.
        if outcome.state == .inStep || outcome.state == .unsettled {
            let missing = outcome.missing > 0 ? [SyncAlarm(.missing, edits: outcome.missing)] : []
            let standing = outcome.alarms + missing
            let over = outcome.over.filter { alarm in told.contains(where: alarm.isSameMatter) }
            lines = over.compactMap { text.over($0, of: server) }
            told.removeAll { alarm in over.contains(where: alarm.isSameMatter) }
            let begun = standing.filter { alarm in !toldHere.contains(where: alarm.isSameMatter) }
            lines += begun.map { text.sentence($0, of: server) }
            if begun.contains(where: { !$0.isHistory }) {
                lines += ["What is written here is safe and in view.", SyncText.advice(server)]
            }
            told += begun
            toldHere = standing
        }
        let isUnderWay = outcome.state == .offline && hasMoved(outcome)
        last = outcome
        // Where something moves the server is reached, whatever is known of both sides yet.
        guard !isUnderWay else { return lines }
        let line = text.moved(outcome)
        if line != lastLine { lines.append(line) }
        lastLine = line
        return lines
    }

    private func hasMoved(_ outcome: Journal.SyncOutcome) -> Bool {
        (outcome.sent, outcome.received, outcome.putBack, outcome.missing)
            != (last.sent, last.received, last.putBack, last.missing) || outcome.alarms != last.alarms
    }
}
