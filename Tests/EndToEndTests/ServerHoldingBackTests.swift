import CanonicalJSON
import Foundation
import Testing

/// A server that has edits and not what they say: its person is told, and nobody believes to be up to date.
@Suite(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to take contents from a server"))
struct ServerHoldingBackTests {
    @Test func contentsThatTheServerHoldsBackAreToldAndComeWithWhoHasThem() throws {
        let laptop = try Desk()
        let daemon = try Daemon(laptop)
        for number in 1...3 { try laptop.does("note", "note \(number)") }
        try laptop.connect()
        let enrolment = try laptop.string()
        let key = try #require(laptop.btw("recovery", "new").lines.first)
        try laptop.getsInStep()
        #expect(daemon.stop().exit == 0)
        try laptop.takeContents(fromServer: "server")
        let again = try Daemon(laptop, listen: daemon.address)

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
        // What it holds is no secret of the server's: who wrote it brings it again.
        try tablet.does("note", "written meanwhile")
        #expect(try tablet.btw("list").out.contains("written meanwhile"))

        // A single sync of who has them may end before the server has asked for them.
        let isHealed = try Waiting.until {
            _ = try laptop.btw("sync")
            return try tablet.btw("sync").exit == 0
        }
        #expect(isHealed)
        try laptop.getsInStepSoon()
        try Desk.areEqual(laptop, tablet)
        #expect(again.stop().exit == 0)
    }
}

extension Desk {
    /// Takes what all edits say from a server that does not run.
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
