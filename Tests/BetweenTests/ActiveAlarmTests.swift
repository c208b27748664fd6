import SyncClient
import Between
import Causality
import Membership
import Records
import Sealing
import Testing
import Wire

/// Alarms stand in the home from the exchange that raises them to one that clears them.
@Suite struct ActiveAlarmTests {
    private func alarms(_ fixture: ReplicaFixture) async throws -> [SyncAlarm] {
        try await fixture.journal.alarms().map(\.alarm)
    }

    private func hear(_ fixture: ReplicaFixture, _ notices: SyncNotice...) async -> [SyncAlarm] {
        _ = await fixture.replica.heard(.connected)
        var over: [SyncAlarm] = []
        for notice in notices { over += await fixture.replica.heard(.notice(notice)).over }
        return over
    }

    @Test func oneIsActiveUntilAnExchangeShowsTheContrary() async throws {
        let one = try await ReplicaFixture()
        let note = try await one.journal.add(Note("of this device"))
        let feed = note.clock.dots[0].replica
        let mine = one.keys.identity.id
        #expect(await hear(one, .upToDate) == [])
        #expect(try await alarms(one) == [])
        #expect(
            await hear(one, .withheld(ReplicaID(bits: 0xBAD), .missing, edits: 7), .stuck(feed, .gap, edits: 1)) == [])
        try await one.reopen()
        let active = [SyncAlarm(.withheld, edits: 7), SyncAlarm(.stuck, device: mine, edits: 1)]
        #expect(try await alarms(one) == active)
        #expect(try await one.journal.status().alarms.map(\.alarm) == active)
        // An exchange without a result leaves them; one that raises one again clears the other.
        _ = await one.replica.heard(.offline(nil, .unreachable))
        #expect(await hear(one, .unproved(.removed), .unsettled) == [])
        #expect(try await alarms(one).count == 3)
        let over = await hear(one, .withheld(ReplicaID(bits: 0xBAD), .missing, edits: 8), .unsettled)
        #expect(Set(over) == [active[1], SyncAlarm(.unproved)])
        let kept = try await one.journal.alarms()
        #expect(kept.map(\.alarm) == [SyncAlarm(.withheld, edits: 8)])
        #expect(kept.allSatisfy { $0.first < $0.last })
        #expect(await hear(one, .upToDate) == [SyncAlarm(.withheld, edits: 8)])
        #expect(try await alarms(one) == [])
    }

    @Test func contentsThatComeLaterEndTheirAlarmWithoutAnotherRound() async throws {
        let one = try await ReplicaFixture()
        #expect(await hear(one, .missing(2), .upToDate) == [])
        #expect(try await alarms(one) == [SyncAlarm(.missing, edits: 2)])
        #expect(await one.replica.heard(.notice(.missing(1))).over == [])
        #expect(try await alarms(one) == [SyncAlarm(.missing, edits: 1)])
        #expect(await one.replica.heard(.notice(.missing(0))).over == [SyncAlarm(.missing, edits: 1)])
        #expect(try await alarms(one) == [])
    }

    @Test func whatHappenedOnceIsActiveUntilAPersonHasSeenIt() async throws {
        let one = try await ReplicaFixture()
        let feed = try await one.journal.add(Note("of this device")).clock.dots[0].replica
        #expect(await hear(one, .forked(feeds: [feed]), .upToDate) == [])
        #expect(await hear(one, .upToDate) == [])
        let seen = try await one.journal.alarms()
        #expect(seen.map(\.alarm) == [SyncAlarm(.forked, device: one.keys.identity.id)])
        // It happens again after it was shown.
        _ = await hear(one, .forked(feeds: [feed]), .missing(1), .upToDate)
        try await one.journal.markSeen(seen)
        #expect(try await alarms(one).count == 2)
        try await one.journal.markSeen(one.journal.alarms())
        #expect(try await alarms(one) == [SyncAlarm(.missing, edits: 1)], "seen is not over")
    }

    @Test func whoLeavesAServerIsNotRemindedOfItsAlarms() async throws {
        let one = try await ReplicaFixture()
        _ = await hear(one, .withheld(ReplicaID(bits: 1), .gap, edits: 1), .forked(feeds: [ReplicaID(bits: 1)]))
        try await one.journal.disconnect()
        #expect(try await alarms(one) == [SyncAlarm(.forked)])
    }

    @Test func aSpaceThatWasGivenUpOverAFloodSaysSo() async throws {
        let one = try await ReplicaFixture()
        #expect(await hear(one, .flooded(65), .unsettled) == [])
        #expect(try await alarms(one) == [SyncAlarm(.flooded)])
        #expect(await hear(one, .upToDate) == [SyncAlarm(.flooded)])
    }
}
