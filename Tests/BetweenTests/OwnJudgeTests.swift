import SyncClient
import Between
import Causality
import Membership
import Records
import Testing
import Wire

/// Edits that other devices would refuse are refused before they are written, so that none is quarantined later.
@Suite struct OwnJudgeTests {
    private func refuses(_ fixture: ReplicaFixture) async throws -> [Dot] {
        var refused: [Dot] = []
        for batch in try await fixture.batches() {
            for (dot, _) in batch.dotted {
                for code in [ErrorCode.tooLarge, .rights] {
                    let answer = try await fixture.ask(.judge(dot, code))
                    if answer != .judged(false) { refused.append(dot) }
                }
            }
        }
        return refused
    }

    @Test func theLongestEditThatCanBeWrittenIsNoneTooLarge() async throws {
        let one = try await ReplicaFixture()
        try await one.journal.add(Note(String(repeating: "x", count: RecordLimits.proseBytesMax)))
        let before = try await one.export()
        await #expect(throws: JournalError.self) {
            try await one.journal.add(Note(String(repeating: "x", count: RecordLimits.editBytesMax)))
        }
        #expect(try await one.export() == before)
        #expect(try await refuses(one) == [])
    }

    @Test func whoMayNotForgetAnEntryWritesNoSuchEdit() async throws {
        let one = try await ReplicaFixture()
        let guest = PersonID(bits: EntryID(high: 9, low: 9))
        let two = try await ReplicaFixture(invitedBy: one, person: guest, role: .member)
        var server = PlainServer(one.replica.space)
        let theirs = try await one.journal.add(Note("the owner's")).id
        let own = try await two.journal.add(Note("the guest's")).id
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        await #expect(throws: JournalError.self) { try await two.journal.forget(theirs) }
        try await two.journal.forget(own)
        for fixture in [two, one] { try await server.exchange(fixture) }
        for fixture in [one, two] { #expect(try await refuses(fixture) == []) }
        #expect(try await two.journal.status().quarantined == 0)
    }
}
