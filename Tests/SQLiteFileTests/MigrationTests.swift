import Foundation
import GRDB
import SQLiteFile
import Testing

@Suite struct MigrationTests {
    @Test func bringsVersionOneToTwoAndKeepsTheRows() throws {
        try Home.with { home in
            try home.fill(["a", "b"])
            let file = try home.open(.two)
            #expect(file.opening.versionBefore == 1)
            #expect(try file.bodies() == ["a", "b"])
            #expect(try file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM note WHERE mood IS NULL") } == 2)
            #expect(try file.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 2)
            try file.close()
            #expect(try home.open(.two).opening.versionBefore == 2)
        }
    }

    @Test func aFailingStepLeavesTheVersionBeforeIntact() throws {
        try Home.with { home in
            try home.fill(["a"])
            let failing = DatabaseFile.Schema(
                applicationID: DatabaseFile.Schema.one.applicationID,
                migrations: DatabaseFile.Schema.two.migrations + [.init { _ in throw CocoaError(.featureUnsupported) }])
            #expect(code { _ = try home.open(failing) } == .migration)
            let file = try home.open()
            #expect(try file.bodies() == ["a"])
            #expect(file.opening.versionBefore == 1)
        }
    }

    @Test func aStepThatBreaksAReferenceFails() throws {
        try Home.with { home in
            try home.fill(["a"])
            let breaking = DatabaseFile.Schema(
                applicationID: DatabaseFile.Schema.one.applicationID,
                migrations: [
                    .one,
                    .init(sql: "CREATE TABLE tag (note INTEGER REFERENCES note) STRICT; INSERT INTO tag VALUES (77)"),
                ])
            #expect(code { _ = try home.open(breaking) } == .migration)
            #expect(try home.open().bodies() == ["a"])
        }
    }

    @Test func aNewerVersionIsLeftAsItIs() throws {
        try Home.with { home in
            let newer = try home.open(.two)
            try newer.write { try $0.insert("a") }
            try newer.close()
            let before = try (home.bytes(home.database), home.bytes(home.log))
            #expect(code { _ = try home.open(.one) } == .newerVersion)
            #expect(try (home.bytes(home.database), home.bytes(home.log)) == before)
            #expect(try home.open(.two).bodies() == ["a"])
        }
    }

    @Test func anotherProgramsDatabaseIsLeftAsItIs() throws {
        try Home.with { home in
            try FileManager.default.createDirectory(atPath: home.folder, withIntermediateDirectories: true)
            let other = try DatabaseQueue(path: home.database)
            try other.write { try $0.execute(sql: "CREATE TABLE theirs (id)") }
            try other.close()
            let before = try home.bytes(home.database)
            #expect(code { _ = try home.open() } == .notOurs)
            #expect(try home.bytes(home.database) == before)
            #expect(!home.exists(home.log))
        }
    }
}
