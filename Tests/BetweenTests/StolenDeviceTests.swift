import SyncClient
import Between
import Causality
import Membership
import Records
import ReplicaStore
import Sealing
import TestSupport
import Testing
import Wire

/// Two honest devices, and one whose keys were stolen.
private struct Household {
    let one: ReplicaFixture
    let two: ReplicaFixture
    let thief: ReplicaFixture
    var server: PlainServer

    init(thief person: PersonID? = nil, role: Role = .owner) async throws {
        one = try await ReplicaFixture()
        two = try await ReplicaFixture(invitedBy: one)
        thief = try await ReplicaFixture(invitedBy: one, person: person, role: role)
        server = PlainServer(one.replica.space)
        _ = try await one.journal.add(Note("laptop"))
        _ = try await two.journal.add(Note("phone"))
        _ = try await thief.journal.add(Note("tablet"))
        for fixture in [one, two, thief, one, two] { try await server.exchange(fixture) }
    }

    static let all: Set<String?> = ["laptop", "phone", "tablet"]

    func bodies(_ fixture: ReplicaFixture) async throws -> Set<String?> {
        Set(try await fixture.journal.entries().map { $0.text("body") })
    }

    /// A record signed by the thief whose wraps and `before` are noise.
    func rotation(cut: Frontier = Frontier()) throws -> LinkedRecord {
        let log = try server.log()
        let record = MembershipRecord.rotate(
            log, cut: cut, before: [UInt8](repeating: 1, count: log.suite.beforeByteCount),
            by: thief.keys.identity.id,
            wrapping: { _, _ in [UInt8](repeating: 1, count: log.suite.wrapByteCount) },
            signing: thief.keys.signature(of:))
        return LinkedRecord(previous: record.previous, bytes: record.bytes)
    }

    /// A record signed by the thief with valid keys for all devices but one.
    func rotation(sparing fixture: ReplicaFixture) throws -> LinkedRecord {
        let log = try server.log()
        var generator = SystemRandomNumberGenerator()
        let good = try log.rotating(cut: server.edits.frontier, by: thief.keys, using: &generator)
        let beginning = try #require(good.beginning)
        let wraps = Dictionary(uniqueKeysWithValues: beginning.wraps.map { ($0.device, $0.sealed) })
        let noise = [UInt8](repeating: 1, count: log.suite.wrapByteCount)
        let record = MembershipRecord.rotate(
            log, cut: beginning.cut, before: beginning.before, by: thief.keys.identity.id,
            wrapping: { _, device in
                device.id == fixture.keys.identity.id ? noise : wraps[device.id] ?? noise
            }, signing: thief.keys.signature(of:))
        return LinkedRecord(previous: record.previous, bytes: record.bytes)
    }

    /// A record by the thief's keys that begins an epoch with this secret.
    ///
    /// - Parameters:
    ///   - target: the epoch that `before` leads to, and its key.
    ///   - isGood: whether a device is given the secret, or noise.
    func rotation(
        _ secret: [UInt8], leadingTo target: (epoch: Int, key: [UInt8]), isGood: (DeviceID) -> Bool
    ) throws -> LinkedRecord {
        let log = try server.log()
        var generator = SystemRandomNumberGenerator()
        let before = KeyBridge(
            suite: log.suite, space: log.space, ending: log.epochs[target.epoch].name, previous: log.head
        ).seal(target.key, under: Array(secret.prefix(32)), using: &generator)
        let record = try MembershipRecord.rotate(
            log, cut: server.edits.frontier, before: before, by: thief.keys.identity.id,
            wrapping: { epoch, device in
                guard isGood(device.id) else { return [UInt8](repeating: 1, count: log.suite.wrapByteCount) }
                return try WrapPlace(
                    suite: log.suite, space: log.space, epoch: epoch, recipient: device, previous: log.head
                ).wrap(secret)
            }, signing: thief.keys.signature(of:))
        return LinkedRecord(previous: record.previous, bytes: record.bytes)
    }

    /// The key of an epoch, as the thief has it.
    func stolenKey(of epoch: Int) throws -> [UInt8] {
        let log = try server.log()
        return try #require(SpaceKeyChain(of: log, openedBy: thief.keys).handedOn(log.epochs[epoch].name))
    }

