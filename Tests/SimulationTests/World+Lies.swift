import Between
import Causality
import ServerModel
import TestSupport
import Wire

/// A server that lies, and what must hold all the same: its word moves nothing, and a person is told.
extension World {
    /// How long everybody has to say what is wrong, before honesty returns.
    static let tellingTime = Duration.seconds(900)

    /// What a device says of its exchange, for a person.
    mutating func note(_ notice: SyncNotice, _ device: Int) {
        if trace.isOn { told.append((device, notice)) }
        switch notice {
        case .inStep, .unsettled, .unproved, .spaceStopped: devices[device].isTold = true
        case .missing(let count): devices[device].toldMissing = count
        default: break
        }
        if isJudged, notice == .spaceStopped(.removed), !devices[device].replica.isRemoved {
            ground.violate("device \(device) believed without a record that it was removed")
        }
        if case .unproved(let code) = notice { devices[device].lastCode = code }
    }

    /// Looks at what a device is about to write again: each for a reason that it sees itself.
    mutating func checkRewriting(_ question: ReplicaQuestion, _ device: Int) {
        guard case .transplant(let roots, _, let dropping) = question else { return }
        devices[device].rewritings += 1
        guard isJudged else { return }
        if devices[device].rewritings > 1 { ground.violate("device \(device) wrote again twice in one conversation") }
        let replica = devices[device].replica
        for dot in dropping where !replica.judges(dot, .tooLarge) && !replica.judges(dot, .rights) {
            ground.violate("a server's word took \(dot) out of view")
        }
        guard dropping.isEmpty else { return }
        for root in roots where !isForkedSomewhere(root, replica.edits) {
            ground.violate("written again without a fork at \(root)")
        }
    }

    /// Whether anybody ever held another batch where this one holds a dot.
    private func isForkedSomewhere(_ root: Dot, _ edits: EditLog) -> Bool {
        guard let ours = edits.batches.first(where: { $0.header.firstDot == root })?.lineEnd(testHash) else {
            return true
        }
        let others =
            ([server] + savedServers).compactMap { $0.spaces[Roster.space]?.edits } + devices.map(\.replica.edits)
            + savedReplicas.map(\.edits)
        return others.contains { other in
            other.batches.contains { $0.header.firstDot == root && $0.lineEnd(testHash) != ours }
        }
    }

    /// Everybody had time to tell: who neither waits nor is in step has said so, and who is in step has what it shows.
    mutating func checkTold() {
        for (index, device) in devices.enumerated() where !device.isAway {
            guard case .talking(let talk, _) = device.machine?.state, let exchange = talk.spaces[Roster.space],
                exchange.phase == .live, !exchange.isWaiting
            else { continue }
            if !device.isTold { ground.violate("device \(index) is not in step, and says nothing") }
            if device.isInStep, device.toldMissing == 0, !device.replica.lackingBoxes.isEmpty {
                ground.violate("device \(index) says nothing of contents that it lacks")
            }
        }
    }
}
