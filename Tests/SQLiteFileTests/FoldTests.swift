import Foundation
import GRDB
import SQLiteFile
import Testing

/// Between commands the database file alone has everything, since people and backups copy it without its log.
@Suite struct FoldTests {
    /// The rows in a copy of the database file alone.
    private func copied(_ home: Home) throws -> [String] {
        let copy = Home(folder: home.folder + "-copy-" + UUID().uuidString)
        try FileManager.default.createDirectory(atPath: copy.folder, withIntermediateDirectories: true)
        try home.write(try home.bytes(home.database), to: copy.database)
        return try copy.open().bodies()
    }

    @Test func whatWasCommittedIsInTheFileItself() async throws {
        try await Home.with { home in
            let file = try home.open()
            try file.insert("a")
            #expect(try copied(home) == [])
            await file.fold()
            #expect(try home.bytes(home.log).isEmpty)
            #expect(try copied(home) == ["a"])
            try file.insert("b")
            try await file.close()
            #expect(try copied(home) == ["a", "b"])
        }
    }

    @Test func whatAProcessLeftThatWasKilledComesAlongWithTheNextThatOpens() async throws {
        try await Home.with { home in
            try home.fillTheLog(["a"])
            let reader = try home.open()
            #expect(try reader.count() == 1)
            #expect(try !home.bytes(home.log).isEmpty)
            await reader.fold()
            #expect(try home.bytes(home.log).isEmpty)
            #expect(try copied(home) == ["a"])
            try home.fillTheLog(["b"])
            try await home.open().close()
            #expect(try copied(home) == ["a", "b"])
        }
    }

    @Test func itWaitsForNobodyAndLeavesTheLogToWhoComesNext() async throws {
        try await Home.with { home in
            let (file, other) = try (home.open(), home.open())
            try file.insert("a")
            // Another process holds the lock.
            let release = DispatchSemaphore(value: 0)
            let (inside, enter) = AsyncStream<Void>.makeStream()
            async let holding: Void = other.write { _ in
            } afterCommit: { _ in
                enter.yield()
                release.wait()
            }
            for await _ in inside { break }
            await file.fold(wait: .zero)
            #expect(try copied(home) == [])
            release.signal()
            try await holding
            // Another process reads an older state, which is not disturbed.
            let count = try await other.read { database in
                _ = try database.count()
                try file.insert("b")
                return try database.count()
            }
            #expect(count == 1)
            await file.fold()
            #expect(try copied(home) == ["a", "b"])
            #expect(try await file.check().isSound)
        }
    }
}