    func removal(of devices: [DeviceID], cut: Frontier = Frontier()) throws -> LinkedRecord {
        let log = try server.log()
        let record = MembershipRecord.remove(
            devices, from: log, cut: cut, before: [UInt8](repeating: 1, count: log.suite.beforeByteCount),
            by: thief.keys.identity.id,
            wrapping: { _, _ in [UInt8](repeating: 1, count: log.suite.wrapByteCount) },
            signing: thief.keys.signature(of:))
        return LinkedRecord(previous: record.previous, bytes: record.bytes)
    }

    /// Honest devices go on writing, get everything from each other, and remove the thief; a new device then gets all
    /// of it too.
    mutating func goOn(with all: Set<String?> = Household.all) async throws {
        _ = try await one.journal.add(Note("after, offline"))
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        let after = all.union(["after, offline"])
        for fixture in [one, two] {
            #expect(try await bodies(fixture) == after)
            #expect(try await fixture.journal.status().missesNewestKey == false)
        }
        _ = try await two.journal.add(Note("after, up to date"))
        for fixture in [two, one] { try await server.exchange(fixture) }
        #expect(try await bodies(one) == after.union(["after, up to date"]))
        let record = try await one.remove([thief.keys.identity.id])
        try server.append(record)
        for fixture in [one, two] { try await server.exchange(fixture) }
        #expect(try await two.log().wasRemoved(thief.keys.identity.id))
        let newcomer = try await ReplicaFixture(invitedBy: one)
        for fixture in [one, two, newcomer] { try await server.exchange(fixture) }
        #expect(try await newcomer.export() == one.export())
        #expect(try await two.export() == one.export())
        #expect(try await bodies(newcomer) == after.union(["after, up to date"]))
    }
}

/// One record signed with the keys of a stolen owner's device.
@Suite struct StolenDeviceTests {
    /// Keys that nobody has, and an empty cut: this once emptied every device for ever.
    @Test func aRotationTakesNothing() async throws {
        var house = try await Household()
        let record = try house.rotation()
        #expect(try house.server.offer(record), "it removes nobody, so nothing is late by it")
        for fixture in [house.one, house.two] {
            try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
            #expect(try await house.bodies(fixture) == Household.all)
            #expect(try await fixture.journal.status().missesNewestKey)
            #expect(try await fixture.journal.status().quarantined == 0)
        }
        try await house.goOn()
    }

    @Test func aRotationTakesEverythingWithoutTheDefences() async throws {
        var house = try await Household()
        let record = try house.rotation()
        try await Defence.$down.withValue([.keepsStayersEdits, .repairsEpochs, .comparesCuts]) {
            #expect(try house.server.offer(record))
            try await house.one.ask(.extendLog(previous: record.previous, record: record.bytes))
            #expect(try await house.bodies(house.one) == [])
            await #expect(throws: JournalError.self) { try await house.one.journal.add(Note("more")) }
            let log = try await house.one.log()
            let end = try #require(LogEnd(count: log.records.count, head: log.head))
            #expect(try await house.one.ask(.relation(end)) == .relation(.equal), "and nobody mends it")
        }
    }

    /// Repeatedly, also while a device writes: each time an owner's device rotates to a valid key.
    @Test func manyRotationsTakeNothing() async throws {
        var house = try await Household()
        for _ in 0..<3 {
            #expect(try house.server.offer(try house.rotation(cut: house.server.edits.frontier)))
            _ = try await house.one.journal.add(Note("between"))
            try await house.server.exchange(house.two)
        }
        try await house.goOn(with: Household.all.union(["between"]))
    }

