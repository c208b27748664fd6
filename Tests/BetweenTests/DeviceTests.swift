import SyncClient
import Between
import CanonicalJSON
import Causality
import Membership
import Records
import Sealing
import TestSupport
import Testing
import Wire

/// Names and activity of a journal's devices, and their removal.
@Suite struct DeviceTests {
    @Test func aDeviceHasItsMachinesNameUntilItIsGivenOne() async throws {
        let fixture = try await ReplicaFixture()
        let before = try #require(try await fixture.journal.devices().first)
        #expect(before.isThis && !before.isRecovery && before.added == nil && before.lastSync == nil)
        #expect(before.id == fixture.keys.identity.id)
        #expect(before.name == (try await fixture.journal.deviceName()))
        #expect(before.fingerprint.split(separator: " ").map(\.count) == [4, 4, 4, 4])
        #expect(try await fixture.journal.nameDevice("laptop"))
        #expect(try await !fixture.journal.nameDevice("laptop"), "what is so is not written again")
        #expect(try await !fixture.journal.nameDevice("\u{1b}\n"), "nothing is left of it")
        try await fixture.reopen()
        let after = try #require(try await fixture.journal.devices().first)
        #expect(after.name == "laptop" && after.added != nil)
        #expect(try await fixture.journal.status().device == "laptop")
        _ = try await fixture.journal.nameDevice(String(repeating: "é", count: 40))
        #expect(try await fixture.journal.deviceName() == String(repeating: "é", count: 32))
    }

