import Foundation
import GRDB
import SQLiteFile
import Testing

@Suite struct DamageTests {
    /// Opens bytes as a database; returns the error code, and checks that the bytes are unchanged.
    func codeOfOpening(_ bytes: Data) throws -> SQLiteFileError.Code? {
        try Home.with { home in
            try FileManager.default.createDirectory(atPath: home.folder, withIntermediateDirectories: true)
            try home.write(bytes, to: home.database)
            let answer = code { _ = try home.open() }
            if answer != nil { #expect(try home.bytes(home.database) == bytes) }
            return answer
        }
    }

    @Test func anEmptyFileIsDamagedAndLeftAsItIs() throws {
        #expect(try codeOfOpening(Data()) == .damaged)
    }

    @Test func textIsNotOurs() throws {
        #expect(try codeOfOpening(Data(String(repeating: "dear diary ", count: 500).utf8)) == .notOurs)
        #expect(try codeOfOpening(Data("x".utf8)) == .notOurs)
    }

    @Test(arguments: [1, 50, 99, 100, 511, 512, 4_000, 4_096, 6_000, 8_192, 12_288])
    func aTruncatedFileIsRefusedAndLeftAsItIs(byteCount: Int) throws {
        let whole = try Home.with { home in
            try home.fill((0..<200).map { "line \($0) " + String(repeating: "x", count: 100) })
            return try home.bytes(home.database)
        }
        let answer = try codeOfOpening(whole.prefix(byteCount))
        #expect(answer == .damaged || answer == .notOurs)
    }

    @Test func aLinkIsNotFollowed() throws {
        try Home.with { home in
            try home.fill(["a"])
            let link = Home(folder: home.folder + "-link")
            try FileManager.default.createDirectory(atPath: link.folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: link.database, withDestinationPath: home.database)
            #expect(code { _ = try link.open() } == .notOurs)
        }
    }

    @Test func withoutItsLogItOpensAtTheOlderState() throws {
        try Home.with { home in
            try home.fill(["a"])
            try home.fillTheLog(["b"])
            try FileManager.default.removeItem(atPath: home.log)
            try FileManager.default.removeItem(atPath: home.index)
            #expect(try home.open().bodies() == ["a"])
        }
    }

    @Test func aLogWithATornEndLosesOnlyWhatWasTorn() throws {
        try Home.with { home in
            try home.fill(["a"])
            try home.fillTheLog(["b"])
            let size = try home.bytes(home.log).count
            try home.fillTheLog(["c"])
            try home.write(try home.bytes(home.log).prefix(size + 700), to: home.log)
            #expect(try home.open().bodies() == ["a", "b"])
        }
    }

    @Test func movesEveryFileAsideAndDeletesNothing() throws {
        try Home.with { home in
            try home.fillTheLog(["a"])
            let log = try home.bytes(home.log)
            let moved = try DatabaseFile.moveAside(home.database, lockFile: home.lock, suffix: "damaged-2026-03-01")
            let aside = home.database + ".damaged-2026-03-01"
            #expect(moved == [aside, aside + "-wal", aside + "-shm"])
            #expect(try home.bytes(aside + "-wal") == log)
            #expect(try home.open().count() == 0)
            #expect(
                code {
                    _ = try DatabaseFile.moveAside(home.database, lockFile: home.lock, suffix: "damaged-2026-03-01")
                }
                    == .cannotOpen)
            let old = try DatabaseFile.open(aside, lockFile: home.lock, schema: .one)
            #expect(try old.bodies() == ["a"])
        }
    }
}
