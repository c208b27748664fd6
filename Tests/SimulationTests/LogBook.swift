import Causality
import Membership
import ServerModel
import Synchronization

/// Verifies each membership record once a simulation, however many holders take it.
final class LogBook: Sendable {
    private struct Step: Hashable {
        let head: Hash256?
        let record: [UInt8]
    }

    private let verified = Mutex<[Step: Result<MembershipLog, MembershipError>]>([:])

    func extended(_ log: MembershipLog?, _ record: [UInt8]) -> Result<MembershipLog, MembershipError> {
        let step = Step(head: log?.head, record: record)
        return verified.withLock { verified in
            if let known = verified[step] { return known }
            let result = ModelChecks.extended(log, record)
            verified[step] = result
            return result
        }
    }
}
