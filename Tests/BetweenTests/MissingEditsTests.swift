import Between
import Causality
import Foundation
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// A journal that is older than its device's edits reports it, until they are back or given up.
@Suite struct MissingEditsTests {
    /// The files of a home that belong together.
    private static let files = ["journal.db", "journal.db-wal"]

    private func write(_ texts: String..., to home: TestHome) async throws {
        let journal = try await home.open()
        for text in texts { _ = try await journal.add(Note(text)) }
        try await journal.home.close()
    }

    private func saved(_ home: TestHome) throws -> [Data] {
        try Self.files.map { try Data(contentsOf: URL(filePath: home.path + "/" + $0)) }
    }

    private func putBack(_ saved: [Data], in home: TestHome) throws {
        for (name, data) in zip(Self.files, saved) { try data.write(to: URL(filePath: home.path + "/" + name)) }
        try? FileManager.default.removeItem(atPath: home.path + "/journal.db-shm")
    }

    private func texts(_ journal: JournalSpace) async throws -> Set<String> {
        Set(try await journal.entries().compactMap { $0.text("body") })
    }

    @Test func whatIsMissingIsCountedAndStaysSoWhenSomebodyWritesOn() async throws {
        let home = try TestHome()
        try await write("one", to: home)
        let older = try saved(home)
        try await write("two", "three", to: home)
        let newer = try saved(home)
        try putBack(older, in: home)
        let journal = try await home.open()
        #expect(try await journal.home.missingCount() == 2)
        for text in ["four", "five"] {
            _ = try await journal.add(Note(text))
            #expect(try await journal.home.missingCount() == 2)
        }
        try await journal.home.close()
        #expect(try await home.open().home.missingCount() == 2)
        #expect(try await texts(home.open()) == ["one", "four", "five"])
        // The newer one is restored: now the edits of the older one are missing.
        try putBack(newer, in: home)
        let found = try await home.open()
        #expect(try await texts(found) == ["one", "two", "three"])
        #expect(try await found.home.missingCount() == 2)
    }

    @Test func whatIsGivenUpIsNotToldAgainAndItsNumbersAreNotUsedAgain() async throws {
        let home = try TestHome()
        try await write("one", to: home)
        let older = try saved(home)
        try await write("two", to: home)
        try putBack(older, in: home)
        let journal = try await home.open()
        try await journal.home.acceptMissing()
        #expect(try await journal.home.missingCount() == 0)
        let before = try await journal.entries()[0].clock.dots[0].replica
        let next = try await journal.add(Note("three"))
        #expect(next.clock.dots[0].replica != before)
        #expect(try await journal.home.missingCount() == 0)
        try await journal.home.close()
        #expect(try await home.open().home.missingCount() == 0)
    }

    @Test func aHomeThatIsAsItWasLeftMissesNothing() async throws {
        let home = try TestHome()
        try await write("one", "two", to: home)
        #expect(try await home.open().home.missingCount() == 0)
        let copy = home.folder.path + "/copy"
        try FileManager.default.copyItem(atPath: home.path, toPath: copy)
        let journal = try await Journal.open(at: copy, environment: home.clock.environment).personal
        #expect(try await journal.home.missingCount() == 0)
        _ = try await journal.add(Note("there"))
        #expect(try await journal.home.missingCount() == 0)
        // Stale, as a power loss leaves it.
        let file = URL(filePath: home.path + "/incarnation")
        let late = try Data(contentsOf: file)
        try await write("three", to: home)
        try late.write(to: file)
        #expect(try await home.open().home.missingCount() == 0)
    }

    @Test func aDatabaseWithoutTheLogThatHeldAllOfItIsNotFoundedAnew() async throws {
        let home = try TestHome()
        // A database before it contains anything of the journal, which only its write-ahead log had.
        let empty = try await home.open()
        try await empty.home.close()
        let keys = try Data(contentsOf: URL(filePath: home.path + "/keys"))
        try await write("one", "two", to: home)
        let sound = try saved(home)
        try putBack([try emptied(home), Data()], in: home)
        let error = await #expect(throws: JournalError.self) { try await home.open() }
        #expect(error?.code == .missing && error?.message.hasPrefix("2 changes are missing") == true, "\(error as Any)")
        try putBack(sound, in: home)
        #expect(try await texts(home.open()) == ["one", "two"])
        #expect(try Data(contentsOf: URL(filePath: home.path + "/keys")) == keys)
    }

    /// A file with this schema and no rows.
    private func emptied(_ home: TestHome) throws -> Data {
        let path = home.folder.path + "/empty"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let store = try Replica(path + "/journal.db", lockFile: path + "/lock", createIfMissing: true)
        try store.file.close()
        return try Data(contentsOf: URL(filePath: path + "/journal.db"))
    }

    @Test func theFileAloneIsWholeWhenTheJournalWasClosed() async throws {
        let home = try TestHome()
        try await write("one", "two", to: home)
        for name in ["journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: home.path + "/" + name)
        }
        #expect(try await texts(home.open()) == ["one", "two"])
    }

    @Test func whatOthersCouldReadIsClosedToThem() async throws {
        let home = try TestHome()
        try await write("private", to: home)
        let files = ["keys", "journal.db", "journal.db-wal", "incarnation", "lock"].map { home.path + "/" + $0 }
        for file in files { #expect(chmod(file, 0o644) == 0) }
        #expect(chmod(home.path, 0o755) == 0)
        let journal = try await home.open()
        #expect(
            Set(journal.home.opening.closedToOthers).isSuperset(of: files) && journal.home.opening.openToOthers == [])
        for file in files { #expect(try mode(file) == 0o600, "\(file)") }
        #expect(try mode(home.path) == 0o700)
        #expect(try await home.open().home.opening.closedToOthers == [])
        // A folder with other files keeps its mode: its owner may have a reason for it.
        try Data().write(to: URL(filePath: home.path + "/shopping list"))
        #expect(chmod(home.path, 0o755) == 0)
        _ = try await home.open()
        #expect(try mode(home.path) == 0o755)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
