package import Causality
package import Membership
package import SyncServer
package import Wire

/// A server's store in memory, in plain code: simulators run it, and every engine is compared with it.
///
/// A copy of the value is a backup. ``restart()`` drops the state that is not on a disk.
package struct ModelServer: Sendable {
    /// The state of one space.
    package struct Space: Sendable {
        package var log: MembershipLog
        package var edits: EditLog
        /// Quarantined batches, with the reason.
        package var quarantined: [(batch: Batch, code: ErrorCode)] = []
        /// Records that were refused since batches here would be late by them, by their hash.
        package var refused: [Hash256: MembershipRecord] = [:]

        package init(log: MembershipLog, edits: EditLog) {
            self.log = log
            self.edits = edits
        }
    }

    package var spaces: [SpaceID: Space] = [:]
    package var enrolled: [DeviceID: DeviceIdentity] = [:]
    package var blocked: Set<DeviceID> = []
    /// The unused secrets of enrolment strings, and their expiry.
    package var invitations: [[UInt8]: Duration] = [:]
    package let checks: ModelChecks
    /// The greatest length of a box in bytes.
    let boxLengthMax: Int
    /// Paused devices, and the end of their pause.
    var pauses: [SpaceID: [DeviceID: Duration]] = [:]

    package init(_ checks: ModelChecks, boxLengthMax: Int) {
        self.checks = checks
        self.boxLengthMax = boxLengthMax
    }

    /// The process ends, and another begins.
    package mutating func restart() { pauses = [:] }

    /// Devices that are paused.
    package func paused(in space: SpaceID, now: Duration) -> Set<DeviceID> {
        Set(pauses[space]?.filter { now < $0.value }.keys.map(\.self) ?? [])
    }

    /// Answers a conversation.
    ///
    /// - Parameters:
    ///   - device: the asking device; `nil` only before it is authenticated.
    ///   - now: the time of a monotonic clock.
    package mutating func answer(
        _ question: ServerQuestion, to device: DeviceID?, now: Duration
    ) -> ServerAnswer {
        if case .identify(let proof, let transcript) = question { return identify(proof, transcript, now) }
        if case .removal(let space, let other) = question { return .removal(removal(of: other ?? device, from: space)) }
        guard let device, let space = question.space else { return .refused(.device, nil) }
        switch question {
        case .log(_, let end): return log(space, end, device)
        case .append(_, let record, let cut): return append(space, record, cut, device, now)
        case .identify, .removal, .records, .compare, .tips, .proof, .batches, .take, .missingBoxes, .boxes,
            .supply, .hold:
            break
        }
        guard let held = spaces[space] else { return .refused(.space, nil) }
        guard held.log.isCurrentMember(device) else {
            return .refused(held.log.wasRemoved(device) ? .removed : .space, nil)
        }
        switch question {
        case .records(_, let position):
            return .records(held.log.records(from: position).map(\.linked), end: held.log.logEnd)
        case .compare(_, let theirs):
            return .compared(
                held.edits.frontier, forked: held.edits.forked(theirs), missing: held.missingBoxes([]).count)
        case .tips(_, let replica, let numbers): return .tips(held.edits.ends(of: replica, at: numbers))
        case .proof(_, let dot):
            guard var batch = held.edits.batches.first(where: { $0.header.firstDot == dot }) else {
                return .refused(.gap, nil)
            }
            for index in batch.edits.indices { batch.edits[index].box = nil }
            return .proof(batch)
        case .batches(_, let clock, let room): return batches(held, beyond: clock, room)
        case .take(_, let batch): return take(batch, space, now)
        case .missingBoxes(_, let besides): return .missingBoxes(held.missingBoxes(besides))
        case .boxes(_, let dots, let room): return .boxes(boxes(held, space, dots, room))
        case .supply(_, let dot, let box):
            spaces[space]?.edits.supply(box, for: dot)
            return .done
        case .hold: return .holding(held.edits.frontier)
        case .identify, .removal, .log, .append: return .refused(.failed, nil)
        }
    }

    private func removal(of device: DeviceID?, from space: SpaceID?) -> [UInt8]? {
        guard let device else { return nil }
        let logs = spaces.filter { space == nil || space == $0.key }.sorted { $0.key < $1.key }.map(\.value.log)
        return logs.lazy.filter { $0.wasRemoved(device) }.compactMap { $0.record(removing: device)?.bytes }.first
    }
}
