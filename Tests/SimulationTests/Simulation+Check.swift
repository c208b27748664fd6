import SyncClient
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// What must hold at the end, worked out from what was written and from nothing that the code under test keeps.
extension Simulation {
    var logAtEnd: MembershipLog? { server.spaces[Roster.space]?.log }

    private func isMember(_ device: Device) -> Bool { logAtEnd?.isCurrentMember(device.replica.identity.id) ?? false }

    private func isRemoved(_ device: Device) -> Bool { logAtEnd?.wasRemoved(device.replica.identity.id) ?? false }

    /// Whether nobody waits for anything, as far as the machines say.
    var isQuiet: Bool {
        guard isServerUp else { return false }
        return devices.filter { !$0.isAway }.allSatisfy { device in
            if isRemoved(device) { return device.lastCode == .removed }
            // Who is not of the space any more since all went back who knew of it, or was not added yet, waits for a
            // person.
            guard isMember(device) else { return device.replica.log == nil || device.lastCode == .device }
            guard !waitsForAPerson(device.replica) else { return true }
            guard device.isUpToDate, let link = device.link, case .talking(let talk, _) = device.machine?.state,
                let exchange = talk.spaces[Roster.space], exchange.phase == .live, !exchange.isWaiting,
                exchange.recordInHand == .none,
                let service = links[link]?.conversation?.spaces[Roster.space], !service.isWaiting
            else { return false }
            return true
        } && hasConverged && areBoxesWhereTheyCanBe
    }

    /// An owner's device, if the newest key does not open for a member who is no owner, and so begins no epoch
    /// themselves.
    var ownerForAMember: Int? {
        let here = devices.indices.filter { !devices[$0].isAway && isMember(devices[$0]) }
        guard here.contains(where: { !devices[$0].replica.isOwner && !devices[$0].replica.opensNewest }) else {
            return nil
        }
        return here.first { devices[$0].replica.isOwner && !waitsForAPerson(devices[$0].replica) }
    }

    /// Whether no live value lacks its box at a device where the server has it, nor any edit at the server where a
    /// device has it.
    private var areBoxesWhereTheyCanBe: Bool {
        guard let space = server.spaces[Roster.space] else { return false }
        let replicas = devices.filter { !$0.isAway && isMember($0) }.map(\.replica)
        return replicas.allSatisfy { $0.missingBoxes.allSatisfy { space.edits.edit($0)?.box == nil } }
            && space.missingBoxes([]).allSatisfy { dot in
                replicas.allSatisfy { $0.edits.edit(dot)?.box == nil }
            }
    }

    func owes(_ replica: ModelReplica) -> Bool {
        (replica.owesEpoch || replica.owedRaise != nil) && ground.bug != .neverRaises
    }

    /// Whether a record is owed that would fork the log: who holds the longer one is not of the space any more.
    private func waitsForAPerson(_ replica: ModelReplica) -> Bool { owes(replica) && knowsLongerLog(than: replica) }

    private var hasConverged: Bool {
        guard let space = server.spaces[Roster.space] else { return false }
        return devices.filter { !$0.isAway && isMember($0) && !waitsForAPerson($0.replica) }.allSatisfy {
            $0.replica.log == space.log && $0.replica.edits.frontier == space.edits.frontier && !owes($0.replica)
        }
    }

    mutating func violateStuck() {
        let states = devices.map { device -> String in
            let role = isRemoved(device) ? "removed" : isMember(device) ? "member" : "stranger"
            guard case .talking(let talk, _) = device.machine?.state, let exchange = talk.spaces[Roster.space] else {
                return "\(role), offline (\(device.lastCode.map { "\($0)" } ?? "no code"))"
            }
            return "\(role), \(exchange.phase), waiting: \(exchange.isWaiting), record \(exchange.recordInHand), "
                + "up to date: \(device.isUpToDate), log \(device.replica.end.count), "
                + "equal: \(device.replica.edits.frontier == server.spaces[Roster.space]?.edits.frontier), "
                + "missing: \(device.replica.missingBoxes)"
        }
        let length = logAtEnd?.records.count ?? 0
        let pending = pending
        let missing = server.spaces[Roster.space]?.missingBoxes([]) ?? []
        ground.violate("stuck, pending \(pending), server log \(length), missing \(missing): \(states)")
    }

