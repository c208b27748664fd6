import CanonicalJSON
import Foundation
import Testing

/// A server that has edits without their boxes: people are told, and no device believes to be up to date.
@Suite(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to take contents from a server"))
struct ServerHoldingBackTests {
    /// A journal with a printed key, on a server that has three notes of it without their boxes.
    private func robbed() throws -> (laptop: Fixture, daemon: Daemon, enrolment: String, key: String) {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        for number in 1...3 { try laptop.does("note", "note \(number)") }
        try laptop.connect()
        let enrolment = try laptop.string()
        let key = try #require(laptop.btw("recovery", "new").lines.first)
        try laptop.getsUpToDate()
        #expect(daemon.stop().exit == 0)
        try laptop.takeContents(fromServer: "server")
        return (laptop, try Daemon(laptop, listen: daemon.address), enrolment, key)
    }

    @Test func contentsThatTheServerHoldsBackAreToldAndComeWithWhoHasThem() throws {
        let (laptop, daemon, enrolment, key) = try robbed()

        let tablet = laptop.at("tablet")
        let recovered = try tablet.btw("recover", enrolment, key)
        #expect(recovered.exit == 6 && recovered.err.contains("holds back what"), "\(recovered.err)")
        let synced = try tablet.btw("sync")
        #expect(synced.exit == 6 && synced.out.contains("\(daemon.address) holds back what"), "\(synced.out)")
        #expect(
            synced.out.contains("What is written here is safe and in view") && synced.out.contains("\nNext: btw sync"))
        let report = try Synced(parsing: tablet.btw("sync", "--json"))
        #expect(report.ran.exit == 6 && report.state == "unsettled")
        #expect(try #require(report.json["missing"]?.asInteger) >= 3 && report.json["alarms"] == [])
        try isReminded(tablet, by: daemon.address)
        // The server lost them: their author supplies them again.
        try tablet.does("note", "written meanwhile")
        #expect(try tablet.btw("list").out.contains("written meanwhile"))

        // A single sync of a device that has them may end before the server has asked for them.
        var said = ""
        let isHealed = try Waiting.until {
            _ = try laptop.btw("sync")
            let synced = try tablet.btw("sync")
            said = synced.out
            return synced.exit == 0
        }
        #expect(isHealed && said.hasPrefix("\(daemon.address) holds back nothing of what changes say any more.\n"))
        #expect(try !tablet.does("status").out.contains("holds back"))
        #expect(try Printed(tablet.does("status", "--json").out).json["alarms"] == [])
        #expect(try !tablet.btw().out.contains("from syncing"))
        try tablet.isSound()
        try laptop.getsUpToDateSoon()
        try Fixture.areEqual(laptop, tablet)
        #expect(daemon.stop().exit == 0)
    }

    /// It stays until it is over, also without network, and does not change the output of commands.
    private func isReminded(_ fixture: Fixture, by server: String) throws {
        let home = try fixture.does()
        #expect(home.out.contains("1 alarm from syncing. See: btw status\n"), "\(home.out)")
        for _ in 1...2 {
            let status = try fixture.does("status")
            #expect(
                status.out.contains("\(server) holds back what ") && status.out.contains(" Since 2026-10-16 10:30."))
            #expect(
                status.out.contains("\nNext: btw sync, a little later; if it stays so, ask whoever runs \(server)\n"))
        }
        let alarms = try Printed(fixture.does("status", "--json").out).json["alarms"]?.asArray ?? []
        #expect(alarms.count == 1 && alarms.first?["code"] == "missing" && alarms.first?["device"] == .null)
        #expect(try #require(alarms.first?["edits"]?.asInteger) >= 3)
        let doctor = try fixture.btw("doctor")
        #expect(doctor.exit == 6 && doctor.out.contains("\(server) holds back what "), "\(doctor.out)\(doctor.err)")
        #expect(!doctor.out.contains("All is well") && doctor.err.contains("Next: btw sync, a little later"))
    }

    @Test func whoStaysUpToDateIsToldOnceThatItBeginsAndOnceThatItIsOver() throws {
        let (laptop, daemon, enrolment, key) = try robbed()
        let tablet = laptop.at("tablet")
        #expect(try tablet.btw("recover", enrolment, key).exit == 6)

        let path = laptop.folder.path + "/watch"
        let watcher = try tablet.startShell("echo $$ >\"$1.pid\"; exec \"$BTW\" sync --watch >\"$1\"", path)
        defer { watcher.end() }
        func lines(_ end: String) -> Int {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count { $0.hasSuffix(end) }
        }
        #expect(Waiting.until { lines("changes say.") == 1 })
        // It continues: new edits are reported, and the alarm is not repeated.
        try tablet.does("note", "written meanwhile")
        #expect(Waiting.until { lines(": 1 sent, 0 received.") == 1 })
        let isOver = try Waiting.until {
            _ = try laptop.btw("sync")
            return lines("changes say any more.") > 0
        }
        #expect(isOver && lines("changes say any more.") == 1 && lines("changes say.") == 1)
        let pid = try #require(pid_t(String(contentsOfFile: path + ".pid", encoding: .utf8).dropLast()))
        kill(pid, SIGTERM)
        #expect(watcher.wait().exit == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aForkIsSaidUntilAPersonHasReadTheStatus() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        try fixture.getsUpToDate()
        let saved = try ["journal.db", "incarnation"].map { name in
            (name, try #require(FileManager.default.contents(atPath: fixture.home + "/" + name)))
        }
        try fixture.does("note", "second")
        try fixture.getsUpToDate()
        // A disk restored in place: the same files with their old contents.
        for (name, bytes) in saved {
            let file = try FileHandle(forWritingTo: URL(filePath: fixture.home + "/" + name))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: bytes)
            try file.close()
        }
        try? FileManager.default.removeItem(atPath: fixture.home + "/journal.db-shm")
        try fixture.does("note", "third")
        let synced = try fixture.does("sync")
        #expect(synced.out.contains(" was copied or put back, and wrote twice under one name"), "\(synced.out)")
        #expect(try fixture.does("list").lines.count == 3)
        try fixture.getsUpToDate()

        #expect(try fixture.does().out.contains("1 alarm from syncing. See: btw status\n"))
        // Scripts get no such sentences, and doctor finds no damage.
        for _ in 1...2 {
            let alarm = try Printed(fixture.does("status", "--json").out).json["alarms"]?.asArray?.first
            #expect(alarm?["code"] == "forked" && alarm?["device"]?.asText != nil)
        }
        #expect(try fixture.does("doctor").out.contains("All is well"))
        #expect(try fixture.does("status").out.contains("written again, nothing lost. Seen 2026-10-16 10:30.\n"))
        #expect(try !fixture.does("status").out.contains("written again"))
        #expect(try !fixture.does().out.contains("from syncing"))
        #expect(daemon.stop().exit == 0)
    }
}

extension Fixture {
    /// Deletes the boxes of all edits from a stopped server.
    fileprivate func takeContents(fromServer server: String) throws {
        let program = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1])
            c.execute('UPDATE edit SET lacks_box = 1 WHERE key IN (SELECT edit FROM box)')
            c.execute('DELETE FROM box'); c.commit()
            c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            """
        let path = folder.path + "/" + server + "/server.db"
        let ran = try startShell("exec python3 -c \"$1\" \"$2\"", program, path).wait()
        try #require(ran.exit == 0, "\(ran.err)")
    }
}
