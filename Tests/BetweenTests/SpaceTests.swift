import Between
import Causality
import Foundation
import Records
import TestSupport
import Testing

/// Several spaces in one home.
@Suite struct SpaceTests {
    private func bodies(_ space: JournalSpace) async throws -> [String] {
        try await space.entries().compactMap { $0.text("body") }
    }

    @Test func eachIsReadAndWrittenForItself() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let ana = try await journal.home.addSpace(named: "ana")
        let own = try await journal.add(Note("mine", tags: ["a"]))
        let shared = try await ana.add(Note("ours", tags: ["b"]))
        #expect(try await journal.home.spaces().map(\.name) == ["journal", "ana"])
        #expect(try await bodies(journal) == ["mine"])
        #expect(try await bodies(ana) == ["ours"])
        #expect(try await journal.search(["ours"]) == [])
        #expect(try await ana.search(["ours"]) == [shared])
        for (space, other) in [(journal, shared), (ana, own)] {
            await #expect(throws: JournalError.self) { try await space.entry(other.id) }
            await #expect(throws: JournalError.self) { try await space.trash(other.id) }
            #expect(try await space.neighbours(of: other.id).count == 1)
            let status = try await space.status()
            #expect(status.entries == 1 && status.space == space.name)
        }
        // An undo takes back the last step of its space, and what is forgotten in one stays in the other.
        #expect(try await journal.undo().entries == [own.id])
        #expect(try await journal.status().trashed == 1)
        #expect(try await ana.status().trashed == 0)
        try await journal.forget(own.id)
        #expect(try await bodies(ana) == ["ours"])
        let lines = try await home.export(ana)
        #expect(lines.count == 1 && lines[0].contains(#""space":"ana""#))
        #expect(try await journal.home.check().isSound)
        await #expect(throws: JournalError.self) { try await journal.home.addSpace(named: "ana") }
        await #expect(throws: JournalError.self) { try await journal.home.addSpace(named: "journal") }
        try await journal.home.close()

        let again = try await home.open().home
        let found = try await #require(again.spaces().last)
        #expect(found.name == "ana")
        #expect(try await bodies(found) == ["ours"])
        try await found.add(Note("again"))
        #expect(try await Set(found.entries().flatMap(\.clock.dots).map(\.replica)).count == 1)
    }

    @Test func oneThatAnotherProcessAddsIsFound() async throws {
        let home = try TestHome()
        let (journal, other) = (try await home.open(), try await home.open())
        try await journal.home.addSpace(named: "ana").add(Note("ours"))
        let found = try await #require(other.home.spaces().last)
        #expect(try await bodies(found) == ["ours"])
        #expect(try await bodies(other) == [])
    }

    /// In whatever order its spaces are written to, and however often.
    @Test(arguments: [["journal", "ana"], ["ana", "journal"], ["ana", "ana", "journal"]])
    func aCopiedHomeWritesToEachUnderANewName(_ order: [String]) async throws {
        let home = try TestHome()
        let journal = try await home.open()
        _ = try await journal.home.addSpace(named: "ana")
        let spaces = try await journal.home.spaces()
        var before: [String: Dot] = [:]
        for _ in 0..<2 {
            for space in spaces { before[space.name] = try await space.add(Note("before")).clock.dots[0] }
        }
        #expect(before.values.map(\.n) == [2, 2])
        try await journal.home.close()
        let copy = home.folder.path + "/copy"
        try FileManager.default.copyItem(atPath: home.path, toPath: copy)
        let there = try await Journal.open(at: copy, environment: home.clock.environment)
        var names: [String: Set<ReplicaID>] = [:]
        for name in order {
            let space = try await #require(there.spaces().first { $0.name == name })
            names[name, default: []].insert(try await space.add(Note("there")).clock.dots[0].replica)
        }
        let here = try await home.open().home
        for space in try await here.spaces() {
            let last = try #require(before[space.name])
            #expect(try await space.add(Note("here")).clock.dots[0] == Dot(last.replica, 3))
            #expect(names[space.name]?.count == 1 && names[space.name]?.contains(last.replica) == false)
        }
    }

    @Test func whatADatabaseThatWentBackMissesIsCountedOverAll() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        _ = try await journal.home.addSpace(named: "ana")
        for space in try await journal.home.spaces() { try await space.add(Note("kept")) }
        try await journal.home.close()
        let names = ["journal.db", "journal.db-wal"]
        let saved = try names.map { try Data(contentsOf: URL(filePath: home.path + "/" + $0)) }
        let later = try await home.open()
        for space in try await later.home.spaces() {
            for _ in 0..<2 { try await space.add(Note("lost")) }
        }
        try await later.home.close()
        for (name, data) in zip(names, saved) {
            let file = try FileHandle(forWritingTo: URL(filePath: home.path + "/" + name))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: data)
            try file.close()
        }
        try? FileManager.default.removeItem(atPath: home.path + "/journal.db-shm")
        let restored = try await home.open()
        #expect(try await restored.home.missingCount() == 4)
        // A write to one space overwrites what told of the other.
        try await restored.add(Note("new"))
        #expect(try await restored.home.missingCount() == 4)
        for space in try await restored.home.spaces() { try await space.add(Note("newer")) }
        #expect(try await restored.home.missingCount() == 4)
        try await restored.home.acceptMissing()
        #expect(try await restored.home.missingCount() == 0)
    }
}
