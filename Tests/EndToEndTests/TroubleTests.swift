import Foundation
import Testing

/// Failing disks and files: one clear sentence, exit 4, and nothing lost.
@Suite struct TroubleTests {
    /// Commands that change the journal, and commands that do not.
    static let changes = [
        ["note", "y"], ["mood", "3"], ["hw", "t"], ["session", "2026-10-20"], ["undo"], ["import", "jsonl", "FILE"],
    ]
    static let reads = [
        ["list"], ["show", "ID"], ["find", "kept"], ["export", "--jsonl"], ["status"], ["history", "ID"],
    ]

    @Test(.enabled(if: Machine.canMount, "needs root, to mount a small disk"))
    func fullDiskRefusesAndGoesOnWhenThereIsSpace() throws {
        var fixture = try Fixture()
        let disk = fixture.folder.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        #expect(Machine.succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk))
        defer { _ = Machine.succeeds("umount", disk) }
        fixture.environment["BTW_HOME"] = disk + "/home"
        let id = try fixture.makes("note", "kept").id
        let text = String(repeating: "a long day ", count: 8_000)
        var ledger = [id]
        var full = try fixture.btw("note", "-", "--json", input: text)
        for _ in 0..<20 where full.exit == 0 {
            ledger.append(try #require(full.entries().first).id)
            full = try fixture.btw("note", "-", "--json", input: text)
        }
        try full.isRefusal(exit: 4, code: "full")
        try fixture.refuses(["note", "-"], exit: 4, "full", input: text)
        // Confirmed entries are there, and can be read without free space.
        #expect(try Set(fixture.btw("list", "--json").entries().map(\.id)) == Set(ledger))
        #expect(try fixture.btw("show", id).exit == 0)
        #expect(Machine.succeeds("mount", "-o", "remount,size=8m", disk))
        ledger.append(try fixture.makes("note", "-", input: text).id)
        #expect(try Set(fixture.btw("list", "--json").entries().map(\.id)) == Set(ledger))
        try fixture.isSound()
    }

    @Test(.enabled(if: Machine.canMount, "needs root, to mount a small disk"))
    func fullDiskAtTheVeryFirstNoteLeavesNothingThatStandsInTheWay() throws {
        var fixture = try Fixture()
        let disk = fixture.folder.path + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        #expect(Machine.succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk))
        defer { _ = Machine.succeeds("umount", disk) }
        fixture.environment["BTW_HOME"] = disk + "/home"
        for kilobytes in [64, 128, 200, 256, 300, 340, 360, 380] {
            #expect(Machine.succeeds("mount", "-o", "remount,size=\(kilobytes)k", disk))
            let ran = try fixture.btw("note", "first", "--json")
            guard ran.exit != 0 else { break }
            try ran.isRefusal(exit: 4, code: "full", "\(kilobytes)k")
        }
        #expect(Machine.succeeds("mount", "-o", "remount,size=8m", disk))
        try fixture.does("note", "first")
        #expect(try Set(fixture.btw("list", "--json").entries().map(\.body)) == ["first"])
        try fixture.isSound()
    }

    @Test(.enabled(if: Machine.canMount, "needs root, to mount a folder for reading only"))
    func readOnlyFolderCanBeReadAndSaysWhyNothingIsWritten() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "kept").id
        let before = try fixture.export()
        let file = try fixture.file("file.jsonl", before.replacing(id.prefix(4), with: "7zzz"))
        #expect(Machine.succeeds("mount", "--bind", fixture.home, fixture.home))
        defer { _ = Machine.succeeds("umount", fixture.home) }
        #expect(Machine.succeeds("mount", "-o", "remount,bind,ro", fixture.home))
        for command in Self.reads {
            let words = command.map { $0 == "ID" ? id : $0 }
            let ran = try fixture.run(words.map { Array($0.utf8) })
            #expect(ran.exit == 0 && ran.err == "", "\(words): \(ran.err)")
        }
        #expect(try fixture.export() == before)
        #expect(try fixture.btw().exit == 0)
        #expect(try fixture.btw("status").out.contains("may only be read"))
        for command in Self.changes + [["edit", "ID", "--set", "body=z"], ["rm", "ID"], ["forget", "ID", "--yes"]] {
            let words = command.map { $0 == "ID" ? id : $0 == "FILE" ? file : $0 }
            try fixture.refuses(words, exit: 4, "read_only")
        }
        #expect(try fixture.export() == before)
    }

    @Test(.enabled(if: Machine.isRoot == false, "needs a user whom permissions bind, and not root"))
    func folderOfSomebodyElseIsRefused() throws {
        let fixture = try Fixture()
        #expect(chmod(fixture.folder.path, 0o500) == 0)
        defer { chmod(fixture.folder.path, 0o700) }
        try fixture.refuses(["note", "x"], exit: 4, "read_only")
        #expect(chmod(fixture.folder.path, 0o700) == 0)
        try fixture.does("note", "kept")
        #expect(chmod(fixture.home, 0) == 0)
        for command in [["note", "x"], ["list"], ["status"]] { try fixture.refuses(command, exit: 4, "io") }
        #expect(chmod(fixture.home, 0o700) == 0)
        #expect(try fixture.btw("list").lines.count == 1)
    }

    @Test func aHomeThatIsAFileIsRefused() throws {
        let fixture = try Fixture()
        _ = try fixture.file("home", "somebody's text")
        let ran = try fixture.btw("note", "x")
        try ran.isRefusal(exit: 4)
        #expect(try String(contentsOfFile: fixture.home, encoding: .utf8) == "somebody's text")
    }

    @Test(arguments: ["zero", "cut", "half a page", "header", "noise"])
    func damagedFileIsRefusedOrReadAndNeverMadeAnew(_ damage: String) async throws {
        let fixture = try Fixture()
        try await fixture.writeNotes((0..<200).map { "a day \($0) of many" })
        try fixture.does("doctor")
        let database = URL(filePath: fixture.home + "/journal.db")
        try FileManager.default.removeItem(atPath: fixture.home + "/journal.db-wal")
        var bytes = Array(try Data(contentsOf: database))
        switch damage {
        case "zero": bytes = []
        case "cut": bytes.removeLast(bytes.count / 2)
        case "half a page": bytes.removeLast(2_000)
        case "header": bytes.replaceSubrange(16..<40, with: repeatElement(0xFF, count: 24))
        default: for index in stride(from: 4_096, to: bytes.count, by: 97) { bytes[index] ^= 0x5A }
        }
        try Data(bytes).write(to: database)
        let doctor = try fixture.btw("doctor")
        #expect(doctor.exit == 4 && doctor.err.contains("Next: "), "\(doctor.out.prefix(300)) \(doctor.err)")
        for command in [["list"], ["export", "--jsonl"], ["find", "day"], ["status"]] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            // After a clean stop not every page is checked; readable entries are read.
            #expect(ran.exit == 4 || ran.exit == 0 && damage == "half a page", "\(command): \(ran.out.prefix(300))")
            #expect(ran.exit == 0 || ran.err.contains("Next: "), "\(command): \(ran.err)")
        }
        // It was left unchanged, for a repair by hand.
        #expect(Array(try Data(contentsOf: database)) == bytes)
    }

    /// Commands do not parse records again once they were verified; doctor does.
    @Test(.enabled(if: Machine.hasPython, "needs Python with sqlite3"))
    func recordsThatWereSpoiltAreFoundByDoctor() throws {
        let fixture = try Fixture()
        try fixture.does("note", "before")
        try fixture.does("doctor")
        try fixture.python(
            """
            UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), '"signature":"', '"signature":"A') AS BLOB)
            """)
        try fixture.does("note", "after")
        #expect(try fixture.btw("list", "--json").entries().count == 2)
        let doctor = try fixture.btw("doctor")
        #expect(doctor.exit == 4 && doctor.out.contains("signed list of this journal's devices"), "\(doctor)")
        #expect(!doctor.out.contains("All is well") && doctor.err.contains("Next: "), "\(doctor)")
        // Without the stored forms the membership is unknown; the entries can still be read.
        try fixture.python("DELETE FROM verified")
        #expect(try fixture.btw("note", "x").exit == 4)
        #expect(try fixture.btw("list", "--json").entries().count == 2)
    }

    @Test func aFlippedBitIsFoundOrDoesNoHarm() async throws {
        let source = try Fixture()
        let texts = Set((0..<40).map { "a day \($0) of many" })
        try await source.writeNotes(texts.sorted())
        try source.does("doctor")
        let sound = Array(try Data(contentsOf: URL(filePath: source.home + "/journal.db")))
        var found = 0
        let step = sound.count / 40
        for offset in stride(from: 5, to: sound.count, by: step) {
            var bytes = sound
            bytes[offset] ^= 0x10
            let fixture = try Fixture()
            try FileManager.default.copyItem(atPath: source.home, toPath: fixture.home)
            try Data(bytes).write(to: URL(filePath: fixture.home + "/journal.db"))
            let doctor = try fixture.btw("doctor")
            #expect([0, 4].contains(doctor.exit), "byte \(offset): \(doctor.exit) \(doctor.err)")
            if doctor.exit == 4 { found += 1 }
            let listed = try fixture.btw("list", "--json")
            #expect([0, 4].contains(listed.exit), "byte \(offset): \(listed.exit) \(listed.err)")
            // Everything that doctor accepts or repairs is as it was written.
            let bodies = Set(try listed.entries().compactMap(\.body))
            if doctor.exit == 0 { #expect(bodies == texts, "byte \(offset)") }
        }
        #expect(found > 0)
    }

    @Test(.enabled(if: Machine.hasPython, "needs python3, to write with another SQLite"))
    func aNewerVersionIsRefusedAndLeftAsItIs() throws {
        let fixture = try Fixture()
        try fixture.does("note", "x")
        try fixture.python("PRAGMA user_version = 4711")
        let before = try fixture.bytes()
        try fixture.refuses(["note", "y"], exit: 4, "newer_version")
        try fixture.refuses(["list"], exit: 4, "newer_version")
        try fixture.refuses(["doctor"], exit: 4, "newer_version")
        #expect(try fixture.bytes() == before)
    }

    @Test(.enabled(if: Machine.hasPython, "needs python3, to write with another SQLite"))
    func anotherProgramsFileIsRefusedAndLeftAsItIs() throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(atPath: fixture.home, withIntermediateDirectories: true)
        try fixture.python("CREATE TABLE recipe (name TEXT)")
        let before = try fixture.bytes()
        try fixture.refuses(["note", "y"], exit: 4, "not_ours")
        try fixture.refuses(["list"], exit: 4, "not_ours")
        #expect(try fixture.bytes() == before)
    }

    @Test func textInThePlaceOfTheFileIsRefusedAndLeftAsItIs() throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(atPath: fixture.home, withIntermediateDirectories: true)
        _ = try fixture.file("home/journal.db", "dear diary, " + String(repeating: "today ", count: 200))
        let before = try fixture.bytes()
        try fixture.refuses(["note", "y"], exit: 4, "not_ours")
        #expect(try fixture.bytes() == before)
    }

    @Test func aFileThatIsGoneIsNotMadeAnewSilently() throws {
        let fixture = try Fixture()
        try fixture.does("note", "x")
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: fixture.home + "/" + name)
        }
        for command in [["list"], ["note", "y"], ["status"], ["doctor"], ["export", "--jsonl"], []] {
            try fixture.refuses(command, exit: 4, "missing")
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.home + "/journal.db"))
    }

    @Test func missingKeysLeaveEverythingReadable() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "kept").id
        let before = try fixture.export()
        try FileManager.default.removeItem(atPath: fixture.home + "/keys")
        #expect(try fixture.export() == before)
        #expect(try fixture.btw("list").exit == 0)
        #expect(try fixture.btw("status").out.contains("keys"))
        try fixture.refuses(["note", "x"], exit: 4, "keys")
        try fixture.refuses(["edit", id, "--set", "body=x"], exit: 4, "keys")
        #expect(try fixture.export() == before)
    }

    @Test(.enabled(if: Machine.hasPython, "needs python3, to hold the lock"))
    func aLockThatIsNeverLetGoIsWaitedForAndThenNamed() throws {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let before = try fixture.export()
        let holding = """
            import fcntl, os, sys
            file = os.open(sys.argv[1] + "/lock", os.O_RDWR)
            fcntl.flock(file, fcntl.LOCK_EX)
            open(sys.argv[1] + "/../held", "w").close()
            open(sys.argv[1] + "/../over").read()
            """
        // Each end waits for the other to open its pipe.
        for name in ["held", "over"] { #expect(mkfifo(fixture.folder.path + "/" + name, 0o600) == 0) }
        let holder = try fixture.startShell("exec python3 -c \"$1\" \"$2\"", holding, fixture.home)
        close(open(fixture.folder.path + "/held", O_RDONLY))
        // All wait concurrently, half a minute.
        let commands = [["note", "x"], ["note", "x", "--json"], ["list", "--json"]]
        let waiting = try commands.map { try fixture.start($0) }
        let ran = waiting.map { $0.wait() }
        try ran[0].isRefusal(exit: 4)
        try ran[1].isRefusal(exit: 4, code: "locked")
        try ran[2].isRefusal(exit: 4, code: "locked")
        close(open(fixture.folder.path + "/over", O_WRONLY))
        #expect(holder.wait().exit == 0)
        #expect(try fixture.export() == before)
        try fixture.does("note", "and now")
    }

    @Test func aHomeThatWasCopiedGoesOnUnderAnotherName() throws {
        let fixture = try Fixture()
        let first = try fixture.makes("note", "before")
        try FileManager.default.copyItem(atPath: fixture.home, toPath: fixture.at("copy").home)
        let here = try fixture.makes("note", "here")
        let there = try fixture.at("copy").makes("note", "there")
        let names = [first, here, there].map(\.replicas)
        #expect(names[0] == names[1] && names[0] != names[2])
        // A restored backup writes nothing under a number that was used.
        try FileManager.default.removeItem(atPath: fixture.home)
        try FileManager.default.copyItem(atPath: fixture.at("copy").home, toPath: fixture.home)
        try fixture.does("note", "again")
        try fixture.isSound()
    }
}

extension Fixture {
    /// Runs a statement on the database with Python's SQLite.
    func python(_ sql: String) throws {
        let program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
        let path = home + "/journal.db"
        let ran = try startShell("exec python3 -c \"$1\" \"$2\" \"$3\"", program, path, sql).wait()
        try #require(ran.exit == 0, "\(ran.err)")
    }

    /// The database's bytes.
    func bytes() throws -> Data { try Data(contentsOf: URL(filePath: home + "/journal.db")) }
}
