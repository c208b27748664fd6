import Causality
import Foundation
import GRDB
import Membership
import Sealing
import SQLiteFile
import SyncServer
import SyncServerSQLite
import Synchronization
import TestSupport
import Testing
import Wire

/// Fails commits as a disk would, just before SQLite writes, while it is switched on.
private final class FailingCommits: TransactionObserver, Sendable {
    let code = Mutex<ResultCode?>(nil)

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseWillCommit() throws {
        if let code = code.withLock({ $0 }) { throw DatabaseError(resultCode: code) }
    }
    func databaseDidCommit(_ db: Database) {}
    func databaseDidRollback(_ db: Database) {}
}

/// Guarantees of the SQLite store's commits.
@Suite struct StoreCommitTests {
    func commitCount(_ fixture: StoreFixture) -> Int {
        fixture.statements.withLock { $0.count { $0.hasPrefix("COMMIT") } }
    }

    /// Asks all of these concurrently, while the file's only connection is busy.
    func atOnce(_ fixture: StoreFixture, _ author: StoreAuthor, _ questions: [ServerQuestion]) async throws
        -> [ServerAnswer]
    {
        let (store, engine, id) = (fixture.store, try fixture.sqlite, author.id)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let busy = DispatchSemaphore(value: 0)
        return try await withThrowingTaskGroup(of: (Int, ServerAnswer)?.self) { group in
            group.addTask {
                try await engine.file.write { _ in
                    opener.finish()
                    busy.wait()
                }
                return nil
            }
            for await _ in gate {}
            for (index, question) in questions.enumerated() {
                group.addTask { (index, try await store.answer(question, to: id)) }
            }
            // The first few may have begun a group of their own; the others wait together.
            while engine.writeCount < questions.count { await Task.yield() }
            busy.signal()
            var answers: [Int: ServerAnswer] = [:]
            for try await answer in group { if let answer { answers[answer.0] = answer.1 } }
            return answers.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    @Test func pushesThatWaitTogetherShareACommit() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let authors = try (0..<20).map { _ in
            try author.beginFeed()
            return author.next([.set(1, [1])])
        }
        let before = commitCount(fixture)
        let answers = try await atOnce(fixture, author, authors.map { .take(author.space, $0) })
        #expect(answers == authors.map { .took($0) })
        // The one that kept the connection busy, the first few of the twenty, and all others.
        #expect(commitCount(fixture) - before <= 3)
        #expect(try await fixture.batches(author).count == 20)
    }

    @Test func aPushThatFailsUndoesNoOther() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        var batches: [Batch] = []
        for index in 0..<9 {
            try author.beginFeed()
            var batch = author.next([.set(1, [1]), .set(index, [2])])
            // Refused, but only after most of it was written.
            if index % 3 == 1 { batch = Batch(batch.header, signature: [1], edits: batch.edits) }
            if index % 3 == 2 { batch = author.next([.set(1, [1], box: Array(repeating: 1, count: 200_733))]) }
            batches.append(batch)
        }
        let answers = try await atOnce(fixture, author, batches.map { .take(author.space, $0) })
        for (index, answer) in answers.enumerated() {
            let batch = batches[index]
            let expected: [ServerAnswer] = [
                .took(batch), .refused(.signature), .refused(.tooLarge, batch.header.firstDot),
            ]
            #expect(answer == expected[index % 3])
        }
        let taken = try await fixture.batches(author).map(\.header)
        #expect(Set(taken) == Set([0, 3, 6].map { batches[$0].header }))
    }

    @Test func aFullDiskIsToldAndReadingGoesOn() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let failing = FailingCommits()
        try await fixture.sqlite.file.write { $0.add(transactionObserver: failing, extent: .observerLifetime) }
        let first = try author.write(.set(1, [1]))
        _ = try await fixture.take(first, author)
        let second = try author.write(.set(2, [1]))
        failing.code.withLock { $0 = .SQLITE_FULL }
        #expect(try await fixture.take(second, author) == .refused(.full))
        #expect(try await fixture.batches(author) == [first])
        failing.code.withLock { $0 = nil }
        #expect(try await fixture.take(second, author) == .took(second))
    }

    @Test func afterAFailedSyncNothingIsAcknowledgedUntilReopening() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let failing = FailingCommits()
        try await fixture.sqlite.file.write { $0.add(transactionObserver: failing, extent: .observerLifetime) }
        let first = try author.write(.set(1, [1]))
        _ = try await fixture.take(first, author)
        let second = try author.write(.set(2, [1]))
        failing.code.withLock { $0 = .SQLITE_IOERR_FSYNC }
        await #expect(throws: SQLiteFileError.self) { try await fixture.take(second, author) }
        failing.code.withLock { $0 = nil }
        let error = await #expect(throws: SQLiteFileError.self) { try await fixture.take(second, author) }
        #expect(error?.code == .broken)
        await #expect(throws: SQLiteFileError.self) { try await fixture.invite([1]) }
        #expect(try await fixture.batches(author) == [first])
        try await fixture.restart()
        #expect(try await fixture.take(second, author) == .took(second))
    }

    @Test func aRecordWhoseCommitFailedIsNotInTheLog() async throws {
        let fixture = try StoreFixture(.sqlite)
        let author = try await fixture.founder()
        let failing = FailingCommits()
        try await fixture.sqlite.file.write { $0.add(transactionObserver: failing, extent: .observerLifetime) }
        let record = try author.adding(try StoreAuthor(seed: 2).keys.identity)
        failing.code.withLock { $0 = .SQLITE_FULL }
        #expect(try await fixture.append(record, author) == .refused(.full))
        failing.code.withLock { $0 = nil }
        let end = try #require(LogEnd(count: 1, head: author.log.head))
        #expect(try await fixture.ask(.log(author.space, end), author) == .log(missingFrom: nil, end: end))
        #expect(try await fixture.append(record, author) != .refused(.full))
    }

    @Test(arguments: StoreKind.engines) func aSpaceTakesNoMoreThanItsQuota(_ kind: StoreKind) async throws {
        var limits = StoreLimits()
        limits.editsPerSpaceMax = 3
        let fixture = try StoreFixture(kind, limits: limits)
        let author = try await fixture.founder()
        let first = try author.write(.set(1, [1]), .set(2, [1]))
        #expect(try await fixture.take(first, author) == .took(first))
        #expect(try await fixture.take(author.next([.set(3, [1]), .set(4, [1])]), author) == .refused(.full))
        let second = try author.write(.set(3, [1]))
        #expect(try await fixture.take(second, author) == .took(second))
        #expect(try await fixture.batches(author) == [first, second])
    }

    @Test(arguments: StoreKind.engines) func aSpaceTakesNoMoreBytesThanItsQuota(_ kind: StoreKind) async throws {
        var limits = StoreLimits()
        limits.bytesPerSpaceMax = 2_000
        let fixture = try StoreFixture(kind, limits: limits)
        let author = try await fixture.founder()
        var stub = try author.write(.set(1, [1], box: Array(repeating: 1, count: 2_000)))
        #expect(try await fixture.take(stub, author) == .refused(.full))
        let box = try #require(stub.edits[0].box)
        stub.edits[0].box = nil
        #expect(try await fixture.take(stub, author) == .took(stub))
        #expect(
            try await fixture.ask(.supply(author.space, stub.header.firstDot, box), author) == .refused(.full))
        #expect(try await fixture.authority.status().spaces[0].byteCount == 8)
    }
}
