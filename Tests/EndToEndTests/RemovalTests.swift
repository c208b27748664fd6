import CanonicalJSON
import Foundation
import Testing

/// `btw device remove`: a removed device gets nothing more and keeps what it had, and others lose nothing.
@Suite struct RemovalTests {
    private func id(of name: String, on fixture: Fixture) throws -> String {
        let line = try fixture.does("device").lines.first { $0.hasPrefix(name + " · ") }
        return try #require(line?.components(separatedBy: " · ").dropFirst().first)
    }

    @Test func whatItWroteLateReachesNobodyAndStaysWithIt() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        try laptop.does("note", "of all three")
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        let tablet = try laptop.joined(by: "tablet")
        try phone.does("note", "written late on the phone")
        try tablet.does("note", "written meanwhile on the tablet")
        #expect(try laptop.btw("device", "remove", id(of: "phone", on: laptop), "--yes").exit == 0)
        try laptop.does("note", "written with new keys")

        // It is told so, and all its entries can be read and exported.
        try phone.refuses(["sync"], exit: 5, "refused")
        #expect(try phone.btw("sync").err.contains("was removed from the journal"))
        #expect(try phone.does("status").out.contains("was removed from the journal"))
        #expect(try !tablet.does("status").out.contains("was removed"))
        #expect(try phone.export().contains("written late on the phone"))
        try phone.isSound()

        // Edits that another device wrote before it knew of the new keys are written again.
        for each in [tablet, laptop, tablet] { try each.getsUpToDateSoon() }
        let export = try Fixture.areEqual(laptop, tablet)
        #expect(export.contains("written meanwhile on the tablet") && export.contains("written with new keys"))
        let left = try phone.export()
        #expect(!export.contains("written late on the phone") && !left.contains("with new keys"))
        let devices = try laptop.does("device").out
        #expect(!devices.contains("phone"))

        // Another one can be removed at once, too.
        #expect(try laptop.btw("device", "remove", id(of: "tablet", on: laptop), "--yes").exit == 0)
        try tablet.refuses(["sync"], exit: 5, "refused")
        #expect(try tablet.export() == export)
        #expect(daemon.stop().exit == 0)
    }

    @Test func whatCameInThroughARemovedDeviceGoesWithItIfAsked() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        try laptop.does("note", "of all")
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        let stranger = try phone.joined(by: "stranger")
        let friend = try stranger.joined(by: "friend")
        let tablet = try laptop.joined(by: "tablet")
        #expect(try phone.btw("recovery", "new").exit == 0)
        try laptop.getsUpToDateSoon()
        let phoneID = try id(of: "phone", on: laptop)
        try laptop.refuses(["device", "remove", phoneID, "--with-added"], exit: 3, "needs_answer")
        #expect(try laptop.does("device").lines.count == 6)
        let removed = try laptop.btw("device", "remove", phoneID, "--with-added", "--yes")
        #expect(removed.exit == 0 && removed.out.hasPrefix("Removed phone and 3 more that came in through it."))
        #expect(try laptop.does("device").lines.count == 2)
        for each in [phone, stranger, friend] { try each.refuses(["sync"], exit: 5, "refused") }
        try tablet.getsUpToDateSoon()
        #expect(daemon.stop().exit == 0)
    }

    @Test func whoIsOutComesBackWithAHomeOfItsOwn() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        try laptop.does("note", "of both")
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        try phone.does("note", "written late on the phone")
        #expect(try laptop.btw("device", "remove", id(of: "phone", on: laptop), "--yes").exit == 0)
        // Removed device keys stay removed; the next step is printed.
        let pairing = try Pairing(on: laptop)
        let refused = try phone.btw("join", pairing.string, "--trust", "--yes")
        #expect(refused.exit == 5 && refused.err.contains("with a home of its own"), "\(refused.err)")
        pairing.end()
        let late = try phone.file("late.jsonl", phone.export())
        let again = try laptop.joined(by: "phone again")
        try again.does("import", "jsonl", late)
        try again.getsUpToDate()
        try laptop.getsUpToDate()
        #expect(try Fixture.areEqual(laptop, again).contains("written late on the phone"))
        #expect(daemon.stop().exit == 0)
    }

    @Test func nobodyRemovesItselfOrWhoIsNotThere() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        try laptop.connect()
        let this = try JSONValue(parsing: try #require(laptop.does("device", "--json").lines.first).utf8)["id"]?.asText
        try laptop.refuses(["device", "remove", try #require(this), "--yes"], exit: 2, "bad_value")
        try laptop.refuses(["device", "remove", "zzzzz", "--yes"], exit: 1, "not_found")
        #expect(daemon.stop().exit == 0)
    }
}
