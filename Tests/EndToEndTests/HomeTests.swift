import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// The folder of a journal: its place, its owner, and its copies.
@Suite struct HomeTests {
    @Test func aTildeIsThePersonsFolderWhereNoShellExpandsIt() throws {
        let fixture = try Fixture()
        let there = fixture.folder.path + "/journal"
        for (typed, variables) in [
            (["note", "one"], ["BTW_HOME": "~/journal"]), (["--home=~/journal", "note", "two"], [:]),
            (["--home", "~/journal", "note", "three"], [:]),
        ] as [([String], [String: String?])] {
            let ran = try fixture.with(variables).startShell(
                "mkdir -p \"$HOME/elsewhere\" && cd \"$HOME/elsewhere\" && exec \"$BTW\" \"$@\"", typed
            ).wait()
            #expect(ran.exit == 0 && ran.complaint == "", "\(typed): \(ran.err)")
        }
        #expect(try fixture.at("journal").btw("list").lines.count == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path + "/elsewhere") == [])
        #expect(FileManager.default.fileExists(atPath: there + "/keys"))
        try fixture.with(["BTW_HOME": "~somebody/journal"]).refuses(["list"], exit: 2, "usage")
        try fixture.with(["BTW_HOME": "~/journal", "HOME": nil]).refuses(["list"], exit: 2, "no_home")
        let data = try fixture.with(["BTW_HOME": nil, "XDG_DATA_HOME": "~/data"]).btw("note", "four", "-q")
        #expect(data.exit == 0 && FileManager.default.fileExists(atPath: fixture.folder.path + "/data/between/keys"))
    }

    @Test func aJournalThatBeginsIsSaidOnceWithItsFolder() throws {
        let fixture = try Fixture()
        #expect(try fixture.btw("list").err == "")
        #expect(try fixture.btw("note", "the first", "-q").err == "\(Ran.begun)\(fixture.home).\n")
        #expect(try fixture.btw("note", "the second").err == "")
        // The disk is not mounted now.
        try FileManager.default.moveItem(atPath: fixture.home, toPath: fixture.at("unmounted").home)
        let ran = try fixture.btw("note", "written meanwhile", "--json")
        #expect(ran.exit == 0 && ran.err == "\(Ran.begun)\(fixture.home).\n")
    }

