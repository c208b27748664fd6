import Foundation
import TestSupport
import Testing

/// A server whose disk fails: nothing is lost, and it continues when it can.
@Suite(.enabled(if: Machine.canMount, "needs root, to mount a small disk"))
struct ServerDiskTests {
    @Test func aFullDiskKeepsWhatIsThereAndTakesTheRestWhenThereIsSpace() throws {
        let fixture = try Fixture()
        let disk = fixture.folder.path + "/server"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        #expect(Machine.succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk))
        defer { _ = Machine.succeeds("umount", disk) }
        let daemon = try Daemon(fixture, "server/data")
        try fixture.does("note", "first")
        try fixture.connect(server: "server/data")
        let reader = try fixture.copied(to: "reader")
        for number in 1...20 {
            var chance = SeededGenerator(seed: number)
            let noise = String((0..<80_000).map { _ in Character(UnicodeScalar(UInt8(97 + chance.below(26)))) })
            try fixture.does("note", "-", "-q", input: noise)
        }
        let full = try fixture.sync()
        #expect(full.state == "offline" && full.waiting == 20 - full.sent, "\(full.ran.out)")
        let held = try fixture.served(server: "server/data").map(\.edits)
        #expect(held == [1 + full.sent])
        // It still sends what it has.
        #expect(try reader.sync().received == full.sent)
        #expect(Machine.succeeds("mount", "-o", "remount,size=32m", disk))
        let rest = try fixture.getsUpToDate()
        #expect(rest.sent == 20 - full.sent && rest.putBack == 0)
        try reader.getsUpToDateSoon()
        try Fixture.areEqual(fixture, reader)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aFolderThatMayOnlyBeReadIsSaidToBeAndItsNumbersAreShown() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        let server = fixture.folder.path + "/server"
        #expect(Machine.succeeds("mount", "--bind", server, server))
        defer { _ = Machine.succeeds("umount", server) }
        #expect(Machine.succeeds("mount", "-o", "remount,bind,ro", server))
        let served = try fixture.btwd("serve", "--data", "DIR", "--listen", daemon.address)
        #expect(
            served.exit == 4 && served.out == "" && served.err.contains("Check who may write there"), "\(served.err)")
        let enrolled = try fixture.btwd("enroll", "--data", "DIR")
        #expect(enrolled.exit == 4 && enrolled.out == "", "\(enrolled.out)\(enrolled.err)")
        #expect(try fixture.served().map(\.edits) == [1])
        #expect(try fixture.btwd("status", "--data", "DIR").out.contains("may not be written"))
        #expect(Machine.succeeds("mount", "-o", "remount,bind,rw", server))
        let again = try Daemon(fixture, listen: daemon.address)
        try fixture.does("note", "second")
        #expect(try fixture.getsUpToDate().sent == 1)
        #expect(again.stop().exit == 0)
    }
}
