package import Causality
package import Membership
package import Wire

/// Whether a holder may take a batch: membership log, feed, signature and rights, in this order.
package struct BatchJudgement {
    /// The refusal, and the edit that it is about.
    package struct Refused: Error, Hashable {
        package let code: ErrorCode
        package let dot: Dot?
    }

    let log: MembershipLog
    let edits: EditLog
    let checks: ModelChecks

    package init(log: MembershipLog, edits: EditLog, checks: ModelChecks) {
        self.log = log
        self.edits = edits
        self.checks = checks
    }

    /// The result says whether it is new.
    package func judge(_ batch: Batch) -> Result<Bool, Refused> {
        let header = batch.header
        let feed = edits.batches.filter { $0.header.replica == header.replica }
        guard let origin = feed.first?.header.origin ?? header.origin else {
            return refused(header.first == 1 ? .malformed : .gap)
        }
        let after = batch.tip(checks.hash)
        let previous = feed.last { $0.header.first < header.first }?.header.head
        let signer: MembershipLog.Member
        switch log.status(of: header, end: after, signingKey: origin.deviceKey, previousHead: previous) {
        case .good(let member): signer = member
        case .unknownHead: return refused(.log)
        case .headWentBack, .wrongEpoch, .notMember: return refused(.signature)
        case .late: return refused(.late)
        }
        do throws(Refusal) {
            let state = edits.feed(header.replica)
            switch try state.judge(batch, holding: edits.holding, checks.hash) {
            case .held: return .success(false)
            case .extends: break
            }
        } catch {
            switch error {
            case .gap: return refused(.gap)
            case .fork: return refused(.fork)
            case .missing: return refused(.missing)
            case .malformed: return refused(.malformed)
            }
        }
        guard checks.isSigned(batch, signer.device, after.hash) else { return refused(.signature) }
        if let dot = checks.overreach(batch, signer, log, edits) { return refused(.rights, dot) }
        return .success(true)
    }

    private func refused(_ code: ErrorCode, _ dot: Dot? = nil) -> Result<Bool, Refused> {
        .failure(Refused(code: code, dot: dot))
    }
}
