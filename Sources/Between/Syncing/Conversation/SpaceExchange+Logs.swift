import Causality
import Membership
import Wire

/// The membership log first: each side takes what extends its own, after verifying it.
extension SpaceExchange {
    /// Refusals over the log after which the conversation gives the space up.
    static let logStrikesMax = 3

    func compareLogs() -> [Step] { [.ask(.logEnd)] }

    mutating func receivedLog(_ end: LogEnd) -> [Step] { [.ask(.relation(end))] }

    mutating func answeredRelation(_ relation: LogRelation, to question: ReplicaQuestion) -> [Step] {
        guard case .relation(let end) = question else { return [] }
        switch relation {
        case .equal:
            wasCutRefused = false
            return phase == .comparingLogs ? sayOnce(end) + compareClocks() : []
        case .behind where wasCutRefused: return stop(.cut)
        case .behind(let position):
            // Put back once; a server that does not take it is not asked for ever.
            logStrikes += 1
            return logStrikes < Self.logStrikesMax ? [.ask(.records(from: position))] : stop(.record)
        case .ahead: return strikeLog(.log)
        case .forked: return stop(.logFork)
        }
    }

    mutating func answeredExtended(_ end: LogEnd, moved: Bool, to question: ReplicaQuestion) -> [Step] {
        owed.wasEpochTried = false
        if end.count > longestLog {
            longestLog = end.count
            brought += 1
        }
        if case .sent(let record, _) = recordInHand,
            question == .extendLog(previous: record.previous, record: record.bytes)
        {
            return sayOnce(end) + recordStands() + compareClocks()
        }
        guard phase != .comparingLogs else { return [] }  // `log` follows
        // The server waits to hear that the record arrived.
        guard !moved else { return [say(end)] + compareClocks() }
        // With the keys of a new epoch more may be shown, and boxes be needed for that.
        flow.stubsCame()
        return [say(end)] + settle()
    }

    /// Begins again from the logs, a few times at most.
    mutating func strikeLog(_ code: ErrorCode) -> [Step] {
        logStrikes += 1
        guard logStrikes < Self.logStrikesMax else { return stop(code) }
        phase = .comparingLogs
        return compareLogs()
    }
}
