import Causality
import Foundation
import Membership
import SQLiteFile
import Sealing
import SyncServer
import SyncServerSQLite
import TestSupport
import Testing
import Wire

/// Guarantees of the SQLite store's files.
@Suite struct StoreFileTests {
    /// The store as a power loss would leave it.
    func copy(_ fixture: StoreFixture) throws -> (store: OpenStore, folder: TemporaryFolder) {
        let copy = try TemporaryFolder()
        // Copied by another process: if this one closed a descriptor of the file, it would lose SQLite's locks.
        let process = Process()
        process.executableURL = URL(filePath: "/bin/cp")
        process.arguments = [fixture.folder.path + "/db", fixture.folder.path + "/db-wal", copy.path]
        try process.run()
        process.waitUntilExit()
        return (try open(copy, fixture), copy)
    }

    func open(_ folder: TemporaryFolder, _ fixture: StoreFixture) throws -> OpenStore {
        try OpenStore(folder, createIfMissing: false, clock: fixture.clock)
    }

    func batches(_ store: OpenStore, _ author: StoreAuthor) async throws -> ServerAnswer {
        try await store.authority.answer(.batches(author.space, beyond: VectorClock(), room: 1 << 20), to: author.id)
    }

    @Test func aCopyTakenAtAnyTimeHoldsExactlyWhatWasAcknowledged() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        var acknowledged: [Batch] = []
        for round in 0..<12 {
            let (store, folder) = try copy(fixture)
            #expect(try await batches(store, author) == .batches(acknowledged, isLast: true))
            #expect(try await store.engine.file.check().isSound)
            try await store.authority.close()
            _ = folder
            let batch = try author.write(.set(round, [1]), .set(round + 100, [2]))
            #expect(try await fixture.take(batch, author) == .took(batch))
            acknowledged.append(batch)
        }
    }

    @Test func nobodyElseOpensIt() async throws {
        let fixture = try StoreFixture(.sqlite)
        let error = #expect(throws: SQLiteFileError.self) { _ = try open(fixture.folder, fixture) }
        #expect(error?.code == .locked)
        try await fixture.authority.close()
        _ = try open(fixture.folder, fixture)
    }

    @Test func noPlaintextStandsInAnyFile() async throws {
        let phrase = "the planted phrase of the store's test"
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let keys = try SpaceKeys(of: author.log.epoch, in: author.log, openedBy: author.keys)
        let entry = EntryID.number(1)
        let draft = EditHeader(
            entry: entry, tokens: [keys.token(of: phrase, in: entry)], group: 1, boxHash: testHash([]))
        let box = try keys.seal(
            Array(phrase.utf8), of: draft, at: Dot(author.replica, 1), using: &author.generator)
        let header = EditHeader(entry: entry, tokens: draft.tokens, group: 1, boxHash: .sha256(box))
        let empty = author.next([.set(1, [1])]).header
        let batch = author.signed(empty, [Edit(header, box: box)], by: author.keys)
        #expect(try await fixture.take(batch, author) == .took(batch))
        #expect(try fixture.folder.files().count >= 3)
        #expect(try fixture.folder.files(holding: phrase) == [])
        #expect(try fixture.folder.files(holding: "planted") == [])
    }

    @Test func whatIsForgottenLeavesTheDisk() async throws {
        let phrase = "sealed bytes that must go"
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let batch = try author.write(.set(1, [1], box: Array(phrase.utf8)), .set(2, [1]))
        _ = try await fixture.take(batch, author)
        #expect(try fixture.folder.files(holding: phrase) != [])
        _ = try await fixture.take(author.write(.forget(1)), author)
        #expect(try await fixture.authority.status().isScrubDue)
        #expect(try await fixture.authority.scrub())
        #expect(try await !fixture.authority.status().isScrubDue)
        #expect(try fixture.folder.files(holding: phrase) == [])
        #expect(try await fixture.batches(author).count == 2)
    }

    @Test func aBackupIsAStoreOfItsOwn() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let first = try author.write(.set(1, [1]))
        _ = try await fixture.take(first, author)
        let folder = try TemporaryFolder()
        try await fixture.authority.backup(to: folder.path + "/db")
        let second = try author.write(.set(2, [1]))
        _ = try await fixture.take(second, author)
        #expect(try folder.files().keys.sorted() == ["db"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/db")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let backup = try open(folder, fixture)
        #expect(try await batches(backup, author) == .batches([first], isLast: true))
        #expect(
            try await backup.authority.answer(.take(author.space, second), to: author.id) == .took(second),
            "and is refilled")
        let error = await #expect(throws: SQLiteFileError.self) {
            try await fixture.authority.backup(to: folder.path + "/db")
        }
        #expect(error?.code == .cannotOpen)
    }

    @Test(arguments: StoreKind.engines) func aLogThatForkedIsCutBackAndTheOtherBranchComes(_ kind: StoreKind)
        async throws
    {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        let base = author.log
        let first = try author.write(.set(1, [1]))
        _ = try await fixture.take(first, author)
        let lost = try await fixture.companion(of: author, 5)
        let branch = try author.write(.set(1, [1]))
        _ = try await fixture.take(branch, author)
        // Records that another server got meanwhile.
        author.log = base
        let other = try StoreAuthor(seed: 2, of: base)
        let record = try author.adding(other.keys.identity)
        #expect(try await fixture.append(record, author) == .refused(.head))
        #expect(try await fixture.authority.settle(author.space, head: testHash([1])) == false)
        #expect(try await fixture.authority.settle(author.space, head: base.head))
        #expect(try await fixture.batches(author) == [first], "what names a record of the other branch is quarantined")
        #expect(try await fixture.authority.status().spaces[0].quarantinedCount == 1)
        #expect(try await fixture.append(record, author) != .refused(.head))
        try await fixture.restart()
        #expect(try await fixture.store.answer(other.proof(), to: nil) == .identified(other.id, spaces: [author.space]))
        #expect(try await fixture.store.answer(lost.proof(), to: nil) == .stranger)
        #expect(try await fixture.batches(author) == [first])
    }

    @Test(arguments: StoreKind.engines) func statusCountsWhatIsThere(_ kind: StoreKind) async throws {
        let fixture = try StoreFixture(kind)
        let author = try await fixture.founder()
        _ = try await fixture.companion(of: author)
        _ = try await fixture.take(author.write(.set(1, [1], box: [1, 2, 3])), author)
        try await fixture.authority.block(DeviceID(bits: .number(1)), true)
        let space = StoreStatus.Space(
            id: author.space, recordCount: 2, editCount: 1,
            byteCount: 11, keptByteCount: author.log.records.reduce(0) { $0 + $1.bytes.count }, quarantinedCount: 0,
            quarantinedByteCount: 0)
        #expect(
            try await fixture.authority.status()
                == StoreStatus(
                    spaces: [space], enrolled: [author.id], blockedCount: 1, isReadOnly: false, isScrubDue: false))
        try await fixture.authority.block(DeviceID(bits: .number(1)), false)
        #expect(try await fixture.authority.status().blockedCount == 0)
    }
}
