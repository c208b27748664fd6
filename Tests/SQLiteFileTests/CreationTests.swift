import Foundation
import SQLiteFile
import Synchronization
import TestSupport
import Testing

@Suite struct CreationTests {
    @Test func makesFolderAndFilesForTheOwnerAlone() throws {
        try Home.with { home in
            let file = try home.open()
            try file.insert("first")
            #expect(file.opening.isNew)
            #expect(try home.mode(home.folder) == 0o700)
            for path in [home.database, home.log, home.index, home.lock] { #expect(try home.mode(path) == 0o600) }
            try file.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.folder).count == 4)
        }
    }

    @Test func switchesToTheLogUnderEXTRAAndMakesTheSchemaBeforeFULL() throws {
        try Home.with { home in
            let statements = Mutex<[String]>([])
            let file = try DatabaseFile.open(
                home.database, lockFile: home.lock, schema: .one, createIfMissing: true,
                onStatement: { statement in statements.withLock { $0.append(statement) } })
            try file.close()
            let steps = [
                "PRAGMA synchronous = EXTRA", "PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE", "CREATE TABLE", "COMMIT",
                "PRAGMA synchronous = FULL",
            ]
            let order = statements.withLock { all in steps.map { step in all.firstIndex { $0.hasPrefix(step) } ?? -1 } }
            #expect(order == order.sorted() && !order.contains(-1), "\(order)")
        }
    }

    @Test func makesNothingUnlessAskedTo() throws {
        try Home.with { home in
            #expect(code { _ = try home.open(createIfMissing: false) } == .missing)
            #expect(!home.exists(home.folder))
            try home.fill(["a"])
            try FileManager.default.removeItem(atPath: home.database)
            #expect(code { _ = try home.open(createIfMissing: false) } == .missing)
            #expect(!home.exists(home.database))
        }
    }

    @Test func makesNoFileBesideALogThatMayHoldTheLastCommits() throws {
        try Home.with { home in
            try home.fillTheLog(["a"])
            let log = try home.bytes(home.log)
            try FileManager.default.moveItem(atPath: home.database, toPath: home.database + ".away")
            #expect(code { _ = try home.open() } == .damaged)
            #expect(try home.bytes(home.log) == log)
            try FileManager.default.moveItem(atPath: home.database + ".away", toPath: home.database)
            #expect(try home.open().bodies() == ["a"])
        }
    }

    @Test func beginsAnewAfterAKilledCreation() throws {
        try Home.with { home in
            try FileManager.default.createDirectory(atPath: home.folder, withIntermediateDirectories: true)
            for rest in [".new", ".new-wal", ".new-journal", ".new-shm"] {
                try home.write(Data(repeating: 7, count: 5_000), to: home.database + rest)
            }
            let file = try home.open()
            try file.insert("a")
            #expect(try file.check().findings == [])
            try file.close()
            #expect(!home.exists(home.database + ".new"))
        }
    }

    @Test func leavesNothingOfACreationThatFails() throws {
        try Home.with { home in
            let wrong = DatabaseFile.Schema(applicationID: 1, migrations: [.one, .init(sql: "CREATE TABLE")])
            #expect(code { _ = try home.open(wrong) } == .migration)
            let rest = try FileManager.default.contentsOfDirectory(atPath: home.folder)
            #expect(rest == ["lock"])
        }
    }

    @Test func opensInAFewMilliseconds() throws {
        try Home.with { home in
            try home.fill(["a"])
            let time = try leastThreadTime(of: 20) { try home.open().close() }
            // An unoptimized build is allowed more; the bound is for a release build.
            #expect(time < .milliseconds(10))
        }
    }
}

extension DatabaseFile.Schema.Migration {
    static let one = Self(sql: DatabaseFile.Schema.table)
}