    /// A removed device, such as a broken phone, with a cut that leaves out its edits.
    @Test(arguments: [false, true])
    func aRemovalTakesNothing(_ isLying: Bool) async throws {
        var house = try await Household()
        let old = try await ReplicaFixture(invitedBy: house.one)
        _ = try await old.journal.add(Note("old phone"))
        for fixture in [house.one, old, house.two, house.one] { try await house.server.exchange(fixture) }
        let all = Household.all.union(["old phone"])
        let record = try house.removal(of: [old.keys.identity.id])
        guard isLying else {
            #expect(try !house.server.offer(record), "an honest server takes no such cut")
            return try await house.goOn(with: all)
        }
        try house.server.append(record)
        for fixture in [house.one, house.two] {
            try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
            #expect(try await house.bodies(fixture) == all)
        }
        #expect(house.server.edits.frontier.ends.allSatisfy { $0.dot.n > 0 })
        try await house.goOn(with: all)
        // The removed device reads and exports everything that it had.
        try await old.ask(.extendLog(previous: record.previous, record: record.bytes))
        #expect(try await house.bodies(old) == all)
        await #expect(throws: JournalError.self) { try await old.journal.add(Note("more")) }
    }

    @Test func aRemovalTakesEverythingOfADeviceWithoutTheDefences() async throws {
        var house = try await Household()
        let record = try house.removal(of: [house.two.keys.identity.id])
        try await Defence.$down.withValue([.keepsStayersEdits, .repairsEpochs, .comparesCuts]) {
            #expect(try house.server.offer(record))
            try await house.one.ask(.extendLog(previous: record.previous, record: record.bytes))
            #expect(try await house.bodies(house.one) == [])
        }
    }
}

extension StolenDeviceTests {
    /// Valid keys for all but a member, who is no owner and so cannot rotate.
    @Test func aMemberWhoAloneIsGivenNoiseReadsAllOnceTheThiefIsGone() async throws {
        var house = try await Household()
        let person = PersonID(bits: EntryID(high: 9, low: 9))
        let member = try await ReplicaFixture(invitedBy: house.one, person: person, role: .member)
        let honest = [house.one, house.two, member]
        for fixture in honest + [house.thief] + honest { try await house.server.exchange(fixture) }
        #expect(try house.server.offer(try house.rotation(sparing: member)))
        let epoch = try house.server.log().epoch
        for fixture in honest + honest { try await house.server.exchange(fixture) }
        #expect(try house.server.log().epoch == epoch, "nobody else sees it")
        #expect(try await house.one.journal.status().missesNewestKey == false)
        #expect(try await member.journal.status().missesNewestKey)
        _ = try await house.one.journal.add(Note("under the newest key"))
        _ = try await member.journal.add(Note("under the key before"))
        for fixture in honest + honest { try await house.server.exchange(fixture) }
        let all = Household.all.union(["under the newest key", "under the key before"])
        for fixture in [house.one, house.two] { #expect(try await house.bodies(fixture) == all) }
        #expect(try await house.bodies(member) == all.subtracting(["under the newest key"]))
        try house.server.append(try await house.one.remove([house.thief.keys.identity.id]))
        for fixture in honest + honest { try await house.server.exchange(fixture) }
        #expect(try await member.journal.status().missesNewestKey == false)
        for fixture in honest { #expect(try await house.bodies(fixture) == all) }
    }
}

/// A member who is not an owner.
@Suite struct HostileMemberTests {
    private static let person = PersonID(bits: EntryID(high: 9, low: 9))

    /// Removing one's own device used to end an epoch, with any cut and any keys.
    @Test func aMemberEndsNoEpoch() async throws {
        var house = try await Household(thief: Self.person, role: .member)
        let second = randomKeys()
        try await house.thief.add(second, person: Self.person, role: .member)
        try await house.server.exchange(house.thief)
        try await house.server.exchange(house.one)
        let record = try house.removal(of: [second.identity.id])
        #expect(throws: MembershipError.noRight) { try house.server.offer(record) }
        #expect(
            try await house.one.ask(.extendLog(previous: record.previous, record: record.bytes))
                == .refused(.record))
        #expect(try await house.bodies(house.one) == Household.all)
        // Their own device may leave; that begins no epoch, and an owner's device rotates the keys.
        let leaving = try house.server.log().leaving([second.identity.id], by: house.thief.keys)
        #expect(try house.server.offer(LinkedRecord(previous: leaving.previous, bytes: leaving.bytes)))
        let before = try house.server.log().epoch
        try await house.server.exchange(house.thief)
        let left = try house.server.log()
        #expect(left.epoch == before && left.isEpochOwed)
        try await house.server.exchange(house.one)
        let after = try house.server.log()
        #expect(after.epoch != before && !after.isEpochOwed)
        try await house.server.exchange(house.two)
        try await house.goOn()
    }

    @Test func aMemberEndsAnEpochWithoutTheDefence() async throws {
        let house = try await Household(thief: Self.person, role: .member)
        let record = try house.removal(of: [house.thief.keys.identity.id])
        let before = try await house.one.log().epoch
        try await Defence.$down.withValue([.ownersEndEpochs, .keepsStayersEdits, .repairsEpochs]) {
            try await house.one.ask(.extendLog(previous: record.previous, record: record.bytes))
            #expect(try await house.one.log().epoch != before)
            #expect(try await house.bodies(house.one) == [])
        }
    }
}

extension StolenDeviceTests {
    /// After an epoch of noise was mended, a second record leads back past the mended one: newcomers would not read
    /// what was written in between.
    @Test(arguments: [false, true])
    func aSecondRecordTakesNothingFromNewcomers(_ isDown: Bool) async throws {
        var house = try await Household()
        let honest = [house.one, house.two]
        let bad = [UInt8](repeating: 5, count: 64)
        let first = try house.stolenKey(of: 0)
        #expect(try house.server.offer(house.rotation(bad, leadingTo: (0, first)) { _ in false }))
        for fixture in honest + honest { try await house.server.exchange(fixture) }
        _ = try await house.one.journal.add(Note("in between"))
        for fixture in honest + honest { try await house.server.exchange(fixture) }
        let all = Household.all.union(["in between"])
        let good = [UInt8](repeating: 6, count: 64)
        #expect(try house.server.offer(house.rotation(good, leadingTo: (1, Array(bad.prefix(32)))) { _ in true }))
        try await Defence.$down.withValue(isDown ? [.handsKeysOn] : []) {
            for fixture in honest + honest { try await house.server.exchange(fixture) }
            for fixture in honest {
                #expect(try await fixture.log().epochs.count == 4, "nobody had to mend anything")
                #expect(try await house.bodies(fixture) == all)
                #expect(try await fixture.journal.status().missesNewestKey == false)
            }
            guard isDown else { return try await house.goOn(with: all) }
            let newcomer = try await ReplicaFixture(invitedBy: house.one)
            try await house.server.exchange(newcomer)
            #expect(try await house.bodies(newcomer) == Household.all)
        }
    }

