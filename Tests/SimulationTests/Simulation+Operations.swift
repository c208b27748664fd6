import SyncClient
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// Operations of people, disks and machines.
extension Simulation {
    mutating func operate() {
        guard operationsLeft > 0 else { return schedule(.heal, after: .zero) }
        operationsLeft -= 1
        schedule(.operation, after: draw(faults.pause))
        let device = ground.generator.pick(devices.indices)
        if hasThief, ground.generator.chance(0.1) {
            for _ in 0..<Int.random(in: 1...2, using: &ground.generator) { writeHostileRecord() }
            return
        }
        switch Double.random(in: 0..<1, using: &ground.generator) {
        case ..<0.50: write(device)
        case ..<0.55: wake(device)
        case ..<0.60: savedServers.append(server)
        case ..<0.65: goBack()
        case ..<0.70: savedReplicas.append(devices[device].replica)
        case ..<0.75: restore(device)
        case ..<0.79: copy(device)
        case ..<0.88: askForRecord(device)
        case ..<0.91: outage()
        case ..<0.94: if faults.has(.crash) { crash(device, isSilent: ground.generator.chance(0.3)) }
        case ..<0.96: if faults.has(.serverCrash) { crashServer() }
        case ..<0.965: writeHostileRecord()
        case ..<0.97: if faults.has(.cut), let link = devices[device].link { cutOff(link) }
        case ..<0.99: loseBoxes(device)
        default: devices[device].replica.openAll(ground)
        }
        if savedServers.count > 4 { savedServers.removeFirst() }
        if savedReplicas.count > 4 { savedReplicas.removeFirst() }
    }

    // MARK: Writing

    mutating func write(_ device: Int) {
        guard devices[device].replica.mayWrite else { return }
        for index in 0..<Int.random(in: 1...3, using: &ground.generator) { writeEdit(device, isFirst: index == 0) }
        // Another process may have written, whose wake-up may be late.
        if ground.generator.chance(0.9) { wake(device) } else { schedule(.wake(device), after: draw(.seconds(10))) }
    }

    private mutating func writeEdit(_ device: Int, isFirst: Bool) {
        let entry = ground.generator.pick(Self.entries)
        let continues = !isFirst && ground.generator.chance(0.3)
        let wall = Int(now.components.seconds) + (100 + devices[device].yearsOff) * 31_557_600
        tally.count(.write)
        let isRefusable = !mayForget(device, entry)
        if faults.has(.forget), ground.generator.chance(isRefusable ? 0.25 : 0.02) {
            return forget(device, entry, isRefusable: isRefusable, continuesGroup: continues)
        }
        // Entries that are forgotten here are not written to.
        guard !devices[device].replica.edits.forgotten.contains(entry) else { return }
        let isBad = faults.has(.refuse) && ground.generator.chance(0.05)
        let fields = Self.fields.shuffled(using: &ground.generator)
            .prefix(Int.random(in: 1...2, using: &ground.generator)).sorted()
        devices[device].replica.write(
            entry, fields, wall: wall, padding: isBad ? Self.boxLengthMax : 0, continuesGroup: continues, &ground)
    }

    /// A person wants an entry forgotten; without the right their own device refuses, unless it is hostile.
    private mutating func forget(_ device: Int, _ entry: EntryID, isRefusable: Bool, continuesGroup: Bool) {
        let isHostile = isRefusable && ground.generator.chance(faults.has(.refuse) ? 0.7 : 0.4)
        // A hostile one shows any proof that it found in a box.
        let isShown = !isHostile || ground.generator.chance(0.7)
        let proof = Self.names.first { $0.id == entry }?.proof
        // As if an edit in the same batch made the entry its own.
        if isHostile, ground.generator.chance(0.5) {
            devices[device].replica.write(
                entry, [Self.fields[0]], wall: 0, padding: 0, continuesGroup: continuesGroup, &ground)
        }
        let before = factsEverywhere()
        if !isRefusable { ground.truth.everForgotten.insert(entry) }
        let isWritten = devices[device].replica.forget(
            entry, showing: isShown ? proof : nil, isChecked: !isHostile, continuesGroup: continuesGroup, ground)
        if isRefusable { tally.count(isHostile ? .forgetWithoutRight : .forgetRefusedHere) }
        if !isRefusable, !isWritten { ground.violate("a device refused a forget that its person had the right to") }
        // It takes effect at once: boxes that were on no other disk are lost, whatever becomes of it.
        devices[device].replica.close()
        excuse(before)
        checkForgotten(devices[device].replica.edits, besides: devices[device].replica.overreached)
    }

