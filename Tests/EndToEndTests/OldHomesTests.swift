import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// Homes and a server of an earlier version are opened and continue.
///
/// `Homes/COMMIT` contains files that the release binaries of that commit wrote; its README describes them.
@Suite(.enabled(if: Daemon.path != nil, "needs btwd beside btw")) struct OldHomesTests {
    private static let folder = Repository.root.appending(path: "Tests/EndToEndTests/Homes/16bbe60")

    /// The fixture's folder with the two homes and the server in it.
    private func unpacked() throws -> (laptop: Fixture, phone: Fixture) {
        let fixture = try Fixture()
        for name in ["laptop", "phone", "server"] {
            let archive = Self.folder.appending(path: "\(name).tar.gz").path
            try #require(Machine.succeeds("tar", "-xzf", archive, "-C", fixture.folder.path, "--no-same-owner"))
        }
        return (fixture.at("laptop"), fixture.at("phone"))
    }

    /// The export that a home printed then.
    private func printed(_ name: String) throws -> String {
        try String(contentsOf: Self.folder.appending(path: "\(name).jsonl"), encoding: .utf8)
    }

    @Test func theyOpenWithAllThatWasInThem() throws {
        let (laptop, phone) = try unpacked()
        // The note that a server once refused is in view again, and waits to be sent.
        for (fixture, name, waiting, refused) in [(laptop, "laptop", 2, 1), (phone, "phone", 2, 0)] {
            let lines = try Set(printed(name).split(separator: "\n"))
            let before = try fixture.export()
            #expect(Set(before.split(separator: "\n")).isSuperset(of: lines), "\(name)")
            #expect(before.split(separator: "\n").count == lines.count + refused, "\(name)")
            let trashed = try fixture.btw("list", "--trash", "--json").lines
            let listed = try fixture.btw("list", "--json").lines
            #expect(Set(listed + trashed) == Set(before.split(separator: "\n").map(String.init)), "\(name)")
            let status = try Printed(fixture.does("status", "--json").out)
            #expect(status.integer("waiting") == waiting && status.integer("quarantined") == 0, "\(name)")
            // Where it syncs, and when it last did, stand with the space now.
            let isKnown = status.json["server"]?.asText?.hasPrefix("127.0.0.1:") == true
            #expect(isKnown && status.json["last_sync"]?.asText?.hasPrefix("2026-11-2") == true, "\(status.json)")
            // Its recovery key is not bound to the journal yet.
            #expect(status.integer("unbound_keys") == 1)
            #expect(try fixture.does("status").out.contains("1 recovery key is of an earlier version"))
            let checked = try fixture.does("doctor").out
            #expect(checked.contains("Make a new one: btw recovery new"))
            #expect(status.json["alarms"] == [], "\(name)")
            let devices = try fixture.does("device", "--json").entries()
            #expect(devices.count { $0["last_heard"] != nil } == 2, "\(name): \(devices)")
            #expect(try fixture.export() == before, "\(name)")
        }
    }

    @Test(.enabled(if: Machine.hasPython, "needs Python with sqlite3, to have something quarantined"))
    func whatIsQuarantinedIsListedTakenBackOrDropped() throws {
        let (laptop, _) = try unpacked()
        let path = laptop.home + "/journal.db"
        // As if it had arrived after the end of its epoch: then it is not taken back automatically.
        let program = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1]); c.execute("UPDATE aside SET reason = 'late'"); c.commit()
            """
        try #require(laptop.startShell("exec python3 -c \"$1\" \"$2\"", program, path).wait().exit == 0)
        let before = try laptop.export()
        #expect(try laptop.btw("status").out.contains("1 change is quarantined, and kept. See: btw quarantine\n"))
        let listed = try laptop.btw("quarantine")
        #expect(listed.exit == 0 && listed.lines.count == 1 && listed.out.contains(" · late · "), "\(listed.out)")
        let line = try JSONValue(parsing: try #require(laptop.btw("quarantine", "--json").lines.first).utf8)
        #expect(
            line.asObject?.map { $0.key.string } == ["at", "author", "device", "entry", "id", "reason"], "\(line)")
        let id = try #require(line["id"]?.asText)
        let exported = try JSONValue(parsing: try #require(laptop.btw("quarantine", "export").lines.first).utf8)
        let body = try #require(exported["set"]?["body"]?.asText)
        #expect(listed.out.contains(body))
        try laptop.refuses(["quarantine", "adopt", "x"], exit: 2, "usage")
        try laptop.refuses(["quarantine", "adopt", "999.1"], exit: 1, "not_found")
        try laptop.refuses(["quarantine", "drop", id], exit: 3, "needs_answer")
        #expect(try laptop.export() == before)

        let other = laptop.at("other")
        try #require(Machine.succeeds("cp", "-r", laptop.home, other.home))
        #expect(try other.btw("quarantine", "drop", id, "--yes").out == "Dropped.\n")
        #expect(try other.export() == before)
        try other.isSound()

        let adopted = try laptop.btw("quarantine", "adopt", id)
        #expect(adopted.exit == 0 && adopted.out.contains(body), "\(adopted.err)")
        #expect(try laptop.export().contains(body) && laptop.btw("quarantine").out == "Nothing is quarantined.\n")
        try laptop.isSound()
    }

    @Test func theyAreWrittenOnAndTheirFilesAreWholeThen() throws {
        let (laptop, _) = try unpacked()
        let entry = try laptop.makes("note", "written by a later version")
        #expect(try FileManager.default.attributesOfItem(atPath: laptop.home + "/journal.db-wal")[.size] as? Int == 0)
        #expect(try laptop.export().split(separator: "\n").map(String.init).contains(entry.line))
        try laptop.isSound()
    }

    @Test func theySyncWithTheirServerUntilAllHaveEverything() throws {
        let (laptop, phone) = try unpacked()
        let before = try (Self.bodies(laptop), Self.bodies(phone))
        // They know it by an address that may be taken here: a new string contains the current one.
        let daemon = try Daemon(laptop)
        for fixture in [laptop, phone] { try fixture.connect() }
        for fixture in [laptop, phone, laptop] { try fixture.getsUpToDateSoon() }
        let export = try Fixture.areEqual(laptop, phone)
        #expect(try Self.bodies(laptop).isSuperset(of: before.0.union(before.1)), "\(export)")
        for fixture in [laptop, phone] {
            let status = try Printed(fixture.does("status", "--json").out)
            #expect(status.integer("waiting") == 0)
            try fixture.isSound()
        }
        // A new device gets the same, with a string or with a new key.
        let third = try laptop.joined(by: "third")
        try Fixture.areEqual(laptop, third)
        let devices = try laptop.btw("device", "--json").lines.map { try JSONValue(parsing: $0.utf8) }
        let old = try #require(devices.first { $0["unbound"] == true }?["id"]?.asText)
        let key = try #require(laptop.btw("recovery", "new").lines.first)
        #expect(try laptop.btw("device", "remove", old, "--yes").exit == 0)
        #expect(try Printed(laptop.does("status", "--json").out).integer("unbound_keys") == nil)
        let fourth = laptop.at("fourth")
        let recovered = try fourth.btw("recover", try laptop.string(), key)
        #expect(recovered.exit == 0, "\(recovered.err)")
        try laptop.getsUpToDateSoon()
        try fourth.getsUpToDateSoon()
        try Fixture.areEqual(laptop, fourth)
        #expect(daemon.stop().exit == 0)
    }

    /// The texts of all entries.
    private static func bodies(_ fixture: Fixture) throws -> Set<String> {
        Set(try fixture.btw("export", "--jsonl").entries().map { "\($0.id) \($0["title"] ?? "") \($0["kind"] ?? "")" })
    }
}
