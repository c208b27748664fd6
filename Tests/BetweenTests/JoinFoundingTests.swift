import Between
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import SyncClient
import Sealing
import TestSupport
import Testing
import Wire

/// Joining a journal in a home without entries.
@Suite struct JoinFoundingTests {
    private let server = #"{"address":"127.0.0.1:7420","pin":"AAAAAAAAAAAAAAAAAAAAAA"}"#

    @Test func anEmptyHomeBecomesTheJoinedJournalsAndShowsItOnceItCame() async throws {
        let one = try await ReplicaFixture()
        var server = PlainServer(one.replica.space)
        let note = try await one.journal.add(Note("one"))
        let keys = randomKeys()
        try await one.add(keys)
        try await server.exchange(one)
        let home = try TestHome()
        for _ in 0..<2 {
            try await Journal.foundJoined(at: home.path, keys: keys, log: one.log(), server: self.server)
        }
        let two = try await ReplicaFixture(home, keys)
        #expect(two.replica.space == one.replica.space)
        #expect(try await two.journal.server() == "127.0.0.1:7420")
        #expect(try await two.journal.status().lastSync == nil)
        try await server.exchange(two)
        #expect(try await two.journal.entry(note.id) == note)
        #expect(try await two.export() == one.export())
        let mode = try FileManager.default.attributesOfItem(atPath: home.path + "/keys")[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func anEmptyJournalThatAFirstCommandFoundedGoes() async throws {
        let one = try await ReplicaFixture()
        let empty = try await ReplicaFixture()
        try await one.add(empty.keys)
        #expect(try await empty.journal.belongings().isUntouched)
        try await Journal.foundJoined(
            at: empty.home.path, keys: empty.keys, log: one.log(), server: server)
        // A process that had it open continues with the new journal.
        let note = try await empty.journal.add(Note("two"))
        try await empty.reopen()
        #expect(empty.replica.space == one.replica.space)
        #expect(try await empty.log() == one.log())
        var server = PlainServer(one.replica.space)
        for fixture in [one, empty, one] { try await server.exchange(fixture) }
        #expect(try await one.journal.entry(note.id) == note)
    }

    @Test func aHomeInWhichSomebodyWroteOrOfAnotherDeviceIsLeftAlone() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture()
        try await one.add(two.keys)
        let log = try await one.log()
        try await two.journal.forget(two.journal.add(Note("gone")).id)
        #expect(try await !two.journal.belongings().isUntouched)
        func found(_ fixture: ReplicaFixture, _ keys: DeviceKeys) async throws {
            try await Journal.foundJoined(at: fixture.home.path, keys: keys, log: log, server: server)
        }
        let wrote = await #expect(throws: JournalError.self) { try await found(two, two.keys) }
        #expect(wrote?.code.rawValue == "has_entries")
        let three = try await ReplicaFixture()
        for keys in [three.keys, two.keys] {
            let error = await #expect(throws: JournalError.self) { try await found(three, keys) }
            #expect(error?.code == .keys)
        }
        #expect(try await three.journal.server() == nil)
        #expect(try await three.log().records.count == 1)
    }
}

func randomKeys() -> DeviceKeys {
    var generator = SystemRandomNumberGenerator()
    return DeviceKeys.random(using: &generator)
}

extension ReplicaFixture {
    /// Adds a device to the space's log.
    func add(_ keys: DeviceKeys, person: PersonID? = nil, role: Role = .owner) async throws {
        let log = try await log()
        let owner = try #require(log.member(self.keys.identity.id)?.person)
        replica.request = .add(keys.identity, person: person ?? owner, role: role)
        guard case .record(let record) = try await ask(.makeRecord(cut: nil)) else { throw Unexpected() }
        _ = try await ask(.extendLog(previous: record.previous, record: record.bytes))
    }
}
