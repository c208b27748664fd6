import Between
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// Records that nobody's own device wrote: by a thief who has a device's keys, through an honest server, or through one
/// that takes whatever it is given and sets aside what is late by it.
extension World {
    mutating func writeHostileRecord() {
        guard faults.has(.hostile) || hasThief, isServerUp, let space = server.spaces[Roster.space],
            isLongest(space.log),
            let drawn = devices.map(\.number).filter({ space.log.isCurrentMember(Roster.devices[$0].identity.id) })
                .randomElement(using: &ground.generator)
        else { return }
        // A person who is no owner, where there is one, has most to gain.
        let guest = Roster.devices[Roster.guestDevice].identity.id
        let author = space.log.isCurrentMember(guest) && ground.generator.chance(0.7) ? Roster.guestDevice : drawn
        let id = Roster.devices[author].identity.id
        let isLying = ground.generator.chance(0.5)
        let cut = hostileCut(space.edits.frontier)
        let record = hostileRecord(space.log, by: author, cut: cut)
        tally.count(isLying ? .hostileRecordAtLiar : .hostileRecord)
        trace.add("\(Trace.short(now)) the keys of \(author) are used for \(Self.kind(record)), lying: \(isLying)")
        guard !isLying else {
            guard case .success(let log) = server.checks.extend(space.log, record.bytes) else { return }
            let before = factsEverywhere()
            server.spaces[Roster.space]?.log = log
            server.settle(Roster.space, head: log.head)
            // What stood on no disk but the liar's is gone with it.
            excuse(before)
            return publish(.moved, except: nil)
        }
        // As over a connection of its own; it holds the space if it wants to.
        let held = ground.generator.chance(0.5) && record.beginning?.cut == space.edits.frontier
        let count = space.edits.batches.count
        let answer = server.answer(
            .append(Roster.space, record.linked, cut: held ? space.edits.frontier : nil), to: id, now: now)
        if let now = server.spaces[Roster.space], now.edits.batches.count < count {
            ground.violate("a record took edits from an honest server")
        }
        if case .appended(_, isNew: true) = answer { publish(.moved, except: nil) }
    }

    private static func kind(_ record: MembershipRecord) -> String {
        switch record.content {
        case .remove(let devices, _):
            "remove of \(devices.map { id in Roster.devices.firstIndex { $0.identity.id == id } ?? -1 })"
        case .rotate: "rotate"
        case .raise: "raise"
        case .leave: "leave"
        case .genesis, .add, .unknown: "another"
        }
    }

    private mutating func hostileCut(_ frontier: Frontier) -> Frontier {
        switch Int.random(in: 0..<4, using: &ground.generator) {
        case 0: return Frontier()
        case 1: return frontier
        default:
            var cut = Frontier()
            for end in frontier.ends where ground.generator.chance(0.7) {
                let n = max(1, end.dot.n + Int.random(in: -3...3, using: &ground.generator))
                let hash = n == end.dot.n && ground.generator.chance(0.5) ? end.hash : testHash([UInt8(n & 255)])
                cut.advance(to: LineEnd(Dot(end.dot.replica, n), hash))
            }
            return cut
        }
    }

