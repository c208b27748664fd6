import Foundation
import GRDB
import SQLiteFile
import Synchronization
import Testing

@Suite struct WriteTests {
    @Test func anErrorRollsBackAndComesOutAsItIs() throws {
        struct Mine: Error {}
        try Home.with { home in
            let file = try home.open()
            #expect(throws: Mine.self) {
                try file.write { db in
                    try db.insert("a")
                    throw Mine()
                }
            }
            let error = #expect(throws: DatabaseError.self) {
                try file.write { try $0.execute(sql: "INSERT INTO note (body) VALUES (NULL)") }
            }
            #expect(error?.resultCode == .SQLITE_CONSTRAINT)
            #expect(try file.count() == 0)
        }
    }

    @Test func whatFollowsTheCommitRunsWithTheLockHeld() throws {
        try Home.with { home in
            let file = try home.open()
            let other = try home.open(wait: .zero)
            var seen: (id: Int64, count: Int?, code: SQLiteFileError.Code?)?
            try file.write {
                try $0.insert("a")
                return $0.lastInsertedRowID
            } afterCommit: { id in
                seen = (id, try? file.count(), code { try other.insert("b") })
            }
            #expect(seen?.id == 1 && seen?.count == 1 && seen?.code == .locked)
        }
    }

    @Test func nothingFollowsACommitThatDidNotHappen() throws {
        try Home.with { home in
            let file = try home.open()
            var hasRun = false
            #expect(throws: CancellationError.self) {
                try file.write { _ in
                    throw CancellationError()
                } afterCommit: {
                    hasRun = true
                }
            }
            #expect(!hasRun)
        }
    }

    @Test func aWriteInsideAWriteIsAnError() throws {
        try Home.with { home in
            let file = try home.open()
            try file.write { db in
                #expect(code { try file.insert("inner") } == .nested)
                try db.insert("outer")
            }
            #expect(try file.bodies() == ["outer"])
        }
    }

    @Test func aLogPastItsLimitIsCopiedAndUsedAgain() throws {
        try Home.with { home in
            func logBytes(walPagesMax: Int) throws -> Int64 {
                let file = try home.open(walPagesMax: walPagesMax)
                for n in 0..<300 { try file.insert("line \(n) " + String(repeating: "x", count: 500)) }
                let bytes = try file.check().logByteCount
                #expect(try file.scrub(rebuilding: false))
                try file.close()
                return bytes
            }
            let (short, long) = try (logBytes(walPagesMax: 20), logBytes(walPagesMax: 100_000))
            #expect(short < 40 * 4_120 && long > 300 * 4_120)
        }
    }

    @Test func theLogStaysShortWhenEveryWriteIsByANewConnection() throws {
        try Home.with { home in
            var longest: Int64 = 0
            for n in 0..<150 {
                let file = try home.open(walPagesMax: 20)
                try file.insert("line \(n) " + String(repeating: "x", count: 500))
                longest = max(longest, try file.check().logByteCount)
                try file.close()
            }
            #expect(longest < 40 * 4_120)
        }
    }

    @Test func aReadSeesOneStateAndCannotWrite() throws {
        try Home.with { home in
            let file = try home.open()
            let other = try home.open()
            try file.read { db in
                #expect(try db.count() == 0)
                try other.insert("a")
                #expect(try db.count() == 0)
            }
            #expect(try file.count() == 1)
            #expect(code { try file.read { try $0.insert("b") } } == .readOnly)
        }
    }

    @Test func whatNothingHangsOnIsSeenAtOnceAndNotSynced() throws {
        try Home.with { home in
            let file = try home.open()
            func level(_ database: Database) throws -> Int? { try Int.fetchOne(database, sql: "PRAGMA synchronous") }
            let loose = try file.write(isDurable: false) { database in
                try database.insert("a")
                return try level(database)
            }
            #expect(loose == 1)
            #expect(throws: CancellationError.self) {
                try file.write(isDurable: false) { _ in throw CancellationError() }
            }
            let (durable, other) = try (file.write { try level($0) }, home.open())
            #expect(durable == 2)
            #expect(try other.bodies() == ["a"])
            #expect(try file.check().isSound)
        }
    }

    @Test func aFileThatWasClosedSaysSo() throws {
        try Home.with { home in
            let file = try home.open()
            try file.close()
            try file.close()
            #expect(code { try file.insert("a") } == .closed)
            #expect(code { _ = try file.count() } == .closed)
        }
    }

    @Test func writesAndReadsWithoutBlocking() async throws {
        try await Home.with { home in
            let file = try home.open()
            try await withThrowingTaskGroup { group in
                for n in 0..<50 { group.addTask { try await file.write { try $0.insert("\(n)") } } }
                try await group.waitForAll()
            }
            #expect(try await file.read { try $0.count() } == 50)
            #expect(try await file.check().isSound)
            #expect(try await file.scrub())
            try await file.close()
        }
    }

    @Test func readsGoOnWhileAWriteWaitsForTheLock() async throws {
        try await Home.with { home in
            let file = try home.open()
            let (inside, enter) = AsyncStream<Void>.makeStream()
            let release = DispatchSemaphore(value: 0)
            let other = try home.open()
            async let holding: Void = other.write { _ in
            } afterCommit: { _ in
                enter.yield()
                release.wait()
            }
            for await _ in inside { break }
            async let waiting: Void = file.write { try $0.insert("late") }
            for _ in 0..<20 { #expect(try await file.read { try $0.count() } == 0) }
            release.signal()
            _ = try await (holding, waiting)
            #expect(try await file.read { try $0.count() } == 1)
        }
    }

    @Test func aCancelledWriteStopsWaiting() async throws {
        try await Home.with { home in
            let file = try home.open()
            let daemon = try home.open(lock: .forLife)
            let write = Task { try await file.write { try $0.insert("a") } }
            write.cancel()
            await #expect(throws: CancellationError.self) { try await write.value }
            try await daemon.close()
            #expect(try await file.read { try $0.count() } == 0)
        }
    }
}
