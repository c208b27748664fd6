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

    @Test func whatIsWrittenWhileSomebodyKeepsInStepGoesAtOnce() async throws {
        let desk = try await ReplicaDesk()
        #expect(try await isOpen(desk.home, after: "nobody sends it", desk.journal))
        try await holdAll(desk)
        let store = try Replica(
            desk.home.path + "/journal.db", lockFile: desk.home.path + "/lock", createIfMissing: false)
        try await store.write { try $0.set("server", to: "somewhere") }
        try await store.file.close()
        #expect(try await isOpen(desk.home, after: "nobody listens", desk.journal))
        try await holdAll(desk)
        try Data().write(to: URL(filePath: desk.home.path + "/wake"))
        #expect(try await !isOpen(desk.home, after: "closed as it is written", desk.journal))
        // That one is in flight: notes that are written until it is acknowledged share a batch.
        #expect(try await isOpen(desk.home, after: "one", desk.journal))
        #expect(try await isOpen(desk.home, after: "two", desk.journal))
        try await holdAll(desk)
        #expect(try await desk.batches().map(\.header.count) == [1, 1, 1, 2])
        #expect(try await !isOpen(desk.home, after: "again", desk.journal))
    }

    /// The server holds all edits of this device.
    private func holdAll(_ desk: ReplicaDesk) async throws {
        try await desk.ask(.serverHolds(try await desk.frontier().ends))
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
