import Between
import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// A member's device that renames other devices.
@Suite struct HostileMemberNameTests {
    /// The names of two honest devices after a third one renamed them.
    private func names() async throws -> (ofFirst: String?, ofSecond: String?) {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        let thief = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        try await one.journal.nameDevice("laptop")
        try await one.journal.nameDevice("phone", of: two.keys.identity.id)
        for fixture in [one, two, thief] { try await server.exchange(fixture) }
        // The product does not write names that nobody accepts; an attacker with keys can.
        try await Defence.$down.withValue([.ownsDescriptions]) {
            for device in [one, two] { try await thief.journal.nameDevice("lost", of: device.keys.identity.id) }
        }
        for fixture in [thief, one, two] { try await server.exchange(fixture) }
        let devices = try await one.journal.devices()
        func name(_ fixture: ReplicaFixture) -> String? { devices.first { $0.id == fixture.keys.identity.id }?.name }
        #expect(try await one.journal.entries() == [])
        #expect(try await one.journal.home.check().isSound)
        return (name(one), name(two))
    }

    @Test func onlyTheDeviceItselfAndWhoAddedItNameIt() async throws {
        let forged = try await Defence.$down.withValue([.ownsDescriptions]) { try await names() }
        #expect(forged.ofFirst == "lost" && forged.ofSecond == "lost")
        let kept = try await names()
        #expect(kept.ofFirst == "laptop" && kept.ofSecond == "phone")
    }

    @Test func aDeviceDoesNotWriteANameThatNobodyHeeds() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        #expect(try await !two.journal.nameDevice("lost", of: one.keys.identity.id))
        #expect(try await two.journal.nameDevice("phone"))
    }
}
