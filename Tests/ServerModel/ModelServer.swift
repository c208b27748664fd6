package import Causality
package import Membership
package import SyncServer
package import Wire

/// A server's store in memory, in plain code: what a simulator runs, and every engine is compared with.
///
/// A copy of the value is a backup. What a process knows and no disk, ``restart()`` forgets.
package struct ModelServer: Sendable {
    /// All that the server holds of one space.
    package struct Space: Sendable {
        package var log: MembershipLog
        package var edits: EditLog
        /// Batches that no line holds any more, with the reason.
        package var setAside: [(batch: Batch, code: ErrorCode)] = []
        /// Records that were refused since something here would be late by them, by their hash.
        package var refused: [Hash256: MembershipRecord] = [:]

        package init(log: MembershipLog, edits: EditLog) {
            self.log = log
            self.edits = edits
        }
    }

    struct Hold {
        let device: DeviceID
        let until: Duration
    }

    /// How long a device that held a space may not hold it again.
    static let holdPause = Duration.seconds(60)

    package var spaces: [SpaceID: Space] = [:]
    package var enrolled: [DeviceID: DeviceIdentity] = [:]
    package var blocked: Set<DeviceID> = []
    /// The secrets of enrolment strings that nobody used, and when they expire.
    package var invitations: [[UInt8]: Duration] = [:]
    package let checks: ModelChecks
    /// Bytes of a box that it takes at most.
    let boxLengthMax: Int
    var holds: [SpaceID: Hold] = [:]
    var holdTimes: [DeviceID: Duration] = [:]

    package init(_ checks: ModelChecks, boxLengthMax: Int) {
        self.checks = checks
        self.boxLengthMax = boxLengthMax
    }

    /// The process ended, and another begins.
    package mutating func restart() {
        holds = [:]
        holdTimes = [:]
    }

    /// When the hold of a space ends, if it is held.
    package func isHeld(_ space: SpaceID, now: Duration) -> Bool { hold(of: space, now) != nil }

    /// Answers a conversation.
    ///
    /// - Parameters:
    ///   - device: who asks; `nil` only before it is known.
    ///   - now: the time of a clock that never goes back.
    package mutating func answer(
        _ question: ServerQuestion, to device: DeviceID?, now: Duration
    ) -> ServerAnswer {
        if case .identify(let proof, let transcript) = question { return identify(proof, transcript, now) }
        guard let device, let space = question.space else { return .refused(.device, nil) }
        switch question {
        case .log(_, let end): return log(space, end, device)
        case .append(_, let record, let cut): return append(space, record, cut, device)
        case .identify, .records, .compare, .lineEnds, .batches, .take, .lackingBoxes, .boxes, .supply, .hold,
            .release:
            break
        }
        guard let held = spaces[space] else { return .refused(.space, nil) }
        guard let member = held.log.member(device) else {
            return .refused(held.log.wasRemoved(device) ? .removed : .space, nil)
        }
        switch question {
        case .records(_, let position):
            return .records(held.log.records(from: position).map(\.linked), end: held.log.logEnd)
        case .compare(_, let theirs): return .compared(held.edits.frontier, forked: held.edits.forked(theirs))
        case .lineEnds(_, let replica, let numbers): return .lineEnds(held.edits.ends(of: replica, at: numbers))
        case .batches(_, let clock, let room): return batches(held, beyond: clock, room)
        case .take(_, let batch): return take(batch, space, device, now)
        case .lackingBoxes(_, let besides): return .lackingBoxes(held.lackingBoxes(besides))
        case .boxes(_, let dots, let room): return .boxes(boxes(held, space, dots, room))
        case .supply(_, let dot, let box):
            spaces[space]?.edits.supply(box, for: dot)
            return .done
        case .hold: return hold(space, member, now)
        case .release:
            if holds[space]?.device == device { holds[space] = nil }
            return .done
        case .identify, .log, .append: return .refused(.failed, nil)
        }
    }

    func hold(of space: SpaceID, _ now: Duration) -> Hold? { holds[space].flatMap { now < $0.until ? $0 : nil } }

    private mutating func hold(_ space: SpaceID, _ member: MembershipLog.Member, _ now: Duration) -> ServerAnswer {
        let device = member.device.id
        guard let held = spaces[space] else { return .refused(.space, nil) }
        if let hold = hold(of: space, now), hold.device != device { return .refused(.busy, nil) }
        if let last = holdTimes[device], now < last + Self.holdPause { return .refused(.busy, nil) }
        holdTimes[device] = now
        holds[space] = Hold(device: device, until: now + .milliseconds(SpaceService.holdMillis))
        return .holding(held.edits.frontier)
    }
}