    private mutating func hostileRecord(_ log: MembershipLog, by author: Int, cut: Frontier) -> MembershipRecord {
        let device = Roster.devices[author]
        let id = device.identity.id
        let isUneven = (hasThief || !faults.has(.newcomer)) && ground.generator.chance(0.3)
        let isGood = ground.generator.chance(hasThief ? 0.5 : 0.3)
        var generator = ground.generator
        func wrap(_: Hash256, _: DeviceIdentity) -> [UInt8] {
            (isUneven ? generator.chance(0.5) : isGood) ? Roster.wrap : Roster.noWrap
        }
        defer { ground.generator = generator }
        let before: [UInt8]
        if hasThief {
            let target = generator.pick(log.epochs.suffix(4)).name
            before =
                generator.chance(0.6)
                ? Roster.before(target) : generator.chance(0.5) ? Roster.falseBefore(target) : Roster.noBefore
        } else {
            before = generator.chance(0.3) ? Roster.before(generator.pick(log.epochs).name) : Roster.noBefore
        }
        let others = log.members.map(\.device.id).filter { other in
            other != id && other != Roster.devices[0].identity.id
        }
        switch Int.random(in: 0..<10, using: &generator) {
        case ..<7 where author == Roster.guestDevice:
            // Its own, as a member could once.
            return MembershipRecord.remove(
                [id], from: log, cut: cut, before: before, by: id, wrapping: wrap, signing: device.sign)
        case ..<4:
            return MembershipRecord.rotate(
                log, cut: cut, before: before, by: id, wrapping: wrap, signing: device.sign)
        case ..<7 where !others.isEmpty:
            return MembershipRecord.remove(
                [generator.pick(others)], from: log, cut: cut, before: before, by: id, wrapping: wrap,
                signing: device.sign)
        case ..<8 where author != 0:
            return MembershipRecord.remove(
                [id], from: log, cut: cut, before: before, by: id, wrapping: wrap, signing: device.sign)
        case ..<9 where author != 0: return MembershipRecord.leave([id], of: log, by: id, signing: device.sign)
        default:
            return MembershipRecord.raise(
                cut.ends.isEmpty ? Frontier(raisedAt: 1) : cut, in: log, by: id, signing: device.sign)
        }
    }

    /// A log that forked is for a person to settle.
    private func isLongest(_ log: MembershipLog) -> Bool {
        let logs =
            devices.map(\.replica.log) + savedReplicas.map(\.log) + savedServers.map { $0.spaces[Roster.space]?.log }
        return logs.allSatisfy { ($0?.records.count ?? 0) <= log.records.count }
    }

    /// Whoever runs the server was told that it holds what would be late, and lets the devices' log stand.
    mutating func settleAsAdministrator(_ device: Int) {
        guard let head = devices[device].replica.log?.head else { return }
        trace.add("\(Trace.short(now)) the administrator settles")
        tally.count(.settled)
        let before = factsEverywhere()
        server.settle(Roster.space, head: head)
        excuse(before)
        // As the daemon does: who is connected compares everything anew.
        for link in links.keys.sorted() where links[link]?.conversation != nil {
            links[link]?.conversation = nil
            cutOff(link)
        }
    }

    /// What no record may have done.
    mutating func checkRecords(_ space: ModelServer.Space) {
        for record in space.log.records where record.beginning != nil {
            guard let previous = record.previous, space.log.member(record.author, at: previous)?.role != .owner else {
                continue
            }
            ground.violate("an epoch was begun by who is no owner")
        }
        for device in devices where !device.isAway && space.log.isCurrentMember(device.replica.identity.id) {
            let replica = device.replica
            if !replica.mayWrite { ground.violate("device \(replica.device) cannot write") }
            guard !knowsLongerLog(than: replica) else { continue }
            if replica.owesEpoch || replica.owedRaise != nil {
                ground.violate("device \(replica.device) owes a record")
            }
            // A member who alone was given noise goes on under the key before; nobody else can see that.
            if replica.isOwner, !replica.opensNewest { ground.violate("device \(replica.device) lacks the newest key") }
            guard replica.isOwner else { continue }
            for aside in replica.setAside where aside.code == .late {
                guard
                    replica.signingKey(of: aside.dot.replica).map({ space.log.member(signingKey: $0) != nil }) ?? false
                else { continue }
                ground.violate("an owner's device set \(aside.dot) aside as late")
            }
        }
    }
}

extension Frontier {
    fileprivate init(raisedAt n: Int) {
        self.init()
        advance(to: LineEnd(Dot(ReplicaID(bits: 1), n), testHash([1])))
    }
}
