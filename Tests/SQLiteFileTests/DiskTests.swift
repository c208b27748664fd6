import Foundation
import GRDB
import SQLiteFile
import Testing

/// Fails the next commit as a disk would, just before SQLite writes.
private final class FailingCommit: TransactionObserver {
    let code: ResultCode
    init(_ code: ResultCode) { self.code = code }
    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseWillCommit() throws { throw DatabaseError(resultCode: code) }
    func databaseDidCommit(_ db: Database) {}
    func databaseDidRollback(_ db: Database) {}
}

@Suite struct DiskTests {
    func insert(_ body: String, failing code: ResultCode, _ file: DatabaseFile) throws {
        try file.write { db in
            try db.insert(body)
            db.add(transactionObserver: FailingCommit(code), extent: .nextTransaction)
        }
    }

    @Test(arguments: [ResultCode.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_WRITE, .SQLITE_IOERR])
    func afterAFailedCommitNothingIsWrittenUntilReopening(code failure: ResultCode) throws {
        try Home.with { home in
            let file = try home.open()
            try file.insert("a")
            #expect(code { try insert("b", failing: failure, file) } == .broken)
            #expect(code { try file.insert("c") } == .broken)
            #expect(code { _ = try file.scrub() } == .broken)
            #expect(try file.bodies() == ["a"])
            try file.close()
            let next = try home.open()
            #expect(next.opening.ranQuickCheck)
            try next.insert("d")
            #expect(try next.bodies() == ["a", "d"])
        }
    }

    @Test(arguments: [ResultCode.SQLITE_FULL, .SQLITE_IOERR_SHMSIZE])
    func aCommitThatFindsNoSpaceBreaksNothing(code failure: ResultCode) throws {
        try Home.with { home in
            let file = try home.open()
            #expect(code { try insert("a", failing: failure, file) } == .full)
            try file.insert("b")
            #expect(try file.bodies() == ["b"])
        }
    }

    @Test func errorsTellNoValueAndNoSQL() throws {
        try Home.with { home in
            let file = try home.open()
            let error = #expect(throws: SQLiteFileError.self) {
                try file.write { _ in
                    throw DatabaseError(
                        resultCode: .SQLITE_CORRUPT_VTAB, message: "secret", sql: "secret", arguments: ["secret"])
                }
            }
            #expect(error?.code == .damaged && "\(error as Any)".contains("267"))
            #expect(!"\(error as Any)".contains("secret"))
            #expect((error?.underlying as? DatabaseError)?.message == "secret")
        }
    }

    @Test(.enabled(if: Machine.canMount, "needs root and mount, for a small disk"))
    func aFullDiskKeepsWhatWasWrittenAndRecoversByItself() throws {
        try Machine.withDisk(of: 2_000_000) { home in
            let file = try home.open(walPagesMax: 50)
            let filler = home.folder + "/filler"
            try home.write(Data(repeating: 1, count: 500_000), to: filler)
            var written: [String] = []
            let failure = code {
                while written.count < 10_000 {
                    let body = "line \(written.count) " + String(repeating: "x", count: 3_000)
                    try file.insert(body)
                    written.append(body)
                }
            }
            #expect(failure == .full)
            #expect(!written.isEmpty)
            #expect(try file.bodies() == written)
            #expect(code { try file.insert(String(repeating: "y", count: 100_000)) } == .full)
            try FileManager.default.removeItem(atPath: filler)
            try file.insert("after")
            #expect(try file.bodies() == written + ["after"])
            #expect(try file.check().findings == [])
            try file.close()
            #expect(try home.open().bodies() == written + ["after"])
        }
    }

    @Test(.enabled(if: Machine.canMount, "needs root and mount, for a small disk"))
    func aFullDiskLeavesNothingOfACreation() throws {
        try Machine.withDisk(of: 16_384) { home in
            #expect(code { _ = try home.open() } == .full)
            #expect(!home.exists(home.database) && !home.exists(home.database + ".new"))
        }
    }

    @Test(.enabled(if: Machine.canMount, "needs root and mount, for a disk that may only be read"))
    func aReadOnlyDiskIsReadAndNotWritten() throws {
        try Machine.withDisk(of: 2_000_000) { home in
            try home.fillTheLog(["a"])
            let disk = URL(fileURLWithPath: home.folder).deletingLastPathComponent().path
            #expect(Machine.remount("ro", disk))
            let file = try home.open()
            #expect(file.isReadOnly)
            #expect(try file.bodies() == ["a"])
            #expect(code { try file.insert("b") } == .readOnly)
            #expect(code { _ = try file.scrub() } == .readOnly)
            #expect(try file.check().findings == [])
            try file.close()
            #expect(code { _ = try home.open(.two) } == .readOnly)
            #expect(
                code { _ = try DatabaseFile.moveAside(home.database, lockFile: home.lock, suffix: "x") } == .readOnly)
            #expect(Machine.remount("rw", disk))
            #expect(try !home.open().isReadOnly)
        }
    }

    @Test(
        .enabled(if: !Machine.isRoot, "root may write where permissions forbid it"), arguments: [0o500, 0o700])
    func withoutPermissionItIsReadAndNotWritten(folderMode: Int) throws {
        try Home.with { home in
            try home.fillTheLog(["a"])
            let files = FileManager.default
            for path in [home.database, home.lock] { #expect(chmod(path, 0o400) == 0) }
            #expect(chmod(home.folder, mode_t(folderMode)) == 0)
            defer { try? files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: home.folder) }
            let file = try home.open()
            #expect(file.isReadOnly)
            #expect(try file.bodies() == ["a"])
            #expect(code { try file.insert("b") } == .readOnly)
            try file.close()
        }
    }
}
