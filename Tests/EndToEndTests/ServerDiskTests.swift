import Foundation
import TestSupport
import Testing

/// A server whose disk fails: nothing is lost, and it continues when it can.
@Suite(.enabled(if: Machine.canMount, "needs root, to mount a small disk"))
struct ServerDiskTests {
    @Test func aFullDiskKeepsWhatIsThereAndTakesTheRestWhenThereIsSpace() throws {
        let desk = try Desk()
        let disk = desk.folder.path + "/server"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        #expect(Machine.succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk))
        defer { _ = Machine.succeeds("umount", disk) }
        let daemon = try Daemon(desk, "server/data")
        try desk.does("note", "first")
        try desk.connect(server: "server/data")
        let reader = try desk.copied(to: "reader")
        for number in 1...20 {
            var chance = SeededGenerator(seed: number)
            let noise = String((0..<80_000).map { _ in Character(UnicodeScalar(UInt8(97 + chance.below(26)))) })
            try desk.does("note", "-", "-q", input: noise)
        }
        let full = try desk.sync()
        #expect(full.state == "offline" && full.waiting == 20 - full.sent, "\(full.ran.out)")
        let held = try desk.served(server: "server/data").map(\.edits)
        #expect(held == [1 + full.sent])
        // It still sends what it has.
        #expect(try reader.sync().received == full.sent)
        #expect(Machine.succeeds("mount", "-o", "remount,size=32m", disk))
        let rest = try desk.getsInStep()
        #expect(rest.sent == 20 - full.sent && rest.putBack == 0)
        try reader.getsInStepSoon()
        try Desk.areEqual(desk, reader)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aFolderThatMayOnlyBeReadIsSaidToBeAndItsNumbersAreShown() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "first")
        try desk.connect()
        #expect(daemon.stop().exit == 0)
        let server = desk.folder.path + "/server"
        #expect(Machine.succeeds("mount", "--bind", server, server))
        defer { _ = Machine.succeeds("umount", server) }
        #expect(Machine.succeeds("mount", "-o", "remount,bind,ro", server))
        let served = try desk.btwd("serve", "--data", "DIR", "--listen", daemon.address)
        #expect(
            served.exit == 4 && served.out == "" && served.err.contains("Check who may write there"), "\(served.err)")
        let enrolled = try desk.btwd("enroll", "--data", "DIR")
        #expect(enrolled.exit == 4 && enrolled.out == "", "\(enrolled.out)\(enrolled.err)")
        #expect(try desk.served().map(\.edits) == [1])
        #expect(try desk.btwd("status", "--data", "DIR").out.contains("may not be written"))
        #expect(Machine.succeeds("mount", "-o", "remount,bind,rw", server))
        let again = try Daemon(desk, listen: daemon.address)
        try desk.does("note", "second")
        #expect(try desk.getsInStep().sent == 1)
        #expect(again.stop().exit == 0)
    }
}
