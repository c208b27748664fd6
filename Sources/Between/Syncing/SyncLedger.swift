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

    /// Returns whether to go on.
    func note(_ report: SyncReport) async -> Bool {
        // That there is a connection says nothing yet of what is where.
        if report == .connected { return true }
        let (now, isOver) = outcome.withLock { outcome in
            let isOver = Self.add(report, to: &outcome)
            return (outcome, isOver)
        }
        progress(now)
        return isLive || !isOver
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
            outcome.state = .inStep
            return true
        case .notice(.spaceStopped(let code)):
            outcome.state = .refused
            outcome.refusal = code.rawValue
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
