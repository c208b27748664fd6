import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// The folder of a journal: its place, its owner, and its copies.
@Suite struct HomeTests {
    @Test func aTildeIsThePersonsFolderWhereNoShellExpandsIt() throws {
        let desk = try Desk()
        let there = desk.folder.path + "/journal"
        for (typed, variables) in [
            (["note", "one"], ["BTW_HOME": "~/journal"]), (["--home=~/journal", "note", "two"], [:]),
            (["--home", "~/journal", "note", "three"], [:]),
        ] as [([String], [String: String?])] {
            let ran = try desk.with(variables).startShell(
                "mkdir -p \"$HOME/elsewhere\" && cd \"$HOME/elsewhere\" && exec \"$BTW\" \"$@\"", typed
            ).wait()
            #expect(ran.exit == 0 && ran.complaint == "", "\(typed): \(ran.err)")
        }
        #expect(try desk.at("journal").btw("list").lines.count == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: desk.folder.path + "/elsewhere") == [])
        #expect(FileManager.default.fileExists(atPath: there + "/keys"))
        try desk.with(["BTW_HOME": "~somebody/journal"]).refuses(["list"], exit: 2, "usage")
        try desk.with(["BTW_HOME": "~/journal", "HOME": nil]).refuses(["list"], exit: 2, "no_home")
        let data = try desk.with(["BTW_HOME": nil, "XDG_DATA_HOME": "~/data"]).btw("note", "four", "-q")
        #expect(data.exit == 0 && FileManager.default.fileExists(atPath: desk.folder.path + "/data/between/keys"))
    }

    @Test func aJournalThatBeginsIsSaidOnceWithItsFolder() throws {
        let desk = try Desk()
        #expect(try desk.btw("list").err == "")
        #expect(try desk.btw("note", "the first", "-q").err == "\(Ran.begun)\(desk.home).\n")
        #expect(try desk.btw("note", "the second").err == "")
        // The disk is not mounted now.
        try FileManager.default.moveItem(atPath: desk.home, toPath: desk.at("unmounted").home)
        let ran = try desk.btw("note", "written meanwhile", "--json")
        #expect(ran.exit == 0 && ran.err == "\(Ran.begun)\(desk.home).\n")
    }

    @Test func keysWithoutAJournalAreSaid() throws {
        let desk = try Desk()
        try desk.does("note", "lost")
        for name in ["journal.db", "journal.db-wal", "journal.db-shm", "incarnation"] {
            try FileManager.default.removeItem(atPath: desk.home + "/" + name)
        }
        for command in [["list"], ["find", "lost"], ["status"], []] {
            let ran = try desk.run(command.map { Array($0.utf8) })
            #expect(ran.output.isEmpty && ran.err.contains("no journal"), "\(command): \(ran.err)")
        }
        try desk.refuses(["doctor"], exit: 4, "missing")
        let ran = try desk.btw("note", "anew")
        #expect(ran.exit == 0 && ran.err.hasPrefix(Ran.begun) && ran.err.contains("keys"), "\(ran.err)")
    }