    private func mayForget(_ device: Int, _ entry: EntryID) -> Bool {
        devices[device].number != Roster.guestDevice || entry == Self.entries[2]
            || devices[device].replica.log?.member(devices[device].replica.identity.id)?.role == .owner
    }

    mutating func wake(_ device: Int) { notify(device) { $0.woken(Roster.space) } }

    // MARK: Disks

    private mutating func goBack() {
        guard faults.has(.serverBack) else { return }
        if ground.generator.chance(0.25) {
            trace.add("\(Trace.short(now)) server emptied")
            tally.count(.serverEmptied)
            emptyServer()
        } else if !savedServers.isEmpty {
            trace.add("\(Trace.short(now)) server restored")
            tally.count(.serverRestored)
            var saved = ground.generator.pick(savedServers)
            saved.enrolled = server.enrolled
            serverGoesBack(to: saved)
        }
    }

    private mutating func restore(_ device: Int) {
        let number = devices[device].number
        let saved = savedReplicas.filter { $0.device == number }
        guard faults.has(.restore), !saved.isEmpty else { return }
        crash(device, isSilent: ground.generator.chance(0.5))
        let before = factsEverywhere()
        devices[device].replica = ground.generator.pick(saved)
        tally.count(.restored)
        noticeOrNot(device)
        excuse(before)
    }

    /// A disk was refilled without all boxes, or repaired: edits stay, and some boxes are lost.
    private mutating func loseBoxes(_ device: Int) {
        guard faults.has(.boxless) else { return }
        tally.count(.boxesLost)
        let before = factsEverywhere()
        if ground.generator.chance(0.3), var space = server.spaces[Roster.space] {
            trace.add("\(Trace.short(now)) server lost boxes")
            space.edits = space.edits.losing(&ground.generator)
            var stripped = server
            stripped.spaces[Roster.space] = space
            serverGoesBack(to: stripped)
        } else {
            trace.add("\(Trace.short(now)) d\(device) lost boxes")
            crash(device, isSilent: ground.generator.chance(0.5))
            devices[device].replica.close()
            // A live value that cannot be read any more counts as never read; replaced values were replaced
            // knowingly.
            let live = devices[device].replica.edits.liveFacts(ground.truth)
            devices[device].replica.edits = devices[device].replica.edits.losing(&ground.generator)
            devices[device].replica.read.subtract(live.subtracting(devices[device].replica.facts(ground.truth)))
            if ground.generator.chance(0.5) { write(device) }
        }
        excuse(before)
    }

    private mutating func copy(_ device: Int) {
        guard faults.has(.copy), devices.count < 6 else { return }
        tally.count(.copied)
        trace.add("\(Trace.short(now)) d\(device) copied to d\(devices.count)")
        addDevice(devices[device].replica)
        devices[devices.count - 1].replica.request = nil
        noticeOrNot(devices.count - 1)
    }

    private mutating func noticeOrNot(_ device: Int) {
        let isNoticed = !(faults.has(.unnoticed) && ground.generator.chance(0.5))
        trace.add("\(Trace.short(now)) d\(device) goes back, \(isNoticed ? "noticed" : "unnoticed")")
        if isNoticed { devices[device].replica.incarnate(&ground) } else { tally.count(.unnoticed) }
    }

    private mutating func outage() {
        guard faults.has(.outage) else { return }
        tally.count(.outage)
        for link in links.keys.sorted() where links[link]?.conversation != nil {
            if ground.generator.chance(0.5) { cutOff(link) } else { links[link]?.toClient.isDead = true }
        }
    }

    // MARK: Membership

    private mutating func askForRecord(_ device: Int) {
        let replica = devices[device].replica
        guard let log = replica.log, replica.mayWrite, replica.request == nil, devices[device].machine != nil
        else { return }
        let isOwner = replica.log?.member(replica.identity.id)?.role == .owner
        switch Double.random(in: 0..<1, using: &ground.generator) {
        case ..<0.4 where faults.has(.removal) && isOwner:
            // The founder stays, and so does the author.
            let others = log.members.compactMap { member in
                Roster.devices.firstIndex { $0.identity.id == member.device.id }
            }.filter { $0 != 0 && $0 != devices[device].number }
            guard !others.isEmpty else { return }
            let first = ground.generator.pick(others)
            let second = ground.generator.chance(0.2) ? ground.generator.pick(others) : first
            ask(device, .remove(Set([first, second]).sorted()), endsEpoch: true)
        case ..<0.7 where faults.has(.epoch) && isOwner: ask(device, .rotate(from: log.epoch), endsEpoch: true)
        case 0.7... where faults.has(.newcomer) && devices[device].number != Roster.guestDevice && devices.count < 6:
            let fresh = (1..<Roster.guestDevice).filter { number in
                !devices.contains { $0.number == number }
                    && log.record(adding: Roster.devices[number].identity.id) == nil
            }
            guard let number = fresh.first else { return }
            ask(device, .add(number), endsEpoch: false)
            if ground.generator.chance(0.7) { addNewcomer(number) }
        default: break
        }
    }

