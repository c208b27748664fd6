import SyncClient
import Between
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// A write closes its batch if a live exchange sends it at once; otherwise the next sync closes it.
@Suite struct ClosingTests {
    /// Whether the last batch is open after a note.
    private func isOpen(_ home: TestHome, after note: String, _ journal: Journal) async throws -> Bool {
        _ = try await journal.add(Note(note))
        let store = try Replica(home.path + "/journal.db", lockFile: home.path + "/lock", createIfMissing: false)
        let isOpen = try await store.read { reader in
            try reader.hasOpenBatch(in: try #require(try reader.space(named: Journal.privateSpace)))
        }
        try await store.file.close()
        return isOpen
    }

    @Test func whatIsWrittenWhileSomebodyStaysUpToDateGoesAtOnce() async throws {
        let fixture = try await ReplicaFixture()
        #expect(try await isOpen(fixture.home, after: "nobody sends it", fixture.journal))
        try await holdAll(fixture)
        let store = try Replica(
            fixture.home.path + "/journal.db", lockFile: fixture.home.path + "/lock", createIfMissing: false)
        try await store.write { try $0.set("server", to: "somewhere") }
        try await store.file.close()
        #expect(try await isOpen(fixture.home, after: "nobody listens", fixture.journal))
        try await holdAll(fixture)
        try Data().write(to: URL(filePath: fixture.home.path + "/wake"))
        #expect(try await !isOpen(fixture.home, after: "closed as it is written", fixture.journal))
        // That one is in flight: notes that are written until it is acknowledged share a batch.
        #expect(try await isOpen(fixture.home, after: "one", fixture.journal))
        #expect(try await isOpen(fixture.home, after: "two", fixture.journal))
        try await holdAll(fixture)
        #expect(try await fixture.batches().map(\.header.count) == [1, 1, 1, 2])
        #expect(try await !isOpen(fixture.home, after: "again", fixture.journal))
    }

    /// The server holds all edits of this device.
    private func holdAll(_ fixture: ReplicaFixture) async throws {
        try await fixture.ask(.serverHolds(try await fixture.frontier().ends))
    }

    @Test func aNameThatIsAsLongAsBeforeIsWrittenInPlace() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        var files: [UInt64: Set<String>] = [:]
        for number in 1...11 {
            _ = try await journal.add(Note("note \(number)"))
            let path = home.path + "/incarnation"
            let file = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
            files[try #require(file), default: []].insert(try String(contentsOfFile: path, encoding: .utf8))
        }
        // Each of nine one-digit numbers is in the first file, and both of two digits are in the next.
        #expect(files.values.map(\.count).sorted() == [2, 9])
    }
}