    @Test func aCopyOfTheDatabaseWithoutItsLogIsWhole() throws {
        let desk = try Desk()
        for number in 1...5 { try desk.does("note", "note \(number)") }
        let export = try desk.export()
        let copy = desk.at("copy")
        try FileManager.default.createDirectory(
            atPath: copy.home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["journal.db", "keys", "incarnation"] {
            try FileManager.default.copyItem(atPath: desk.home + "/" + name, toPath: copy.home + "/" + name)
        }
        #expect(try copy.export() == export)
        try copy.isSound()
        for name in ["journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: desk.home + "/" + name)
        }
        #expect(try desk.export() == export)
        try desk.isSound()
    }

    /// The database after the second note is restored to its state before it.
    private func wentBack() throws -> Desk {
        let desk = try Desk()
        try desk.does("note", "kept")
        let older = try desk.bytes()
        try desk.does("note", "gone")
        try older.write(to: URL(filePath: desk.home + "/journal.db"))
        return desk
    }

    @Test func aJournalThatIsOlderThanWhatWasWrittenSaysSo() throws {
        let desk = try wentBack()
        let said = "1 change that this device wrote is not in this copy"
        for command in [["list"], ["find", "kept"], ["status"], ["export", "--jsonl"], []] {
            let ran = try desk.run(command.map { Array($0.utf8) })
            #expect(
                ran.exit == 0 && ran.err.hasPrefix(said) && ran.err.contains("btw doctor"), "\(command): \(ran.err)")
        }
        try desk.refuses(["doctor"], exit: 4, "missing")
        // Writing on does not restore the lost edit.
        try desk.does("note", "written on")
        #expect(try desk.btw("list").err.hasPrefix(said))
        try desk.refuses(["doctor"], exit: 4, "missing")
        #expect(try desk.btw("doctor", "--yes").exit == 0)
        try desk.does("doctor")
        #expect(try desk.btw("list").err == "")
        #expect(try desk.btw("list").lines.count == 2)
    }

