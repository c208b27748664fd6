import Foundation
import Testing

/// Servers and homes that are restored, lost or copied: nothing is lost, all converge, and it is reported.
@Suite struct ServerLifecycleTests {
    @Test func aServerRestoredFromABackupIsRefilledAndThatIsTold() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "before")
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        let backup = fixture.folder.path + "/backup"
        try #require(fixture.btwd("backup", "--data", "DIR", backup).exit == 0)
        for number in 1...4 { try fixture.does("note", "after \(number)") }
        try fixture.getsUpToDate()
        try phone.does("note", "of the phone")
        try phone.getsUpToDateSoon()
        try fixture.getsUpToDateSoon()
        #expect(daemon.stop().exit == 0)

        try FileManager.default.removeItem(atPath: fixture.folder.path + "/server")
        try #require(fixture.btwd("restore", backup, "--data", "DIR").exit == 0)
        let again = try Daemon(fixture, listen: daemon.address)
        // With the names of the two devices.
        #expect(try fixture.served().map(\.edits) == [3])
        let said = try fixture.btw("sync")
        #expect(
            said.out.hasPrefix("The server was restored from an older backup; 5 changes put back, nothing lost."),
            "\(said.out)\(said.err)")
        #expect(try fixture.served().map(\.edits) == [8])
        #expect(try phone.sync().putBack == 0, "they are there again already")
        try phone.getsUpToDateSoon()
        try Fixture.areEqual(fixture, phone)
        #expect(again.stop().exit == 0)
    }

    @Test func anEmptyServerIsRefilledByTheOneHomeThatIsLeft() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "mine")
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        try phone.does("note", "of the phone")
        try phone.getsUpToDateSoon()
        try fixture.getsUpToDateSoon()
        try FileManager.default.removeItem(atPath: phone.home)
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: fixture.folder.path + "/server")

        let empty = try Daemon(fixture, listen: daemon.address)
        try fixture.refuses(["sync"], exit: 5, "refused")
        #expect(try fixture.btw("sync").err.contains("shows another key than the string names"))
        try fixture.connect()
        try fixture.getsUpToDateSoon()
        #expect(try fixture.served().map(\.edits) == [4])
        let tablet = try fixture.joined(by: "tablet")
        try Fixture.areEqual(fixture, tablet)
        #expect(try fixture.btw("list").lines.count == 2)
        #expect(empty.stop().exit == 0)
    }

    @Test func aServerRestoredFromBeforeADeviceCameSaysThatItDoesNotKnowIt() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let backup = fixture.folder.path + "/backup"
        try #require(fixture.btwd("backup", "--data", "DIR", backup).exit == 0)
        try fixture.does("note", "mine")
        try fixture.connect()
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: fixture.folder.path + "/server")
        try #require(fixture.btwd("restore", backup, "--data", "DIR").exit == 0)

        let again = try Daemon(fixture, listen: daemon.address)
        try fixture.refuses(["sync"], exit: 5, "refused")
        let said = try fixture.btw("sync").err
        #expect(said.contains("does not know this device."), "\(said)")
        try fixture.connect()
        try fixture.getsUpToDateSoon()
        #expect(try fixture.served().map(\.edits) == [1])
        #expect(again.stop().exit == 0)
    }

    @Test func aHomeThatWentBackToAnOlderCopyGetsItsOwnWordsAgain() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let id = try fixture.makes("note", "version 1").id
        try fixture.connect()
        try fixture.copyFolder("home", to: "older")
        try fixture.does("edit", id, "--set", "body=version 2")
        try fixture.does("note", "since then")
        try fixture.getsUpToDate()
        let before = try fixture.export()

        try fixture.copyFolder("older", to: "home")
        #expect(try fixture.makes("show", id).body == "version 1")
        // Edits before the first sync must not reuse dots that are on the server.
        try fixture.does("note", "written by the restored one")
        _ = try fixture.sync()
        try fixture.getsUpToDateSoon()
        let after = try fixture.export()
        #expect(Set(before.split(separator: "\n")).isSubset(of: Set(after.split(separator: "\n"))))
        #expect(try fixture.btw("list").lines.count == 3)
        #expect(try fixture.makes("show", id).body == "version 2")
        try fixture.isSound()
        #expect(daemon.stop().exit == 0)
    }

    @Test func aCopiedHomeAndTheOneItCameFromBothGoOn() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let id = try fixture.makes("note", "shared").id
        try fixture.connect()
        // Not sent yet when it is copied, so both copies hold it under one dot.
        try fixture.does("note", "waits in both")
        let twin = try fixture.copied(to: "twin")
        for round in 1...3 {
            try fixture.does("note", "desk \(round)")
            try twin.does("note", "twin \(round)")
            try fixture.does("edit", id, "--set", "tags+=desk\(round)")
            try twin.does("edit", id, "--set", "tags+=twin\(round)")
            _ = try (round == 2 ? twin : fixture).sync()
        }
        for each in [twin, fixture, twin, fixture] { _ = try each.sync() }
        try fixture.getsUpToDate()
        try twin.getsUpToDate()
        let export = try Fixture.areEqual(fixture, twin)
        let entries = try export.split(separator: "\n").map { try Printed($0) }
        #expect(entries.count == 8)
        #expect(entries.first { $0.id == id }?.tags.count == 6)
        for each in [fixture, twin] { try each.isSound() }
        #expect(try fixture.served().map(\.quarantined) == [0])
        #expect(daemon.stop().exit == 0)
    }

    @Test func everyMisfortuneInOneStoryLosesNothing() throws {
        let fixture = try Fixture()
        var daemon = try Daemon(fixture)
        let address = daemon.address
        var ledger: Set<String> = []
        func write(_ fixture: Fixture, _ text: String) throws {
            try fixture.does("note", text)
            ledger.insert(text)
        }
        try write(fixture, "1 laptop")
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        try write(phone, "2 phone")
        try phone.getsUpToDateSoon()
        let backup = fixture.folder.path + "/backup"
        try #require(fixture.btwd("backup", "--data", "DIR", backup).exit == 0)
        try write(fixture, "3 laptop, after the backup")
        _ = try fixture.sync()
        try fixture.copyFolder("home", to: "laptop-copy")
        try write(fixture, "4 laptop, after its copy")
        _ = try fixture.sync()
        try phone.getsUpToDateSoon()

        // The server is restored, and so is the laptop; only the phone has everything.
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: fixture.folder.path + "/server")
        try #require(fixture.btwd("restore", backup, "--data", "DIR").exit == 0)
        try fixture.copyFolder("laptop-copy", to: "home")
        daemon = try Daemon(fixture, listen: address)
        try write(fixture, "5 laptop, restored")
        let laptopSays = try fixture.btw("sync")
        #expect(laptopSays.exit == 0, "\(laptopSays.err)")
        #expect(laptopSays.out.contains("put back, nothing lost."), "\(laptopSays.out)")
        let twin = try phone.copied(to: "twin")
        try write(phone, "6 phone")
        try write(twin, "7 twin of the phone")
        let phoneSays = try phone.btw("sync")
        #expect(phoneSays.out.contains("put back, nothing lost."), "\(phoneSays.out)\(phoneSays.err)")
        for each in [twin, fixture, phone, twin, fixture, phone] { _ = try each.sync() }

        // Then it is lost completely.
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: fixture.folder.path + "/server")
        daemon = try Daemon(fixture)
        try write(twin, "8 twin, while there was no server")
        for each in [twin, phone, fixture] { try each.connect() }
        for each in [twin, phone, fixture, twin, phone, fixture] { _ = try each.sync() }
        for each in [fixture, phone, twin] {
            try each.getsUpToDate()
            try each.isSound()
        }
        let export = try Fixture.areEqual(fixture, phone, twin)
        let bodies = try export.split(separator: "\n").compactMap { try Printed($0).body }
        #expect(bodies.sorted() == ledger.sorted())
        #expect(daemon.stop().exit == 0)
    }
}
