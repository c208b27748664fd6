import SyncClient
import Causality
import Synchronization
import Wire

/// Accumulates the reports of a ``SyncLoop`` into an outcome.
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

    /// - Returns: whether to continue.
    func note(_ heard: HeardReport) -> Bool {
        // A connection alone says nothing about the state of either side.
        if heard.report == .connected { return true }
        let (now, isOver) = outcome.withLock { outcome in
            for alarm in heard.alarms {
                if alarm.code != .missing { outcome.alarms.add(alarm) }
                outcome.over.removeAll(where: alarm.isSameMatter)
            }
            if let verdict = heard.verdict { outcome.settle(verdict) }
            for alarm in heard.over { outcome.over.add(alarm) }
            let isOver = Self.add(heard.report, to: &outcome)
            return (outcome, isOver)
        }
        progress(now)
        return isLive || !isOver
    }

    /// Returns whether a single exchange is over.
    private static func add(_ report: SyncReport, to outcome: inout Journal.SyncOutcome) -> Bool {
        switch report {
        case .connected, .committed, .claimed, .granted: return false
        case .notice(.sent(let count)): outcome.sent += count
        case .notice(.received(let count)): outcome.received += count
        case .notice(.serverRestored(let count)): outcome.putBack += count
        case .notice(.keysRenewed): outcome.renewedKeys = true
        case .notice(.upToDate):
            // Alarms of the previous round were reported with its outcome.
            if outcome.state == .upToDate { outcome.alarms = [] }
            outcome.refusal = nil
            outcome.state = outcome.missing == 0 ? .upToDate : .unsettled
            return true
        case .notice(.unsettled):
            outcome.state = .unsettled
            return true
        case .notice(.missing(let count)):
            outcome.missing = count
            if count == 0, outcome.alarms.isEmpty, outcome.state == .unsettled { outcome.state = .upToDate }
        case .notice(.spaceStopped(let code)):
            outcome.state = .refused
            outcome.refusal = code.rawValue
            return true
        case .notice(.unproved):
            outcome.state = .unsettled
            return true
        case .notice(.forked), .notice(.rewrote), .notice(.withheld), .notice(.stuck), .notice(.flooded),
            .notice(.beginsAgain), .notice(.recordAccepted), .notice(.recordRefused):
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

    /// The code of an error that a retry does not fix; `nil` for others.
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
    /// Removes alarms that are over, and updates the number of missing contents.
    fileprivate mutating func settle(_ verdict: AlarmRound.Verdict) {
        alarms.removeAll(where: verdict.isOver)
        missing = verdict.active.first { $0.code == .missing }?.edits ?? 0
    }
}

extension JournalReplica {
    /// A report with unproved claims replaced: that this device was removed is only the server's word.
    func proven(_ report: SyncReport) async -> SyncReport {
        guard case .offline(.removed, _) = report, Defence.wantsRemovalRecord.isUp, (try? await isRemoved()) != true
        else { return report }
        return .notice(.unproved(.removed))
    }
}