    @Test func aJournalThatIsGoneIsRefusedWithAWayThatWorks() throws {
        let desk = try Desk().at("a home's")
        try desk.does("note", "gone")
        for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
            try FileManager.default.removeItem(atPath: desk.home + "/" + name)
        }
        let ran = try desk.btw("note", "not written")
        try ran.isRefusal(exit: 4)
        let way = try #require(ran.err.firstMatch(of: /Without a copy: (mv .*), and then btw join STRING/))
        #expect(try desk.shell(String(way.output.1)).exit == 0, "\(ran.err)")
        #expect(try desk.at("a home's.old").btw("list").err.contains("1 change is missing"))
        try desk.does("note", "anew")
    }

    @Test func statusCountsWhatIsMissingAlsoForPrograms() throws {
        let desk = try wentBack()
        #expect(try JSONValue(parsing: desk.btw("status", "--json").out.utf8)["lacking"] == 1)
        #expect(try desk.btw("doctor", "--yes").exit == 0)
        #expect(try JSONValue(parsing: desk.btw("status", "--json").out.utf8)["lacking"] == nil)
    }

    @Test func whoAskedForQuietIsAskedForAMoodLater() throws {
        let desk = try Desk()
        try desk.does("mood", "3", "--at", "2026-10-15")
        #expect(try desk.does("-q").out == "")
        #expect(try desk.does().out.contains("No mood yet today"))
        #expect(try !desk.does().out.contains("No mood yet today"))
    }

    @Test(.enabled(if: Daemon.path != nil, "needs btwd beside btw"))
    func whatIsMissingAndWasSentComesBackWithTheNextSync() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "kept")
        try desk.connect()
        let older = try desk.bytes()
        try desk.does("note", "sent")
        try desk.getsInStep()
        try desk.does("note", "never sent")
        try older.write(to: URL(filePath: desk.home + "/journal.db"))
        #expect(try desk.btw("list").err.hasPrefix("2 changes that this device wrote are not"))
        let doctor = try desk.btw("doctor")
        #expect(doctor.exit == 4 && doctor.err.contains("Next: btw sync"), "\(doctor.err)")
        try desk.does("note", "written on")
        try desk.getsInStepSoon()
        #expect(Set(try desk.btw("list", "--json").entries().compactMap(\.body)) == ["kept", "sent", "written on"])
        // An edit that never left this device is lost, and the warning stays.
        #expect(try desk.btw("list").err.hasPrefix("1 change that this device wrote is not"))
        try desk.does("note", "and on")
        try desk.getsInStepSoon()
        #expect(try desk.btw("list").err.hasPrefix("1 change that this device wrote is not"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func filesThatOthersCouldReadAreClosedToThemAndThatIsSaid() throws {
        let desk = try Desk()
        try desk.does("note", "private")
        #expect(chmod(desk.home + "/keys", 0o644) == 0 && chmod(desk.home, 0o755) == 0)
        #expect(try desk.btw("list").err.contains("\(desk.home)/keys"))
        for (name, mode) in [("/keys", 0o600), ("", 0o700)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: desk.home + name)
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
        #expect(try desk.btw("list").err == "")
        // Unsaved drafts are private, too.
        let drafts = desk.home + "/drafts"
        try FileManager.default.createDirectory(atPath: drafts, withIntermediateDirectories: true)
        #expect(chmod(drafts, 0o755) == 0 && chmod(desk.home, 0o755) == 0)
        #expect(try desk.btw("list").err.contains(drafts))
        for folder in [drafts, desk.home] {
            #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test(.enabled(if: Daemon.path != nil, "needs btwd beside btw"))
    func theServersFolderIsClosedToOthersAndNamedAsAPersonsHomeIs() throws {
        let desk = try Desk()
        #expect(try Daemon(desk).stop().exit == 0)
        let files = ["identity.pem", "server.db"].map { desk.folder.path + "/server/" + $0 }
        for file in files { #expect(chmod(file, 0o644) == 0) }
        let daemon = try Daemon(desk)
        for file in files {
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        }
        #expect(daemon.stop().exit == 0 && daemon.log.contains("identity.pem"))
        // ~/ is expanded, and no other folder with that prefix is created or read.
        #expect(try desk.btwd("status", "--data", "~/server").exit == 0)
        #expect(try desk.btwd("status", "--data", "~somebody/server").exit == 2)
    }

    @Test(.enabled(if: FailingCall.canBuild, "needs Linux and a C compiler, to have a call fail"))
    func aDiskThatGivesNoLocksIsRefusedWithAWayOut() throws {
        let desk = try Desk()
        try desk.does("note", "kept")
        let before = try desk.export()
        let shim = try FailingCall("int flock(int file, int operation) { errno = ENOLCK; return -1; }", desk)
        let ran = try desk.with(shim.variables).btw("note", "not written")
        try ran.isRefusal(exit: 4)
        let next = ran.err.split(separator: "\n").last ?? ""
        #expect(next.contains("disk") && next.contains("folder"), "\(ran.err)")
        #expect(try desk.export() == before)
    }

    @Test(
        .enabled(if: FailingCall.canBuild, "needs Linux and a C compiler, to have a call fail"),
        arguments: ["EFBIG", "EDQUOT"])
    func aQuotaOrALimitOnFilesIsSaidAsNoSpace(_ number: String) throws {
        let desk = try Desk()
        try desk.does("note", "kept")
        let before = try desk.export()
        let shim = try FailingCall(
            """
            ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
                if (count >= 512) { errno = \(number); return -1; }
                return syscall(SYS_pwrite64, file, bytes, count, at);
            }
            ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }
            """, desk)
        let ran = try desk.with(shim.variables).btw("note", "not written", "--json")
        try ran.isRefusal(exit: 4, code: "full")
        #expect(ran.err.contains("Nothing was written"), "\(ran.err)")
        #expect(try desk.export() == before)
        try desk.does("note", "and now")
        try desk.isSound()
    }
}

/// A library that is loaded into `btw` and makes some calls fail as a test wants.
struct FailingCall {
    static let canBuild = Machine.isLinux && Machine.succeeds("cc", "--version")
    let variables: [String: String?]

    init(_ functions: String, _ desk: Desk) throws {
        let headers = ["errno.h", "sys/syscall.h", "sys/types.h", "unistd.h"].map { "#include <\($0)>" }
        let source = try desk.file(
            "shim.c", (["#define _GNU_SOURCE"] + headers + [functions, ""]).joined(separator: "\n"))
        let library = desk.folder.path + "/shim.so"
        try #require(Machine.succeeds("cc", "-shared", "-fPIC", "-o", library, source))
        variables = ["LD_PRELOAD": library]
    }
}
