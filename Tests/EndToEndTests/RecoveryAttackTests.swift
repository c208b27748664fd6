import Between
import CanonicalJSON
import Causality
import Foundation
import Membership
import Sealing
import Testing

/// A server's owner, with its disk and keys of their own, against a recovery with a printed key.
@Suite(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to change what a server has"))
struct RecoveryAttackTests {
    /// A forged space with the public halves of a victim's key.
    private struct OwnSpace {
        let device: DeviceKeys
        let log: MembershipLog

        /// - Parameter key: the key's public half, which the server has in its table of records.
        init(adding key: DeviceIdentity) throws {
            var generator = SystemRandomNumberGenerator()
            let person = PersonID.random(using: &generator)
            device = DeviceKeys.random(using: &generator)
            var log = try MembershipLog(
                genesis: try SpaceKeys.found(by: person, device: device, using: &generator).record)
            try log.append(
                log.adding(device: key, person: person, role: .owner, isRecovery: true, by: device))
            self.log = log
        }

        /// Makes a stopped server offer this space to the device with the key, and hide others if it lies.
        func put(_ fixture: Fixture, for key: DeviceIdentity, hidesOthers: Bool = true) throws {
            let program = """
                import sqlite3, sys
                path, hides, space, key, maker, *records = sys.argv[1:]
                c = sqlite3.connect(path); hex = bytes.fromhex
                number = c.execute('INSERT INTO space (id) VALUES (?)', (hex(space),)).lastrowid
                for position, record in enumerate(records):
                    c.execute('INSERT INTO record VALUES (?, ?, ?)', (number, position, hex(record)))
                if hides: c.execute('UPDATE member SET is_current = 0 WHERE device = ?', (hex(key),))
                for device in (key, maker): c.execute('INSERT INTO member VALUES (?, ?, 1)', (hex(device), number))
                c.commit(); c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
                """
            let bytes = [log.space.bytes, key.id.bytes, device.identity.id.bytes] + log.records.map(\.bytes)
            let words = [fixture.folder.path + "/server/server.db", hidesOthers ? "1" : ""] + bytes.map(Self.hex)
            let script = "program=$1; shift; exec python3 -c \"$program\" \"$@\""
            let ran = try fixture.startShell(script, [program] + words).wait()
            try #require(ran.exit == 0, "\(ran.err)")
        }

        private static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    }

    private static let oldKey = "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtsba-s4ak6"

    /// A journal with one note and a printed key, on an honest server.
    private func printed() throws -> (fixture: Fixture, daemon: Daemon, string: String, key: String) {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "old secret")
        try fixture.connect()
        let key = try #require(fixture.btw("recovery", "new").lines.first)
        try fixture.getsUpToDateSoon()
        return (fixture, daemon, try fixture.string(), key)
    }

    /// The same, on a server that lies about it from now on.
    private func deceived() throws -> (fixture: Fixture, daemon: Daemon, string: String, key: String, space: OwnSpace) {
        let (fixture, daemon, string, key) = try printed()
        #expect(daemon.stop().exit == 0)
        let identity = try RecoveryKey(typed: key).deviceKeys.identity
        let space = try OwnSpace(adding: identity)
        try space.put(fixture, for: identity)
        return (fixture, try Daemon(fixture, listen: daemon.address), string, key, space)
    }

    @Test func aSpaceOfTheServersOwnIsRefusedAndNothingIsWritten() throws {
        let (fixture, daemon, string, key, space) = try deceived()
        let empty = fixture.at("empty")
        for options in [[], ["--unbound"]] {
            try empty.refuses(["recover", string, key] + options, exit: 6, "wrong_space")
        }
        let ran = try empty.btw("recover", string, key)
        #expect(ran.err.contains("named a journal that this key does not belong to"), "\(ran.err)")
        #expect(ran.err.contains("Nothing was written"))
        #expect(!FileManager.default.fileExists(atPath: empty.home))

        let full = fixture.at("full")
        try full.does("note", "written before on this machine")
        let export = try full.export()
        for options in [["--yes"], ["--yes", "--unbound"]] {
            let words = (["-q", "--json", "recover", string, key] + options).map { Array($0.utf8) }
            let ran = try full.run(words)
            // The readers of the entries are named first, as with any journal that is joined.
            #expect(ran.exit == 6 && ran.out.isEmpty && ran.err.contains("can read it from then on"), "\(ran.err)")
            let last = try #require(ran.complaint.split(separator: "\n").last)
            #expect(try JSONValue(parsing: last.utf8)["error"]?.asText == "wrong_space", "\(ran.err)")
        }
        #expect(try full.export() == export && full.btw("sync").out.contains("Kept on this device only"))
        let served = try #require(try fixture.served().first { $0.id == space.log.space.description })
        #expect(served.edits == 0 && served.records == 2)
        // The holder of the journal is not affected; a key would open it from a copy of the server.
        try fixture.getsUpToDateSoon()
        #expect(daemon.stop().exit == 0)
    }

    /// A stolen device knows the key's public half, and may found a space on an honest server.
    @Test func whoAddsTheKeyToASpaceOfTheirOwnKeepsNobodyFromRecovering() throws {
        let (fixture, daemon, string, key) = try printed()
        let space = try #require(try fixture.served().first?.id)
        #expect(daemon.stop().exit == 0)
        let identity = try RecoveryKey(typed: key).deviceKeys.identity
        // A space that sorts before it, and one after it.
        for isBefore in [true, false] {
            var other = try OwnSpace(adding: identity)
            while (other.log.space.description < space) != isBefore { other = try OwnSpace(adding: identity) }
            try other.put(fixture, for: identity, hidesOthers: false)
        }
        let again = try Daemon(fixture, listen: daemon.address)
        let machine = fixture.at("machine")
        let ran = try machine.btw("recover", string, key)
        #expect(ran.exit == 0, "\(ran.err)")
        #expect(try machine.btw("list").out.contains("old secret"))
        #expect(again.stop().exit == 0)
    }

    @Test func withoutTheDefenceTheServerReadsAlong() async throws {
        let (fixture, daemon, string, key, space) = try deceived()
        let fooled = fixture.at("fooled")
        try fooled.does("note", "written before on this machine")
        try await Defence.$down.withValue([.bindsRecovery]) {
            _ = try await Journal.recover(string, key: key, at: fooled.home)
        }
        try fooled.does("note", "my new secret")
        try fooled.getsUpToDateSoon()
        let reader = fixture.at("reader")
        try await Journal.foundJoined(at: reader.home, keys: space.device, log: space.log, server: "")
        try reader.connect()
        let list = try reader.btw("list").out
        #expect(list.contains("my new secret") && list.contains("written before on this machine"), "\(list)")
        #expect(daemon.stop().exit == 0)
    }

    @Test func aKeyOfAnEarlierVersionEntersAnEmptyHomeOnTheServersWordOnly() throws {
        let fixture = try Fixture()
        let first = try Daemon(fixture)
        let string = try fixture.string()
        #expect(first.stop().exit == 0)
        let identity = try RecoveryKey(typed: Self.oldKey).deviceKeys.identity
        try OwnSpace(adding: identity).put(fixture, for: identity)
        let daemon = try Daemon(fixture, listen: first.address)
        let (empty, full) = (fixture.at("empty"), fixture.at("full"))
        try empty.refuses(["recover", string, Self.oldKey], exit: 6, "unbound_key")
        let said = try empty.btw("recover", string, Self.oldKey).err
        #expect(said.contains("of an earlier version") && said.contains("btw recovery new"), "\(said)")
        #expect(said.contains("--unbound"))
        #expect(!FileManager.default.fileExists(atPath: empty.home))

        try full.does("note", "written before on this machine")
        let export = try full.export()
        for options in [[], ["--unbound"], ["--unbound", "--yes"]] {
            try full.refuses(["recover", string, Self.oldKey] + options, exit: 6, "unbound_key")
        }
        #expect(try full.export() == export && full.btw("sync").out.contains("Kept on this device only"))

        let ran = try empty.btw("recover", string, Self.oldKey, "--unbound", "-q")
        #expect(ran.exit == 0 && ran.out == "", "\(ran.err)")
        #expect(ran.err.contains("nothing but \(daemon.address) does"), "\(ran.err)")
        #expect(ran.err.contains("Nothing is in this journal."), "\(ran.err)")
        for command in ["status", "doctor"] {
            #expect(try empty.btw(command).out.contains("1 recovery key is of an earlier version"))
        }
        let json = try JSONValue(
            parsing: try #require(
                fixture.at("third").btw("recover", string, Self.oldKey, "--unbound", "--json").lines.first
            ).utf8)
        #expect(json["unbound"] == true && json["entries"] == 0 && json["state"] == "up_to_date", "\(json)")
        // A recovery that was cut off continues with the data received so far.
        try empty.does("note", "mine")
        #expect(try empty.btw("recover", string, Self.oldKey, "--unbound").exit == 0)
        #expect(daemon.stop().exit == 0)
    }

    /// A server that shows a journal as it was before the key was made, except for its log.
    private func rolledBack() throws -> (fixture: Fixture, address: String, key: String) {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first " + String(repeating: "and long ", count: 12_000))
        try fixture.connect()
        try fixture.getsUpToDateSoon()
        #expect(daemon.stop().exit == 0)
        try fixture.copyFolder("server", to: "before")
        let again = try Daemon(fixture, listen: daemon.address)
        try fixture.does("note", "second")
        try fixture.getsUpToDateSoon()
        let key = try #require(fixture.btw("recovery", "new").lines.first)
        #expect(again.stop().exit == 0)
        try fixture.copyFolder("server", to: "after")
        try fixture.copyFolder("before", to: "server")
        let program = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1]); c.execute('ATTACH ? AS later', (sys.argv[2],))
            c.execute('INSERT OR IGNORE INTO record SELECT * FROM later.record')
            c.execute('INSERT OR IGNORE INTO member SELECT * FROM later.member')
            c.commit(); c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            """
        let (path, later) = (fixture.folder.path + "/server/server.db", fixture.folder.path + "/after/server.db")
        let ran = try fixture.startShell("exec python3 -c \"$1\" \"$2\" \"$3\"", program, path, later).wait()
        try #require(ran.exit == 0, "\(ran.err)")
        return (fixture, daemon.address, key)
    }

    private static let heldBack = "does not show all that it had when this key was made"

    @Test func aServerThatHidesWhatItHadWhenTheKeyWasMadeIsNoticed() async throws {
        let (fixture, address, key) = try rolledBack()
        let daemon = try Daemon(fixture, listen: address)
        let string = try fixture.string()
        let machine = fixture.at("machine")
        let recovered = try machine.btw("recover", string, key)
        #expect(recovered.exit == 6 && recovered.err.contains(Self.heldBack), "\(recovered.err)")
        #expect(try machine.does("list").out.contains("first"))
        let outcome = try await Defence.$down.withValue([.bindsRecovery]) {
            try await Journal.recover(string, key: key, at: fixture.at("unwary").home)
        }
        #expect(outcome.state == .upToDate, "nobody is told")
        // It is reported until all is here; a device that has it brings it.
        let again = try machine.btw("sync")
        #expect(again.exit == 6 && again.err.contains(Self.heldBack), "\(again.out)\(again.err)")
        try fixture.getsUpToDateSoon()
        try machine.getsUpToDateSoon()
        try Fixture.areEqual(fixture, machine)
        #expect(try machine.does("list").out.contains("second"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func aServerThatHangsUpMeanwhileIsNoticedToo() throws {
        let (fixture, address, key) = try rolledBack()
        let port = try #require(UInt16(address.split(separator: ":").last ?? ""))
        let relay = try ServerRelay(to: port)
        let daemon = try Daemon(fixture, listen: address, options: ["--advertise", "127.0.0.1:\(relay.port)"])
        // The log gets through, the edits do not.
        relay.cut(after: 50_000)
        let machine = fixture.at("machine")
        let recovered = try machine.btw("recover", fixture.string(), key)
        let said = recovered.out + recovered.err
        #expect(recovered.exit == 0 && said.contains("Not all is here yet"), "\(said)")
        relay.cut(after: nil)
        let synced = try machine.btw("sync")
        #expect(synced.exit == 6 && synced.err.contains(Self.heldBack), "\(synced.out)\(synced.err)")
        #expect(try machine.does("list").out.contains("first"))
        #expect(daemon.stop().exit == 0)
    }
}