    mutating func ask(_ device: Int, _ request: ModelReplica.Request, endsEpoch: Bool) {
        trace.add("\(Trace.short(now)) d\(device) is asked to \(request)")
        tally.count(.recordWanted)
        devices[device].replica.request = request
        notify(device) { $0.recordWanted(in: Roster.space, endsEpoch: endsEpoch) }
    }

    /// A new machine; it may connect before its record is in the log.
    private mutating func addNewcomer(_ number: Int) {
        tally.count(.newcomer)
        let identity = Roster.devices[number].identity
        if ground.generator.chance(0.5) { server.enrolled[identity.id] = identity }
        addDevice(
            ModelReplica(
                number, log: nil, edits: EditLog(space: Roster.space.bytes, testHash), checks: server.checks, &ground))
    }

    // MARK: The end

    /// The faults stop. Their effects go on.
    mutating func heal() {
        trace.add("\(Trace.short(now)) the faults stop")
        isHealing = true
        lastArrival = max(lastArrival, now)
        faults = Faults()
        if deceives != nil || hasTakenAnything {
            // Only the comparison at the beginning of a connection finds what a server dropped.
            deceives = nil
            for link in links.keys.sorted() { cutOff(link) }
        }
        ground.misfortune = 0
        isServerUp = true
        for device in devices.indices {
            devices[device].replica.openAll(ground)
            start(device)
            // It held back what it owes, since a backup might have known a longer log.
            if let link = devices[device].link, owes(devices[device].replica) { cutOff(link) }
        }
    }

    /// All values on any disk.
    func factsEverywhere() -> Set<Fact> {
        var facts = Set<Fact>()
        for device in devices { facts.formUnion(device.replica.facts(ground.truth)) }
        if let space = server.spaces[Roster.space] {
            facts.formUnion(ground.truth.facts(of: space.edits.batches))
            facts.formUnion(ground.truth.facts(of: space.quarantined.map(\.batch)))
        }
        return facts
    }

    /// Values that a restored disk lost, and that are nowhere else, do not count as lost.
    mutating func excuse(_ before: Set<Fact>) {
        ground.truth.gone.formUnion(before.subtracting(factsEverywhere()))
    }
}

extension EditLog {
    /// The live values whose boxes are held.
    func liveFacts(_ truth: Truth) -> Set<Fact> {
        var facts: Set<Fact> = []
        for (entry, registers) in registers {
            for (field, register) in registers {
                let said = register.live.compactMap { edit($0.dot) }.flatMap(truth.facts)
                facts.formUnion(said.filter { $0.entry == entry && $0.field == field })
            }
        }
        return facts
    }

    /// The same edits, some without their boxes.
    func losing(_ generator: inout SeededGenerator) -> EditLog {
        var log = EditLog(space: Roster.space.bytes, testHash)
        log.setUnopened(unopened)
        for var batch in batches {
            for index in batch.edits.indices where generator.chance(0.5) { batch.edits[index].box = nil }
            do { try log.take(batch) } catch { preconditionFailure("a batch that was held: \(error)") }
        }
        log.setUnopened(unopened.filter { log.edit($0)?.box != nil })
        return log
    }
}

// MARK: - Hostile

/// Records that nobody's own device wrote: by a thief who has a device's keys, through an honest server, or through one
/// that takes whatever it is given and quarantines what is late by it.
extension Simulation {
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
            hasTakenAnything = true
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
                cut.advance(to: Tip(Dot(end.dot.replica, n), hash))
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
            for quarantined in replica.quarantined where quarantined.code == .late {
                guard
                    replica.signingKey(of: quarantined.dot.replica).map({ space.log.member(signingKey: $0) != nil })
                        ?? false
                else { continue }
                ground.violate("an owner's device quarantined \(quarantined.dot) as late")
            }
        }
    }
}

extension Frontier {
    fileprivate init(raisedAt n: Int) {
        self.init()
        advance(to: Tip(Dot(ReplicaID(bits: 1), n), testHash([1])))
    }
}
