import CSQLite
import Foundation
import GRDB
import SQLiteFile
import Testing

@Suite struct SafetyTests {
    /// The required settings, written down a second time.
    static let settings = [
        "synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "secure_delete": "1", "temp_store": "2",
        "mmap_size": "0", "cell_size_check": "1", "trusted_schema": "0", "wal_autocheckpoint": "0",
    ]

    func settings(of file: DatabaseFile) throws -> [String: String] {
        try file.read { db in
            #expect(between_sqlite_flag(db.sqliteConnection, SQLITE_DBCONFIG_DEFENSIVE, -1) == 1)
            #expect(between_sqlite_flag(db.sqliteConnection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1) == 1)
            return try Self.settings.keys.reduce(into: [:]) {
                $0[$1] = try String.fetchOne(db, sql: "PRAGMA \($1)")
            }
        }
    }

    @Test func everySettingReadsBackInANewFileAndInEachOpeningAfter() throws {
        try Home.with { home in
            for _ in 0..<3 {
                let file = try home.open()
                #expect(try settings(of: file) == Self.settings)
                try file.insert("a")
                #expect(try settings(of: file) == Self.settings)
                try file.close()
            }
            let file = try home.open(.two)
            #expect(try settings(of: file) == Self.settings)
        }
    }

    @Test func aCheckTellsOfASettingThatWasChanged() throws {
        try Home.with { home in
            let file = try home.open()
            try file.read { try $0.execute(sql: "PRAGMA cell_size_check = OFF") }
            #expect(try file.check().findings == ["cell_size_check is 0, not 1"])
        }
    }

    /// Closing a connection must not checkpoint: only our own checkpoints, under the lock, may.
    @Test func aConnectionThatGoesKeepsTheLog() throws {
        try Home.with { home in
            try home.fillTheLog(["a"])
            let log = try home.bytes(home.log)
            // Dropped, not closed: closing copies the log.
            #expect(try home.open().bodies() == ["a"])
            #expect(try home.bytes(home.log) == log && log.count > 0)
            #expect(try home.open().bodies() == ["a"])
        }
    }

    @Test func turnsTheLogOnForACopyThatHasNone() throws {
        try Home.with { home in
            try home.fill(["a"])
            let copy = Home(folder: home.folder + "-copy")
            try FileManager.default.createDirectory(atPath: copy.folder, withIntermediateDirectories: true)
            let file = try home.open()
            try DatabaseQueue(path: home.database).vacuum(into: copy.database)
            try file.close()
            let opened = try copy.open(createIfMissing: false)
            #expect(try settings(of: opened) == Self.settings)
            #expect(try opened.bodies() == ["a"])
        }
    }

    @Test func theVersionsWithTheLogResetBugAreKnown() {
        #expect(SQLiteVersion.loaded.number >= 3_037_000)
        let known = [3_006_023, 3_007_000, 3_040_001, 3_051_002, 3_051_003].map {
            SQLiteVersion(text: "", number: $0).hasLogResetBug
        }
        #expect(known == [false, true, true, true, false])
    }
}