    mutating func check() {
        guard let space = server.spaces[Roster.space] else { return ground.violate("the server is empty") }
        let members = devices.filter { !$0.isAway && isMember($0) && !waitsForAPerson($0.replica) }
        let replicas = members.map(\.replica)
        for replica in replicas {
            let isEqual =
                replica.edits.registers == space.edits.registers || isShutByWhoWent(replica, members: replicas)
            if !isEqual || replica.edits.forgotten != space.edits.forgotten {
                let difference = Self.difference(replica.edits, space.edits)
                ground.violate("device \(replica.device) and the server differ: \(difference)")
            }
            if !replica.serverHeld.covers(replica.edits.frontier.clock) { ground.violate("something seems to wait") }
        }
        checkForgotten(space.edits)
        checkLive(space.edits)
        for (dot, edit) in space.edits.batches.flatMap(\.dotted)
        where edit.box == nil && !space.edits.forgotten.contains(edit.header.entry) {
            guard replicas.contains(where: { $0.edits.edit(dot)?.box != nil }) else { continue }
            ground.violate("the server lacks a box that a device has: \(dot)")
        }
        let logs = replicas.map(\.edits) + [space.edits]
        for log in logs {
            for dot in log.liveDots where log.edit(dot)?.box == nil {
                guard logs.contains(where: { $0.edit(dot)?.box != nil }) else { continue }
                ground.violate("a live value without its box: \(dot)")
            }
        }
        checkFacts(space, replicas)
        checkRecords(space)
    }

    /// Whether all that does not open here was written by devices that went, under keys that a thief handed to them and
    /// to nobody who is left: `docs/threats.md` names it among what is not defended.
    private func isShutByWhoWent(_ replica: ModelReplica, members: [ModelReplica]) -> Bool {
        let signers = Set(members.map(\.identity.signingKey))
        return !replica.edits.unopened.isEmpty
            && replica.edits.unopened.allSatisfy { dot in
                guard let key = replica.signingKey(of: dot.replica), !signers.contains(key) else { return false }
                return members.allSatisfy { $0.isShut(dot) }
            }
    }

    /// Where a device and the server hold other values, with the device's first.
    private static func difference(_ device: EditLog, _ server: EditLog) -> String {
        var found = device.unopened.isEmpty ? [] : ["\(device.unopened.count) edits do not open"]
        for (index, entry) in entries.enumerated() {
            let forgotten = [device, server].map { $0.forgotten.contains(entry) }
            if forgotten[0] != forgotten[1] { found.append("entry \(index) forgotten: \(forgotten)") }
            for (number, field) in fields.enumerated() {
                let live = [device, server].map { $0.registers[entry]?[field] }
                guard live[0] != live[1] else { continue }
                found.append("entry \(index) field \(number): \(live.map { $0?.live.map(\.dot) ?? [] })")
            }
        }
        return found.joined(separator: "; ")
    }

    /// Nobody holds an entry for forgotten that nobody had the right to forget; but who skipped the check scrubs his
    /// own disk.
    mutating func checkForgotten(_ edits: EditLog, besides own: Set<EntryID> = []) {
        guard let entry = edits.forgotten.subtracting(ground.truth.everForgotten).subtracting(own).first else { return }
        ground.violate("forgotten without right: the entry of \(Self.entries.firstIndex(of: entry) ?? -1)")
    }