    @Test func keysWithoutAJournalAreSaid() throws {
        let fixture = try Fixture()
        try fixture.does("note", "lost")
        for name in ["journal.db", "journal.db-wal", "journal.db-shm", "incarnation"] {
            try FileManager.default.removeItem(atPath: fixture.home + "/" + name)
        }
        for command in [["list"], ["find", "lost"], ["status"], []] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            #expect(ran.output.isEmpty && ran.err.contains("no journal"), "\(command): \(ran.err)")
        }
        try fixture.refuses(["doctor"], exit: 4, "missing")
        let ran = try fixture.btw("note", "anew")
        #expect(ran.exit == 0 && ran.err.hasPrefix(Ran.begun) && ran.err.contains("keys"), "\(ran.err)")
    }

    @Test func aCopyOfTheDatabaseWithoutItsLogIsWhole() throws {
        let fixture = try Fixture()
        for number in 1...5 { try fixture.does("note", "note \(number)") }
        let export = try fixture.export()
        let copy = fixture.at("copy")
        try FileManager.default.createDirectory(
            atPath: copy.home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["journal.db", "keys", "incarnation"] {
            try FileManager.default.copyItem(atPath: fixture.home + "/" + name, toPath: copy.home + "/" + name)
        }
        #expect(try copy.export() == export)
        try copy.isSound()
        for name in ["journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: fixture.home + "/" + name)
        }
        #expect(try fixture.export() == export)
        try fixture.isSound()
    }

    /// The database after the second note is restored to its state before it.
    private func wentBack() throws -> Fixture {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let older = try fixture.bytes()
        try fixture.does("note", "gone")
        try older.write(to: URL(filePath: fixture.home + "/journal.db"))
        return fixture
    }

    @Test func aJournalThatIsOlderThanWhatWasWrittenSaysSo() throws {
        let fixture = try wentBack()
        let said = "1 change that this device wrote is not in this copy"
        for command in [["list"], ["find", "kept"], ["status"], ["export", "--jsonl"], []] {
            let ran = try fixture.run(command.map { Array($0.utf8) })
            #expect(
                ran.exit == 0 && ran.err.hasPrefix(said) && ran.err.contains("btw doctor"), "\(command): \(ran.err)")
        }
        try fixture.refuses(["doctor"], exit: 4, "missing")
        // Writing on does not restore the lost edit.
        try fixture.does("note", "written on")
        #expect(try fixture.btw("list").err.hasPrefix(said))
        try fixture.refuses(["doctor"], exit: 4, "missing")
        #expect(try fixture.btw("doctor", "--yes").exit == 0)
        try fixture.does("doctor")
        #expect(try fixture.btw("list").err == "")
        #expect(try fixture.btw("list").lines.count == 2)
    }

    @Test func aJournalThatIsGoneIsRefusedWithAWayThatWorks() throws {
        let fixture = try Fixture().at("a home's")
        try fixture.does("note", "gone")
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: fixture.home + "/" + name)
        }
        let ran = try fixture.btw("note", "not written")
        try ran.isRefusal(exit: 4)
        let way = try #require(ran.err.firstMatch(of: /Without a copy: (mv .*), and then btw join STRING/))
        #expect(try fixture.shell(String(way.output.1)).exit == 0, "\(ran.err)")
        #expect(try fixture.at("a home's.old").btw("list").err.contains("1 change is missing"))
        try fixture.does("note", "anew")
    }

    @Test func statusCountsWhatIsMissingAlsoForPrograms() throws {
        let fixture = try wentBack()
        #expect(try JSONValue(parsing: fixture.btw("status", "--json").out.utf8)["lacking"] == 1)
        #expect(try fixture.btw("doctor", "--yes").exit == 0)
        #expect(try JSONValue(parsing: fixture.btw("status", "--json").out.utf8)["lacking"] == nil)
    }

    @Test func whoAskedForQuietIsAskedForAMoodLater() throws {
        let fixture = try Fixture()
        try fixture.does("mood", "3", "--at", "2026-10-15")
        #expect(try fixture.does("-q").out == "")
        #expect(try fixture.does().out.contains("No mood yet today"))
        #expect(try !fixture.does().out.contains("No mood yet today"))
    }

    @Test(.enabled(if: Daemon.path != nil, "needs btwd beside btw"))
    func whatIsMissingAndWasSentComesBackWithTheNextSync() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "kept")
        try fixture.connect()
        let older = try fixture.bytes()
        try fixture.does("note", "sent")
        try fixture.getsUpToDate()
        try fixture.does("note", "never sent")
        try older.write(to: URL(filePath: fixture.home + "/journal.db"))
        #expect(try fixture.btw("list").err.hasPrefix("2 changes that this device wrote are not"))
        let doctor = try fixture.btw("doctor")
        #expect(doctor.exit == 4 && doctor.err.contains("Next: btw sync"), "\(doctor.err)")
        try fixture.does("note", "written on")
        try fixture.getsUpToDateSoon()
        #expect(Set(try fixture.btw("list", "--json").entries().compactMap(\.body)) == ["kept", "sent", "written on"])
        // An edit that never left this device is lost, and the warning stays.
        #expect(try fixture.btw("list").err.hasPrefix("1 change that this device wrote is not"))
        try fixture.does("note", "and on")
        try fixture.getsUpToDateSoon()
        #expect(try fixture.btw("list").err.hasPrefix("1 change that this device wrote is not"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func filesThatOthersCouldReadAreClosedToThemAndThatIsSaid() throws {
        let fixture = try Fixture()
        try fixture.does("note", "private")
        #expect(chmod(fixture.home + "/keys", 0o644) == 0 && chmod(fixture.home, 0o755) == 0)
        #expect(try fixture.btw("list").err.contains("\(fixture.home)/keys"))
        for (name, mode) in [("/keys", 0o600), ("", 0o700)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.home + name)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
        #expect(try fixture.btw("list").err == "")
        // Unsaved drafts are private, too.
        let drafts = fixture.home + "/drafts"
        try FileManager.default.createDirectory(atPath: drafts, withIntermediateDirectories: true)
        #expect(chmod(drafts, 0o755) == 0 && chmod(fixture.home, 0o755) == 0)
        #expect(try fixture.btw("list").err.contains(drafts))
        for folder in [drafts, fixture.home] {
            #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test(.enabled(if: Daemon.path != nil, "needs btwd beside btw"))
    func theServersFolderIsClosedToOthersAndNamedAsAPersonsHomeIs() throws {
        let fixture = try Fixture()
        #expect(try Daemon(fixture).stop().exit == 0)
        let files = ["identity.pem", "server.db"].map { fixture.folder.path + "/server/" + $0 }
        for file in files { #expect(chmod(file, 0o644) == 0) }
        let daemon = try Daemon(fixture)
        for file in files {
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        }
        #expect(daemon.stop().exit == 0 && daemon.log.contains("identity.pem"))
        // ~/ is expanded, and no other folder with that prefix is created or read.
        #expect(try fixture.btwd("status", "--data", "~/server").exit == 0)
        #expect(try fixture.btwd("status", "--data", "~somebody/server").exit == 2)
    }

    @Test(.enabled(if: FailingCall.canBuild, "needs Linux and a C compiler, to have a call fail"))
    func aDiskThatGivesNoLocksIsRefusedWithAWayOut() throws {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let before = try fixture.export()
        let shim = try FailingCall("int flock(int file, int operation) { errno = ENOLCK; return -1; }", fixture)
        let ran = try fixture.with(shim.variables).btw("note", "not written")
        try ran.isRefusal(exit: 4)
        let next = ran.err.split(separator: "\n").last ?? ""
        #expect(next.contains("disk") && next.contains("folder"), "\(ran.err)")
        #expect(try fixture.export() == before)
    }

    @Test(
        .enabled(if: FailingCall.canBuild, "needs Linux and a C compiler, to have a call fail"),
        arguments: ["EFBIG", "EDQUOT"])
    func aQuotaOrALimitOnFilesIsSaidAsNoSpace(_ number: String) throws {
        let fixture = try Fixture()
        try fixture.does("note", "kept")
        let before = try fixture.export()
        let shim = try FailingCall(
            """
            ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
                if (count >= 512) { errno = \(number); return -1; }
                return syscall(SYS_pwrite64, file, bytes, count, at);
            }
            ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }
            """, fixture)
        let ran = try fixture.with(shim.variables).btw("note", "not written", "--json")
        try ran.isRefusal(exit: 4, code: "full")
        #expect(ran.err.contains("Nothing was written"), "\(ran.err)")
        #expect(try fixture.export() == before)
        try fixture.does("note", "and now")
        try fixture.isSound()
    }
}

/// A library that is loaded into `btw` and makes some calls fail as a test wants.
struct FailingCall {
    static let canBuild = Machine.isLinux && Machine.succeeds("cc", "--version")
    let variables: [String: String?]

    init(_ functions: String, _ fixture: Fixture) throws {
        let headers = ["errno.h", "sys/syscall.h", "sys/types.h", "unistd.h"].map { "#include <\($0)>" }
        let source = try fixture.file(
            "shim.c", (["#define _GNU_SOURCE"] + headers + [functions, ""]).joined(separator: "\n"))
        let library = fixture.folder.path + "/shim.so"
        try #require(Machine.succeeds("cc", "-shared", "-fPIC", "-o", library, source))
        variables = ["LD_PRELOAD": library]
    }
}
