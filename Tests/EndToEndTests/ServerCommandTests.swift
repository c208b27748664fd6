import CanonicalJSON
import Causality
import Foundation
import Testing

/// `btwd` at a shell.
@Suite struct ServerCommandTests {
    @Test func servePrintsItsLineAndItsAddressStandsInAFileWhileItRuns() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let server = fixture.folder.path + "/server"
        #expect(daemon.address.hasPrefix("127.0.0.1:") && daemon.port > 0)
        #expect(try String(contentsOfFile: server + "/address", encoding: .utf8) == daemon.address + "\n")
        #expect(try mode(server) == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: server) where name != "control" {
            #expect(try mode(server + "/" + name) == 0o600, "\(name)")
        }
        #expect(daemon.stop() == Ran(exit: 0, output: [], talk: []))
        #expect(!FileManager.default.fileExists(atPath: server + "/address"))
        #expect(!FileManager.default.fileExists(atPath: server + "/control"))
        // A killed daemon leaves its address file, and the next one starts nevertheless.
        let second = try Daemon(fixture)
        #expect(second.kill().wasKilled)
        let third = try Daemon(fixture)
        #expect(try String(contentsOfFile: server + "/address", encoding: .utf8) == third.address + "\n")
        #expect(third.stop().exit == 0)
    }

    @Test func itMayBeStoppedAsSoonAsItsLineIsRead() throws {
        let fixture = try Fixture()
        for _ in 0..<12 {
            let ran = try Daemon(fixture).stop()
            #expect(ran == Ran(exit: 0, output: [], talk: []))
            #expect(!FileManager.default.fileExists(atPath: fixture.folder.path + "/server/address"))
        }
    }

    @Test(.enabled(if: ServerMachine.hasIPv6, "needs IPv6 on the loopback"))
    func listensOnIPv6() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture, listen: "[::1]:0")
        #expect(daemon.address.hasPrefix("[::1]:"))
        try fixture.does("note", "over six")
        try fixture.connect()
        #expect(try fixture.getsUpToDate().server == daemon.address)
        #expect(daemon.stop().exit == 0)
    }

    /// A name has an address of each kind, and the server listens at only one of them.
    @Test(.enabled(if: ServerMachine.localhostHasTwoAddresses, "needs a name with two addresses"))
    func aNameOfTwoAddressesIsReachedAtWhicheverListens() throws {
        for host in ["127.0.0.1", "[::1]"] {
            let fixture = try Fixture()
            let first = try Daemon(fixture, listen: "\(host):0")
            let port = first.port
            #expect(first.stop().exit == 0)
            let daemon = try Daemon(
                fixture, listen: "\(host):\(port)", options: ["--advertise", "localhost:\(port)"])
            try fixture.does("note", "two ways there")
            try fixture.connect()
            #expect(try fixture.getsUpToDate().server == "localhost:\(port)")
            #expect(daemon.stop().exit == 0)
        }
    }

    @Test func stringsCarryWhatIsAdvertised() throws {
        let fixture = try Fixture()
        let first = try Daemon(fixture, options: ["--advertise", "journal.invalid:7420"])
        let running = try fixture.string()
        #expect(first.stop().exit == 0)
        for string in [running, try fixture.string()] {
            let ran = try fixture.btw("connect", string)
            try ran.isRefusal(exit: 4)
            #expect(ran.err.contains("journal.invalid:7420 cannot be reached now."))
        }
        // If it is reached by another name than the one it listens at.
        let second = try Daemon(fixture, options: ["--advertise", "localhost:1"])
        let port = second.port
        #expect(second.stop().exit == 0)
        let third = try Daemon(fixture, listen: "127.0.0.1:\(port)", options: ["--advertise", "localhost:\(port)"])
        try fixture.does("note", "x")
        try fixture.connect()
        #expect(try fixture.getsUpToDate().server == "localhost:\(port)")
        #expect(third.stop().exit == 0)
    }

    @Test func stringsAreMadeWhileItServesAndWhileItIsStoppedAndAreGoodOnce() throws {
        let fixture = try Fixture()
        #expect(try fixture.btwd("enroll", "--data", "DIR").exit == 1, "there is no server yet")
        let first = try Daemon(fixture)
        let running = try fixture.btwd("enroll", "--data", "DIR", "--for", "30m")
        #expect(running.exit == 0 && running.err == "" && running.lines.count == 1)
        #expect(running.out.hasPrefix("btw1-"))
        #expect(first.stop().exit == 0)
        let stopped = try fixture.string()
        let port = first.port
        let second = try Daemon(fixture, listen: "127.0.0.1:\(port)")
        for (name, string) in [("ana", running.lines[0]), ("ben", stopped)] {
            let person = fixture.at(name)
            try person.does("note", "mine")
            // Typed as somebody reads it from paper.
            #expect(try person.btw("connect", string.uppercased().replacing("-", with: " ")).exit == 0)
        }
        let late = fixture.at("cleo")
        try late.does("note", "kept")
        for string in [running.lines[0], stopped] {
            try late.refuses(["connect", string], exit: 5, "refused")
            #expect(try late.btw("connect", string).err.contains("was used, or has expired"))
        }
        let short = try fixture.btwd("enroll", "--data", "DIR", "--for", "1s").lines[0]
        Waiting.pass(.milliseconds(1_100))
        try late.refuses(["connect", short], exit: 5, "refused")
        let good = try fixture.string()
        for typed in [good + "a", String(good.dropLast()), "x" + good, "btw1", good.replacing("btw1", with: "btw2")] {
            try late.refuses(["connect", typed], exit: 2, "mistyped")
        }
        #expect(try late.btw("connect", good).exit == 0)
        #expect(try fixture.served().map(\.edits) == [1, 1, 1])
        #expect(second.stop().exit == 0)
    }

    @Test func aSecondDaemonAndATakenAddressAreRefusedWithExitFour() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let second = try fixture.btwd("serve", "--data", "DIR", "--listen", "127.0.0.1:0")
        #expect(second.exit == 4 && second.out == "" && second.err.contains("Another btwd works on"), "\(second.err)")
        let taken = try fixture.btwd("serve", "--data", "DIR", "--listen", daemon.address, server: "other")
        #expect(taken.exit == 4 && taken.out == "" && taken.err.contains("Another program listens"), "\(taken.err)")
        let elsewhere = try fixture.btwd("serve", "--data", "DIR", "--listen", "192.0.2.1:0", server: "third")
        #expect(elsewhere.exit == 4 && elsewhere.err.contains("no address of this machine"), "\(elsewhere.err)")
        for name in ["other", "third"] {
            #expect(!FileManager.default.fileExists(atPath: fixture.folder.path + "/" + name), "left behind")
        }
        try fixture.does("note", "x")
        try fixture.connect()
        try fixture.getsUpToDate()
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [
        ["bogus"], ["serve"], ["serve", "--data", "DIR", "--listen", "here"],
        ["serve", "--data", "DIR", "--listen", "::1:1"],
        ["serve", "--data", "DIR", "--listen", "127.0.0.1:99999"], ["serve", "--data", "DIR", "--advertise", "a b:1"],
        ["serve", "--data", "DIR", "--port", "1"], ["enroll"], ["enroll", "--data", "DIR", "--for", "0h"],
        ["enroll", "--data", "DIR", "--for", "24"], ["enroll", "--data", "DIR", "--for", "-1h"],
        ["enroll", "--data", "DIR", "--for", "400d"], ["enroll", "--data", "DIR", "--for", "99999999999999999999d"],
        ["backup", "--data", "DIR"], ["restore", "--data", "DIR"], ["device", "block", "--data", "DIR", "abc"],
        ["space", "settle", "--data", "DIR", "abc", "def"], ["status"],
    ])
    func whatIsMistypedEndsWithExitTwoAndMakesNothing(_ typed: [String]) throws {
        let fixture = try Fixture()
        let binary = try #require(Daemon.path)
        let words = typed.map { $0 == "DIR" ? fixture.folder.path + "/server" : $0 }
        let ran = try Child(binary, words.map { Array($0.utf8) }, environment: fixture.environment).wait()
        #expect(ran.exit == 2 && ran.out == "" && ran.err != "", "\(typed): \(ran.exit) \(ran.out)\(ran.err)")
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.path + "/server"))
    }

    @Test func helpAndVersionGoToStdout() throws {
        let fixture = try Fixture()
        for typed in ["--help", "--version"] {
            let ran = try fixture.btwd(typed)
            #expect(ran.exit == 0 && ran.err == "" && ran.out.contains("btwd"), "\(typed)")
        }
    }

    @Test func backupIsMadeWhileItServesAndDevicesFindTheRestoredServerAgain() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        let file = fixture.folder.path + "/backup"
        let ran = try fixture.btwd("backup", "--data", "DIR", file)
        #expect(ran.exit == 0 && ran.err == "", "\(ran.err)")
        #expect(try mode(file) == 0o600)
        #expect(try fixture.btwd("backup", "--data", "DIR", file).exit == 2, "a file that is there stays as it is")
        #expect(try fixture.btwd("restore", file, "--data", "DIR").exit == 4, "a server that is there stays as it is")
        #expect(try fixture.btwd("restore", fixture.home + "/keys", "--data", "DIR", server: "new").exit == 2)
        #expect(try fixture.btwd("restore", file + "x", "--data", "DIR", server: "new").exit == 1)
        #expect(!FileManager.default.fileExists(atPath: fixture.folder.path + "/new/server.db"))
        #expect(daemon.stop().exit == 0)
        #expect(try fixture.btwd("restore", file, "--data", "DIR", server: "new").exit == 0)
        #expect(try mode(fixture.folder.path + "/new") == 0o700)
        let again = try Daemon(fixture, "new", listen: daemon.address)
        try fixture.does("note", "second")
        #expect(try fixture.getsUpToDate().sent == 1)
        #expect(try fixture.served(server: "new").map(\.edits) == [2])
        #expect(again.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to look a device's id up"))
    func aBlockedDeviceIsRefusedAndWhatItBroughtStays() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "first")
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        let script = """
            import sqlite3, sys
            print(sqlite3.connect(sys.argv[1]).execute('SELECT hex(id) FROM device').fetchone()[0])
            """
        let database = fixture.folder.path + "/server/server.db"
        let printed = try fixture.startShell("python3 -c \"$1\" \"$2\"", script, database).wait()
        let digits = try #require(printed.lines.first, "\(printed.err)")
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(digits.dropFirst($0).prefix(2), radix: 16)
        }
        let device = try #require(DeviceID(bytes)).description
        let second = try Daemon(fixture, listen: daemon.address)
        try fixture.does("note", "second")
        try fixture.getsUpToDate()
        let blocked = try fixture.btwd("device", "block", "--data", "DIR", device)
        #expect(blocked.exit == 0 && blocked.err == "", "\(blocked.err)")
        try fixture.does("note", "kept here")
        try fixture.refuses(["sync"], exit: 5, "refused")
        #expect(try fixture.btw("sync").err.hasPrefix("btw: \(second.address) refuses this device. "))
        // A new string does not help a blocked device.
        try fixture.refuses(["connect", try fixture.string()], exit: 5, "refused")
        #expect(try fixture.served().map(\.edits) == [2])
        #expect(try fixture.btwd("status", "--data", "DIR").out.contains("Blocked: 1."))
        #expect(try fixture.btw("list").lines.count == 3)
        #expect(second.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to quarantine something"))
    func statusShowsWhatIsQuarantinedAndHowMuchItTakes() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        let program = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1])
            for k in range(2):
                c.execute("INSERT INTO aside (space, hash, reason, at, bytes) SELECT key, randomblob(32), 'late', 1, "
                          "zeroblob(3000000) FROM space")
            c.commit()
            """
        try #require(Machine.succeeds("python3", "-c", program, fixture.folder.path + "/server/server.db"))
        let plain = try fixture.btwd("status", "--data", "DIR")
        #expect(plain.out.contains("2 batches quarantined (6000000 bytes)"), "\(plain.out)")
        let ran = try fixture.btwd("status", "--data", "DIR", "--json")
        let space = try JSONValue(parsing: try #require(ran.lines.first).utf8)["spaces"]?.asArray?.first
        #expect(space?["quarantined"]?.asInteger == 2 && space?["quarantined_bytes"]?.asInteger == 6_000_000)
    }

    @Test func statusCountsAndSettlingAnUnknownSpaceChangesNothing() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        #expect(try fixture.served() == [])
        try fixture.does("note", "first")
        try fixture.connect()
        for isRunning in [true, false] {
            if !isRunning { #expect(daemon.stop().exit == 0) }
            let plain = try fixture.btwd("status", "--data", "DIR")
            #expect(plain.exit == 0 && plain.out.hasPrefix(isRunning ? "Running, " : "Not running."), "\(plain.out)")
            let ran = try fixture.btwd("status", "--data", "DIR", "--json")
            let json = try JSONValue(parsing: try #require(ran.lines.first).utf8)
            #expect(json["running"] == .bool(isRunning))
            #expect(json["enrolled"]?.asInteger == 1 && json["blocked"]?.asInteger == 0)
            #expect(try fixture.served().map { [$0.edits, $0.records, $0.quarantined] } == [[1, 1, 0]])
            let head = String(repeating: "A", count: 43)
            let settled = try fixture.btwd("space", "settle", "--data", "DIR", String(repeating: "0", count: 26), head)
            #expect(settled.exit == 1 && settled.out == "" && settled.err != "")
            #expect(try fixture.served().map(\.edits) == [1])
        }
    }

    private func mode(_ path: String) throws -> Int {
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        return try #require(mode)
    }
}

enum ServerMachine {
    static let localhostHasTwoAddresses: Bool = {
        guard hasIPv6 else { return false }
        var hints = addrinfo()
        hints.ai_socktype = ServerStranger.stream
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo("localhost", nil, &hints, &found) == 0 else { return false }
        defer { freeaddrinfo(found) }
        var families: Set<Int32> = []
        var next = found
        while let address = next?.pointee {
            families.insert(address.ai_family)
            next = address.ai_next
        }
        return families.isSuperset(of: [AF_INET, AF_INET6])
    }()

    static let hasIPv6: Bool = {
        let file = socket(AF_INET6, ServerStranger.stream, 0)
        guard file >= 0 else { return false }
        defer { close(file) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }()
}
