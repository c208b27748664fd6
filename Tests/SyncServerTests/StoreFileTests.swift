import Causality
import Foundation
import Membership
import SQLiteFile
import Sealing
import SyncServer
import TestSupport
import Testing
import Wire

/// Guarantees of the SQLite store's files.
@Suite struct StoreFileTests {
    /// The store as a power loss would leave it.
    func copy(_ desk: StoreDesk) throws -> (store: SQLiteServerStore, folder: TemporaryFolder) {
        let copy = try TemporaryFolder()
        // Copied by another process: if this one closed a descriptor of the file, it would lose SQLite's locks.
        let process = Process()
        process.executableURL = URL(filePath: "/bin/cp")
        process.arguments = [desk.folder.path + "/db", desk.folder.path + "/db-wal", copy.path]
        try process.run()
        process.waitUntilExit()
        return (try open(copy, desk), copy)
    }

    func open(_ folder: TemporaryFolder, _ desk: StoreDesk) throws -> SQLiteServerStore {
        try SQLiteServerStore(
            folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: false, time: desk.clock.time)
    }

    func batches(_ store: SQLiteServerStore, _ author: StoreAuthor) async throws -> ServerAnswer {
        try await store.answer(.batches(author.space, beyond: VectorClock(), room: 1 << 20), to: author.id)
    }

    @Test func aCopyTakenAtAnyTimeHoldsExactlyWhatWasAcknowledged() async throws {
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        var acknowledged: [Batch] = []
        for round in 0..<12 {
            let (store, folder) = try copy(desk)
            #expect(try await batches(store, author) == .batches(acknowledged, isLast: true))
            #expect(try await store.file.check().isSound)
            try await store.close()
            _ = folder
            let batch = try author.write(.set(round, [1]), .set(round + 100, [2]))
            #expect(try await desk.take(batch, author) == .took(batch))
            acknowledged.append(batch)
        }
    }

    @Test func nobodyElseOpensIt() async throws {
        let desk = try StoreDesk(.sqlite)
        let error = #expect(throws: SQLiteFileError.self) { _ = try open(desk.folder, desk) }
        #expect(error?.code == .locked)
        try await desk.sqlite.close()
        _ = try open(desk.folder, desk)
    }

    @Test func noPlaintextStandsInAnyFile() async throws {
        let phrase = "the planted phrase of the store's test"
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        let keys = try SpaceKeys(of: author.log.epoch, in: author.log, openedBy: author.keys)
        let entry = EntryID.number(1)
        let draft = EditHeader(
            entry: entry, tokens: [keys.token(of: phrase, in: entry)], group: 1, boxHash: testHash([]))
        let box = try keys.seal(
            Array(phrase.utf8), of: draft, at: Dot(author.replica, 1), using: &author.generator)
        let header = EditHeader(entry: entry, tokens: draft.tokens, group: 1, boxHash: .sha256(box))
        let empty = author.next([.set(1, [1])]).header
        let batch = author.signed(empty, [Edit(header, box: box)], by: author.keys)
        #expect(try await desk.take(batch, author) == .took(batch))
        #expect(try desk.folder.files().count >= 3)
        #expect(try desk.folder.files(holding: phrase) == [])
        #expect(try desk.folder.files(holding: "planted") == [])
    }

    @Test func whatIsForgottenLeavesTheDisk() async throws {
        let phrase = "sealed bytes that must go"
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        let batch = try author.write(.set(1, [1], box: Array(phrase.utf8)), .set(2, [1]))
        _ = try await desk.take(batch, author)
        #expect(try desk.folder.files(holding: phrase) != [])
        _ = try await desk.take(author.write(.forget(1)), author)
        #expect(try await desk.sqlite.status().isScrubDue)
        #expect(try await desk.sqlite.scrub())
        #expect(try await !desk.sqlite.status().isScrubDue)
        #expect(try desk.folder.files(holding: phrase) == [])
        #expect(try await desk.batches(author).count == 2)
    }

    @Test func aBackupIsAStoreOfItsOwn() async throws {
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        let first = try author.write(.set(1, [1]))
        _ = try await desk.take(first, author)
        let folder = try TemporaryFolder()
        try await desk.sqlite.backup(to: folder.path + "/db")
        let second = try author.write(.set(2, [1]))
        _ = try await desk.take(second, author)
        #expect(try folder.files().keys.sorted() == ["db"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/db")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let backup = try open(folder, desk)
        #expect(try await batches(backup, author) == .batches([first], isLast: true))
        #expect(
            try await backup.answer(.take(author.space, second), to: author.id) == .took(second),
            "and is refilled")
        let error = await #expect(throws: SQLiteFileError.self) {
            try await desk.sqlite.backup(to: folder.path + "/db")
        }
        #expect(error?.code == .cannotOpen)
    }

    @Test func aLogThatForkedIsCutBackAndTheOtherBranchComes() async throws {
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        let base = author.log
        let first = try author.write(.set(1, [1]))
        _ = try await desk.take(first, author)
        let lost = try await desk.companion(of: author, 5)
        let branch = try author.write(.set(1, [1]))
        _ = try await desk.take(branch, author)
        // Records that another server got meanwhile.
        author.log = base
        let other = try StoreAuthor(seed: 2, of: base)
        let record = try author.adding(other.keys.identity)
        #expect(try await desk.append(record, author) == .refused(.head))
        #expect(try await desk.sqlite.settle(author.space, head: testHash([1])) == false)
        #expect(try await desk.sqlite.settle(author.space, head: base.head))
        #expect(try await desk.batches(author) == [first], "what names a record of the other branch is set aside")
        #expect(try await desk.sqlite.status().spaces[0].setAsideCount == 1)
        #expect(try await desk.append(record, author) != .refused(.head))
        try await desk.restart()
        #expect(try await desk.store.answer(other.proof(), to: nil) == .identified(other.id, spaces: [author.space]))
        #expect(try await desk.store.answer(lost.proof(), to: nil) == .stranger)
        #expect(try await desk.batches(author) == [first])
    }

    @Test func statusCountsWhatIsThere() async throws {
        let desk = try StoreDesk(.sqlite)
        let author = try await desk.founder()
        _ = try await desk.companion(of: author)
        _ = try await desk.take(author.write(.set(1, [1], box: [1, 2, 3])), author)
        try await desk.sqlite.block(DeviceID(bits: .number(1)), true)
        let space = StoreStatus.Space(
            id: author.space, recordCount: 2, editCount: 1,
            byteCount: 11, keptByteCount: author.log.records.reduce(0) { $0 + $1.bytes.count }, setAsideCount: 0,
            setAsideByteCount: 0)
        #expect(
            try await desk.sqlite.status()
                == StoreStatus(
                    spaces: [space], enrolled: [author.id], blockedCount: 1, isReadOnly: false, isScrubDue: false))
        try await desk.sqlite.block(DeviceID(bits: .number(1)), false)
        #expect(try await desk.sqlite.status().blockedCount == 0)
    }
}
