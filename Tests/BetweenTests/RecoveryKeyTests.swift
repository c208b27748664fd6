import SyncClient
import Between
import Causality
import Membership
import Records
import Sealing
import TestSupport
import Testing
import Wire

/// The space that a printed key opens, whatever a server claims.
@Suite struct RecoveryKeyTests {
    private static func randomKey() -> RecoveryKey {
        var generator = SystemRandomNumberGenerator()
        return RecoveryKey.random(using: &generator)
    }

    /// Printed by a version from before keys were bound.
    private static func oldKey() throws -> RecoveryKey {
        try RecoveryKey(typed: "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtsba-s4ak6")
    }

    /// The forgery that a server's owner can make: a space of their own, with the public halves of a key in it.
    private static func space(adding key: RecoveryKey, of person: PersonID) throws -> MembershipLog {
        var generator = SystemRandomNumberGenerator()
        let device = DeviceKeys.random(using: &generator)
        var log = try MembershipLog(
            genesis: try SpaceKeys.found(by: person, device: device, using: &generator).record)
        try log.append(
            log.adding(
                device: key.deviceKeys.identity, person: person, role: .owner, isRecovery: true, by: device))
        return log
    }

    private static func code(_ body: () throws -> Void) -> JournalError.Code? {
        do {
            try body()
            return nil
        } catch { return (error as? JournalError)?.code }
    }

    /// A journal with a key whose record the server has.
    private static func keyed(_ key: RecoveryKey, after: (ReplicaFixture) async throws -> Void) async throws
        -> ReplicaFixture
    {
        let fixture = try await ReplicaFixture()
        try await after(fixture)
        let person = try #require(try await fixture.log().members.first?.person)
        fixture.replica.request = .addKey(key, person: person, role: .owner)
        guard case .record(let record) = try await fixture.ask(.makeRecord(cut: nil)) else {
            throw ReplicaFixture.Unexpected()
        }
        try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        return fixture
    }

    @Test func aSpaceOfTheServersOwnIsRefused() async throws {
        let key = Self.randomKey()
        let fixture = try await Self.keyed(key) { _ in }
        let log = try await fixture.log()
        #expect(try key.check(log, at: "s").voucher == .key)
        let person = try #require(log.members.first?.person)
        let forged = try Self.space(adding: key, of: person)
        for accepts in [false, true] {
            #expect(Self.code { _ = try key.check(forged, at: "s", acceptsUnbound: accepts) } == .wrongSpace)
        }
        // Without the defence the key opens it, and the forger can read along.
        let voucher = try Defence.$down.withValue([.bindsRecovery]) { try key.check(forged, at: "s").voucher }
        #expect(voucher == .key)
        #expect(throws: Never.self) { try SpaceKeyChain(of: forged, openedBy: key.deviceKeys).keys(of: forged.epoch) }
        #expect(Self.code { _ = try Self.randomKey().check(log, at: "s") } == .refused)
    }

    @Test func aKeyOfAnEarlierVersionOpensOnlyWhatAPersonTrustsTheServerFor() async throws {
        let key = try Self.oldKey()
        let person = try #require(try await ReplicaFixture().log().members.first?.person)
        let log = try Self.space(adding: key, of: person)
        #expect(Self.code { _ = try key.check(log, at: "s") } == .unboundKey)
        let checked = try key.check(log, at: "s", acceptsUnbound: true)
        #expect(checked.voucher == .server && checked.clock == Frontier())
    }

    @Test func theKeyIsBoundToWhatTheServerHasByThen() async throws {
        let key = Self.randomKey()
        let fixture = try await Self.keyed(key) { fixture in
            var server = PlainServer(fixture.replica.space)
            try await fixture.journal.add(Note("there"))
            try await server.exchange(fixture)
            #expect(server.edits.frontier.clock.dots.map(\.n) == [1])
        }
        let held = try await fixture.frontier()
        let clock = try await key.check(fixture.log(), at: "s").clock
        #expect(clock == held && clock.ends.count == 1)
        #expect(try await fixture.journal.status().unboundKeys == 0)

        // A record that the server does not have yet may never get there, so a recovery cannot rely on it.
        let second = Self.randomKey()
        let before = try await fixture.frontier()
        try await fixture.journal.add(Note("not there"))
        #expect(try await fixture.frontier() != before)
        let person = try #require(try await fixture.log().members.first?.person)
        fixture.replica.request = .addKey(second, person: person, role: .owner)
        guard case .record(let record) = try await fixture.ask(.makeRecord(cut: nil)) else {
            throw ReplicaFixture.Unexpected()
        }
        try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        #expect(try await second.check(fixture.log(), at: "s").clock == before)
    }

    @Test func aKeyOfAnEarlierVersionIsTold() async throws {
        let fixture = try await ReplicaFixture()
        let key = try Self.oldKey()
        let log = try await fixture.log()
        let person = try #require(log.members.first?.person)
        let record = try log.adding(
            device: key.deviceKeys.identity, person: person, role: .owner, isRecovery: true, by: fixture.keys)
        try await fixture.ask(.extendLog(previous: record.previous, record: record.bytes))
        #expect(try await fixture.journal.status().unboundKeys == 1)
        #expect(try await fixture.journal.devices().map(\.isUnbound) == [false, true])
        #expect(try Journal.isBound(key: key.printed) == false)
        #expect(try Journal.isBound(key: Self.randomKey().printed))
    }
}
