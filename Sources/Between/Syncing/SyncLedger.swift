import Causality
import Synchronization
import Wire

/// Sums up what a ``SyncLoop`` reports.
final class SyncLedger: Sendable {
    private let outcome: Mutex<Journal.SyncOutcome>
    private let isLive: Bool
    private let progress: @Sendable (Journal.SyncOutcome) -> Void

    init(_ server: String, isLive: Bool, progress: @escaping @Sendable (Journal.SyncOutcome) -> Void) {
        var outcome = Journal.SyncOutcome()
        outcome.server = server
        outcome.state = .offline
        self.outcome = Mutex(outcome)
        self.isLive = isLive
        self.progress = progress
    }

    func outcome(waiting: Int) -> Journal.SyncOutcome {
        outcome.withLock { outcome in
            outcome.waiting = waiting
            return outcome
        }
    }

    /// - Parameter device: tells whose edits those of a line are.
    /// - Returns: whether to go on.
    func note(_ report: SyncReport, device: (ReplicaID) async -> DeviceID?) async -> Bool {
        // That there is a connection says nothing yet of what is where.
        if report == .connected { return true }
        let alarms = await Self.alarms(report, device)
        let (now, isOver) = outcome.withLock { outcome in
            for alarm in alarms { outcome.add(alarm) }
            let isOver = Self.add(report, to: &outcome)
            return (outcome, isOver)
        }
        progress(now)
        return isLive || !isOver
    }

    /// What a person should hear of a report.
    private static func alarms(
        _ report: SyncReport, _ device: (ReplicaID) async -> DeviceID?
    ) async -> [SyncAlarm] {
        switch report {
        case .notice(.withheld(let line, _, let edits)):
            return [SyncAlarm(.withheld, device: await device(line), edits: edits)]
        case .notice(.stuck(let line, _, let edits)):
            return [SyncAlarm(.stuck, device: await device(line), edits: edits)]
        case .notice(.forked(let lines)):
            var alarms: [SyncAlarm] = []
            for line in lines { alarms.append(SyncAlarm(.forked, device: await device(line))) }
            return alarms
        case .notice(.unproved): return [SyncAlarm(.unproved)]
        case .notice, .connected, .claimed, .granted, .offline: return []
        }
    }

    /// Returns whether a single exchange is over.
    private static func add(_ report: SyncReport, to outcome: inout Journal.SyncOutcome) -> Bool {
        switch report {
        case .connected, .claimed, .granted: return false
        case .notice(.sent(let count)): outcome.sent += count
        case .notice(.received(let count)): outcome.received += count
        case .notice(.serverWentBack(let count)): outcome.putBack += count
        case .notice(.keysRenewed): outcome.renewedKeys = true
        case .notice(.inStep):
            // What was held back is here now; what was written again was told of once, with what came of it.
            if outcome.state == .inStep { outcome.alarms = [] }
            outcome.alarms.removeAll { $0.code != .forked }
            outcome.refusal = nil
            outcome.state = outcome.missing == 0 ? .inStep : .unsettled
            return true
        case .notice(.unsettled):
            outcome.state = .unsettled
            return true
        case .notice(.missing(let count)):
            outcome.missing = count
            if count == 0, outcome.alarms.isEmpty, outcome.state == .unsettled { outcome.state = .inStep }
        case .notice(.spaceStopped(let code)):
            outcome.state = .refused
            outcome.refusal = code.rawValue
            return true
        case .notice(.unproved):
            outcome.state = .unsettled
            return true
        case .notice(.forked), .notice(.rewrote), .notice(.withheld), .notice(.stuck), .notice(.recordStands),
            .notice(.recordRefused):
            return false
        case .offline(let code, let problem):
            outcome.state = .offline
            outcome.refusal = code?.rawValue
            if let refusal = refusal(code, problem) {
                outcome.state = .refused
                outcome.refusal = refusal
            }
            return true
        }
        return false
    }

    /// What trying again by itself does not help.
    static func refusal(_ code: ErrorCode?, _ problem: LinkProblem?) -> String? {
        switch problem {
        case .wrongPin: return "wrong_pin"
        case .notBetween: return "not_between"
        case .unreachable, nil: break
        }
        switch code {
        case .device, .removed, .blocked, .version, .slot, .update: return code?.rawValue
        default: return nil
        }
    }
}

extension Journal.SyncOutcome {
    /// One alarm a code and device: a device may have several lines.
    fileprivate mutating func add(_ alarm: SyncAlarm) {
        guard let index = alarms.firstIndex(where: { $0.code == alarm.code && $0.device == alarm.device }) else {
            return alarms.append(alarm)
        }
        let edits = max(alarms[index].edits, alarm.edits)
        alarms[index] = SyncAlarm(alarm.code, device: alarm.device, edits: edits)
    }
}

extension JournalReplica {
    /// A report, as far as there is a proof of what it says: that this device was removed, the server only says.
    func proven(_ report: SyncReport) async -> SyncReport {
        guard case .offline(.removed, _) = report, Defence.wantsRemovalRecord.stands, (try? await isRemoved()) != true
        else { return report }
        return .notice(.unproved(.removed))
    }
}
