import Between
import Causality
import Foundation
import Records
import TestSupport
import Testing

/// No number is used twice: copied and restored databases write under a new replica.
@Suite struct IncarnationTests {
    func replicas(_ journal: JournalSpace) async throws -> Set<ReplicaID> {
        Set(try await journal.entries().flatMap { $0.clock.dots.map(\.replica) })
    }

    @Test func aHomeThatStaysKeepsItsName() async throws {
        let home = try TestHome()
        for number in 0..<3 {
            let journal = try await home.open()
            _ = try await journal.add(Note("note \(number)"))
            try await journal.home.close()
        }
        #expect(try await replicas(home.open()).count == 1)
    }

    @Test func aCopiedHomeWritesUnderANewName() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let first = try await journal.add(Note("before")).clock.dots[0]
        try await journal.home.close()
        let copy = home.folder.path + "/copy"
        try FileManager.default.copyItem(atPath: home.path, toPath: copy)
        let there = try await Journal.open(at: copy, environment: home.clock.environment).personal.add(Note("there"))
        let here = try await home.open().add(Note("here"))
        #expect(here.clock.dots[0] == Dot(first.replica, 2))
        #expect(there.clock.dots[0].replica != first.replica)
    }

    @Test func aDatabaseThatWentBackWritesUnderANewName() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let first = try await journal.add(Note("one")).clock.dots[0]
        try await journal.home.close()
        let saved = try ["journal.db", "journal.db-wal"].map {
            try Data(contentsOf: URL(filePath: home.path + "/" + $0))
        }
        let later = try await home.open()
        _ = try await later.add(Note("two"))
        try await later.home.close()
        // Overwritten in place, so that inode and birth time stay.
        for (name, data) in zip(["journal.db", "journal.db-wal"], saved) {
            let file = try FileHandle(forWritingTo: URL(filePath: home.path + "/" + name))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: data)
            try file.close()
        }
        try? FileManager.default.removeItem(atPath: home.path + "/journal.db-shm")
        let restored = try await home.open()
        #expect(try await restored.entries().count == 1)
        #expect(try await restored.add(Note("two again")).clock.dots[0].replica != first.replica)
    }

    @Test func aFileThatIsLateIsPutRight() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        _ = try await journal.add(Note("one"))
        let file = home.path + "/incarnation"
        let late = try Data(contentsOf: URL(filePath: file))
        _ = try await journal.add(Note("two"))
        try late.write(to: URL(filePath: file))
        _ = try await journal.add(Note("three"))
        #expect(try await replicas(journal).count == 1)
    }

    @Test func withoutItsKeysAHomeIsReadAndNotWritten() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let note = try await journal.add(Note("readable"))
        try await journal.home.close()
        try FileManager.default.removeItem(atPath: home.path + "/keys")
        let again = try await home.open()
        #expect(again.keyError?.code == .keys)
        #expect(try await again.entries() == [note])
        await #expect(throws: JournalError.self) { try await again.add(Note("not written")) }
    }

    @Test func aDatabaseThatIsGoneIsNotReplacedByAnEmptyOne() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        _ = try await journal.add(Note("there"))
        try await journal.home.close()
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            try? FileManager.default.removeItem(atPath: home.path + "/" + name)
        }
        await #expect(throws: JournalError.self) { try await home.open() }
        #expect(!FileManager.default.fileExists(atPath: home.path + "/journal.db"))
    }

    @Test func aMachineWithoutANameIsKnownByTheFileAlone() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        _ = try await journal.add(Note("one"))
        try await journal.home.close()
        let file = home.path + "/incarnation"
        // Incarnation files with another machine name, and with an empty one.
        for machine in ["container-1", ""] {
            var text = try String(contentsOfFile: file, encoding: .utf8)
            text = text.replacing(/"machine":"[^"]*"/, with: "\"machine\":\"\(machine)\"")
            try text.write(toFile: file, atomically: false, encoding: .utf8)
            let again = try await home.open()
            _ = try await again.add(Note("again"))
            try await again.home.close()
        }
        let count = try await replicas(home.open()).count
        let isNamed = Journal.machineID() != ""
        #expect(count == (isNamed ? 2 : 1), "another name is another machine, and none is no evidence")
        let folder = home.folder.path
        for (name, text) in [("empty", "\n"), ("first", "uninitialized\n"), ("real", "0123abcd\n")] {
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }
        let names = ["/missing", "/empty", "/first"].map { folder + $0 }
        #expect(Journal.machineID(from: names) == "")
        #expect(Journal.machineID(from: names + [folder + "/real"]) == "0123abcd")
    }
}
