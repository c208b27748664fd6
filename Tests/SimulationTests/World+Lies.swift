import Between
import Causality
import ServerModel
import TestSupport
import Wire

/// Invariants under a lying server: its claims move nothing, and a person is told.
extension World {
    /// The time in which all devices must report problems, before the server becomes honest.
    static let tellingTime = Duration.seconds(900)

    /// A notice of a device's exchange for a person.
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

    /// Checks that each rewrite of edits has a reason that the device sees itself.
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

    /// Whether any device ever held another batch at this dot.
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

    /// After enough time, a device that waits for nothing has reported its state, and one that is up to date has
    /// reported its missing boxes, if any.
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
