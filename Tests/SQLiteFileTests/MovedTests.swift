import Foundation
import SQLiteFile
import Testing

@Suite struct MovedTests {
    /// Replaces files while the database is open; the next write must detect it.
    func expectMoved(_ change: (Home, FileManager) throws -> Void) throws {
        try Home.with { home in
            let file = try home.open()
            try file.insert("a")
            try change(home, FileManager.default)
            #expect(code { try file.insert("b") } == .moved)
            #expect(code { _ = try file.scrub() } == .moved)
            #expect(try file.bodies() == ["a"])
            try file.close()
        }
    }

    @Test func aMovedFileGetsNoMoreWrites() throws {
        try expectMoved { home, files in try files.moveItem(atPath: home.database, toPath: home.database + "2") }
    }

    @Test func aDeletedFileGetsNoMoreWrites() throws {
        try expectMoved { home, files in try files.removeItem(atPath: home.database) }
    }

    @Test func aReplacedFileGetsNoMoreWrites() throws {
        try expectMoved { home, files in
            try files.copyItem(atPath: home.database, toPath: home.database + "2")
            #expect(rename(home.database + "2", home.database) == 0)
        }
    }

    @Test func aDeletedLogGetsNoMoreWrites() throws {
        try expectMoved { home, files in try files.removeItem(atPath: home.log) }
    }

    @Test func aMovedHomeGetsNoMoreWrites() throws {
        try expectMoved { home, files in try files.moveItem(atPath: home.folder, toPath: home.folder + "2") }
    }

    @Test func aFileThatIsPutBackIsWrittenAgain() throws {
        try Home.with { home in
            let file = try home.open()
            #expect(rename(home.database, home.database + "2") == 0)
            #expect(code { try file.insert("a") } == .moved)
            #expect(rename(home.database + "2", home.database) == 0)
            try file.insert("b")
            #expect(try file.bodies() == ["b"])
        }
    }
}