    /// Live values once more, plainly: what no edit of the field had seen.
    private mutating func checkLive(_ edits: EditLog) {
        var clocks: [Dot: [ReplicaID: Int]] = [:]
        var feeds: [ReplicaID: [ReplicaID: Int]] = [:]
        var all: [(dot: Dot, edit: Edit, seen: [ReplicaID: Int])] = []
        for batch in edits.batches {
            var seen = feeds[batch.header.replica] ?? [:]
            for row in batch.header.seen { seen[row.dot.replica] = row.dot.n }
            feeds[batch.header.replica] = seen
            for (dot, edit) in batch.dotted {
                clocks[dot] = seen
                all.append((dot, edit, seen))
            }
        }
        for entry in Self.entries {
            for field in Self.fields {
                let setting = all.filter { $0.edit.header.entry == entry && $0.edit.header.tokens.contains(field) }
                let live = setting.filter { old in
                    !setting.contains { new in
                        let isBefore =
                            new.dot.replica == old.dot.replica
                            ? old.dot.n < new.dot.n : old.dot.n <= new.seen[old.dot.replica] ?? 0
                        return isBefore
                            && !new.edit.header.unread.contains { $0.replica == old.dot.replica && $0.n <= old.dot.n }
                    }
                }
                let shown = edits.registers[entry]?[field]?.live.map(\.dot) ?? []
                if live.map(\.dot).sorted() != shown { ground.violate("the live values of a field are others") }
            }
        }
    }

    private mutating func checkFacts(_ space: ModelServer.Space, _ members: [ModelReplica]) {
        let truth = ground.truth
        let held = truth.said(in: space.edits.batches)
        var quarantined = truth.facts(of: space.quarantined.map(\.batch))
        for device in devices { quarantined.formUnion(device.replica.quarantined.flatMap { truth.facts($0.edit) }) }
        // A removed device keeps what it could not send any more, and one that waits what it cannot send yet.
        for device in devices where device.isAway || !isMember(device) || waitsForAPerson(device.replica) {
            quarantined.formUnion(device.replica.facts(truth))
        }
        let shown = space.edits.liveFacts(truth)
        for fact in truth.past.keys where !space.edits.forgotten.contains(fact.entry) {
            let successors = held.filter { $0.entry == fact.entry && $0.field == fact.field && $0 != fact }
            let isOver = successors.contains { truth.past[$0]?.contains(fact) ?? false }
            if !shown.contains(fact), !isOver, !quarantined.contains(fact), !truth.gone.contains(fact) {
                return ground.violate("lost: \(fact)")
            }
            guard shown.contains(fact) else { continue }
            // What was written again, perhaps by two copies of a device, or was quarantined and brought by its
            // author, may stand beside its successor; nothing else.
            for next in successors where truth.claimed[next]?.contains(fact) ?? false {
                guard truth.moved.contains(fact) else {
                    return ground.violate("brought back: \(fact), by whose place is \(next)")
                }
            }
        }
    }
}

// MARK: - Lies

/// Invariants under a lying server: its claims move nothing, and a person is told.
extension Simulation {
    /// The time in which all devices must report problems, before the server becomes honest.
    static let tellingTime = Duration.seconds(900)

    /// A notice of a device's exchange for a person.
    mutating func note(_ notice: SyncNotice, _ device: Int) {
        if trace.isOn { told.append((device, notice)) }
        switch notice {
        case .upToDate, .unsettled, .unproved, .spaceStopped: devices[device].isTold = true
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
        guard case .rebase(let roots, _, let dropping) = question else { return }
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
        guard let ours = edits.batches.first(where: { $0.header.firstDot == root })?.tip(testHash) else {
            return true
        }
        let others =
            ([server] + savedServers).compactMap { $0.spaces[Roster.space]?.edits } + devices.map(\.replica.edits)
            + savedReplicas.map(\.edits)
        return others.contains { other in
            other.batches.contains { $0.header.firstDot == root && $0.tip(testHash) != ours }
        }
    }

    /// After enough time, a device that waits for nothing has reported its state, and one that is up to date has
    /// reported its missing boxes, if any.
    mutating func checkTold() {
        for (index, device) in devices.enumerated() where !device.isAway {
            guard case .talking(let talk, _) = device.machine?.state, let exchange = talk.spaces[Roster.space],
                exchange.phase == .live, !exchange.isWaiting
            else { continue }
            if !device.isTold { ground.violate("device \(index) is not up to date, and says nothing") }
            if device.isUpToDate, device.toldMissing == 0, !device.replica.missingBoxes.isEmpty {
                ground.violate("device \(index) says nothing of contents that it lacks")
            }
        }
    }
}
