import Causality
import Membership
import Wire

/// Membership logs, which are exchanged first: each side verifies and takes records that extend its own.
extension SpaceExchange {
    /// The number of log errors after which the conversation gives the space up.
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
            // The records are sent once; a server that does not take them is not asked again.
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
        // The server waits for the confirmation of the record.
        guard !moved else { return [say(end)] + compareClocks() }
        // With the keys of a new epoch more may be shown, which may need boxes.
        flow.stubsCame()
        return [say(end)] + settle()
    }

    /// Restarts from the logs, a limited number of times.
    mutating func strikeLog(_ code: ErrorCode) -> [Step] {
        logStrikes += 1
        guard logStrikes < Self.logStrikesMax else { return stop(code) }
        phase = .comparingLogs
        return compareLogs()
    }
}