    /// A thief gives one device alone good keys, under which it writes: it follows the others again, and they read it.
    @Test(arguments: [false, true])
    func keysForOneDeviceAloneTakeNothing(_ isDown: Bool) async throws {
        var house = try await Household()
        let person = PersonID(bits: EntryID(high: 9, low: 9))
        let member = try await ReplicaFixture(invitedBy: house.one, person: person, role: .member)
        let honest = [house.one, house.two, member]
        for fixture in honest + [house.thief] + honest { try await house.server.exchange(fixture) }
        let secret = [UInt8](repeating: 5, count: 64)
        let first = try house.stolenKey(of: 0)
        #expect(
            try house.server.offer(
                house.rotation(secret, leadingTo: (0, first)) { $0 == member.keys.identity.id }))
        try await house.server.exchange(member)
        _ = try await member.journal.add(Note("under keys of its own"))
        try await house.server.exchange(member)
        let all = Household.all.union(["under keys of its own"])
        try await Defence.$down.withValue(isDown ? [.handsKeysOn] : []) {
            for fixture in honest + honest + honest { try await house.server.exchange(fixture) }
            #expect(try house.server.log().epochs.count == 3)
            for fixture in honest {
                #expect(try await fixture.journal.status().missesNewestKey == false)
                let isRead = !isDown || fixture === member
                #expect(try await house.bodies(fixture) == (isRead ? all : Household.all))
            }
            guard !isDown else { return }
            try await house.goOn(with: all)
            try await house.server.exchange(member)
            #expect(try await member.export() == house.one.export())
        }
    }
}