    @Test func namesGoBothWaysAndMerge() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        try await one.journal.nameDevice("laptop")
        // Both name the second device concurrently: the newcomer itself, and the device that added it.
        try await one.journal.nameDevice("new", of: two.keys.identity.id)
        try await two.journal.nameDevice("phone")
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        let (ones, twos) = (try await one.journal.devices(), try await two.journal.devices())
        #expect(ones.map(\.isThis) == [true, false])
        #expect(ones.map(\.name).first == "laptop")
        #expect(Set(ones.map(\.name)) == Set(twos.map(\.name)))
        #expect(ones.map(\.id) == twos.map(\.id).reversed())
        #expect(Set(ones.map(\.fingerprint)) == Set(twos.map(\.fingerprint)))
        try await one.journal.nameDevice("tablet", of: two.keys.identity.id)
        for fixture in [one, two] { try await server.exchange(fixture) }
        #expect(try await two.journal.deviceName() == "tablet")
        #expect(try await two.journal.allChanges() == [])
    }

    @Test func itIsKnownWhenEachWasLastHeardOf() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        func heard(_ fixture: ReplicaFixture, of other: ReplicaFixture) async throws -> Timestamp? {
            try await fixture.journal.devices().first { $0.id == other.keys.identity.id }?.lastHeard
        }
        for fixture in [one, two] { #expect(try await heard(one, of: fixture) == nil) }
        try await one.journal.nameDevice("phone", of: two.keys.identity.id)
        #expect(try await heard(one, of: two) == nil, "who names it is heard of, and not who is named")
        let note = try await two.journal.add(Note("first"))
        for fixture in [two, one] { try await server.exchange(fixture) }
        #expect(try await heard(one, of: two) == note.edited)
        #expect(try await heard(one, of: one) != nil)
        let edited = try await two.journal.edit(note.id, ["body": "second"])
        #expect(try await heard(one, of: two) == note.edited, "as far as it is here")
        for fixture in [two, one] { try await server.exchange(fixture) }
        #expect(try await heard(one, of: two) == edited.edited)
        #expect(try await heard(two, of: two) == edited.edited)
        // Times are in boxes: for edits without boxes the time of the last activity is unknown.
        let three = try await ReplicaFixture(invitedBy: one)
        for var batch in server.edits.batches {
            for index in batch.edits.indices { batch.edits[index].box = nil }
            try await three.ask(.take(batch))
        }
        let seen = try await three.journal.devices()
        #expect(seen.filter(\.isHeard).map(\.id).contains(two.keys.identity.id))
        #expect(seen.allSatisfy { $0.lastHeard == nil } && seen.first?.isHeard == false)
    }

    @Test func namesAreNowhereAmongTheEntries() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        let note = try await one.journal.add(Note("laptop stays here"))
        try await one.journal.nameDevice("laptop")
        try await two.journal.nameDevice("laptop")
        try await two.journal.nameDevice("phone", of: one.keys.identity.id)
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        for fixture in [one, two] {
            let journal = fixture.journal
            #expect(try await fixture.export().count == 1)
            #expect(try await journal.entries().map(\.id) == [note.id])
            #expect(try await journal.search(["laptop"]).map(\.id) == [note.id])
            #expect(try await journal.search(["phone"]) == [])
            let all = try #require(EntryID(String(repeating: "0", count: 26)))...EntryID(high: .max, low: .max)
            #expect(try await journal.ids(in: all, limit: 10) == [note.id])
            #expect(try await journal.allChanges() == [])
            let status = try await journal.status()
            #expect((status.entries, status.trashed, status.conflicts) == (1, 0, 0))
            #expect(try await journal.check().isSound)
        }
        #expect(try await one.export() == two.export())
        // The last undoable edit is the note's, though a name was written after it.
        #expect(try await one.journal.undo().entries == [note.id])
        await #expect(throws: JournalError.self) { try await two.journal.undo() }
    }

    @Test func nobodyWritesADeviceDownAsAnEntry() async throws {
        let fixture = try await ReplicaFixture()
        await #expect(throws: JournalError.self) { try await fixture.journal.add(EntryDraft(.device, ["name": "x"])) }
        let item = ImportItem(
            .foreign(source: "between device", id: fixture.keys.identity.id.description),
            [
                "kind": "device", "name": "impostor",
            ])
        #expect(try await fixture.journal.importItems([item]).skipped == 1)
        #expect(try await fixture.journal.deviceName() != "impostor")
        let line =
            #"{"clock":{},"edited":"2026-01-01T00:00:00.000Z","id":"0000000000000g000000000002","#
            + #""kind":"device","needs":"newer","fields":{"name":"x"},"space":"journal"}"#
        #expect(throws: ImportProblem.self) { try ExportFile(parsing: line.utf8) }
    }

    @Test func aDeviceThatWasRemovedIsListedNoMoreAndKeepsWhatItHad() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        var server = PlainServer(one.replica.space)
        try await two.journal.nameDevice("phone")
        try await two.journal.add(Note("in time"))
        for fixture in [one, two, one] { try await server.exchange(fixture) }
        try await two.journal.add(Note("late"))
        let record = try await one.remove([two.keys.identity.id])
        try await one.ask(.extendLog(previous: record.previous, record: record.bytes))
        #expect(try await one.journal.devices().map(\.id) == [one.keys.identity.id])
        #expect(try await one.export().count == 1)
        try await two.ask(.extendLog(previous: record.previous, record: record.bytes))
        #expect(try await two.journal.devices().map(\.isThis) == [false])
        #expect(Set(try await two.journal.entries().map { $0.text("body") }) == ["in time", "late"])
        #expect(try await two.journal.status().quarantined == 0)
        await #expect(throws: JournalError.self) { try await two.journal.add(Note("more")) }
    }

    @Test func whatNeedsAServerSaysSoAndNoDeviceRemovesItself() async throws {
        let one = try await ReplicaFixture()
        let two = try await ReplicaFixture(invitedBy: one)
        func code(_ body: () async throws -> Void) async -> JournalError.Code? {
            do {
                try await body()
                return nil
            } catch { return (error as? JournalError)?.code }
        }
        let (mine, other) = (one.keys.identity.id, two.keys.identity.id)
        #expect(await code { try await one.journal.removeDevice(mine) } == .badValue)
        #expect(await code { try await one.journal.removeDevice(other) } == .noNetwork)
        #expect(await code { _ = try await one.journal.makeRecoveryKey() } == .noNetwork)
        #expect(
            await code { try await one.journal.removeDevice(DeviceID(bits: EntryID(high: 1, low: 1))) } == .notFound)
        #expect(try await one.journal.devices().count == 2)
    }
}
