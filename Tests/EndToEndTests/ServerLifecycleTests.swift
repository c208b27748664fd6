import Foundation
import Testing

/// Servers and homes that are restored, lost or copied: nothing is lost, all converge, and it is reported.
@Suite struct ServerLifecycleTests {
    @Test func aServerThatWentBackToABackupIsRefilledAndThatIsTold() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "before")
        try desk.connect()
        let phone = try desk.joined(by: "phone")
        let backup = desk.folder.path + "/backup"
        try #require(desk.btwd("backup", "--data", "DIR", backup).exit == 0)
        for number in 1...4 { try desk.does("note", "after \(number)") }
        try desk.getsInStep()
        try phone.does("note", "of the phone")
        try phone.getsInStepSoon()
        try desk.getsInStepSoon()
        #expect(daemon.stop().exit == 0)

        try FileManager.default.removeItem(atPath: desk.folder.path + "/server")
        try #require(desk.btwd("restore", backup, "--data", "DIR").exit == 0)
        let again = try Daemon(desk, listen: daemon.address)
        // With the names of the two devices.
        #expect(try desk.served().map(\.edits) == [3])
        let said = try desk.btw("sync")
        #expect(
            said.out.hasPrefix("The server was restored from an older backup; 5 changes put back, nothing lost."),
            "\(said.out)\(said.err)")
        #expect(try desk.served().map(\.edits) == [8])
        #expect(try phone.sync().putBack == 0, "they are there again already")
        try phone.getsInStepSoon()
        try Desk.areEqual(desk, phone)
        #expect(again.stop().exit == 0)
    }

    @Test func anEmptyServerIsRefilledByTheOneHomeThatIsLeft() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "mine")
        try desk.connect()
        let phone = try desk.joined(by: "phone")
        try phone.does("note", "of the phone")
        try phone.getsInStepSoon()
        try desk.getsInStepSoon()
        try FileManager.default.removeItem(atPath: phone.home)
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: desk.folder.path + "/server")

        let empty = try Daemon(desk, listen: daemon.address)
        try desk.refuses(["sync"], exit: 5, "refused")
        #expect(try desk.btw("sync").err.contains("shows another key than the string names"))
        try desk.connect()
        try desk.getsInStepSoon()
        #expect(try desk.served().map(\.edits) == [4])
        let tablet = try desk.joined(by: "tablet")
        try Desk.areEqual(desk, tablet)
        #expect(try desk.btw("list").lines.count == 2)
        #expect(empty.stop().exit == 0)
    }

    @Test func aServerThatWentBackBeforeADeviceCameSaysThatItDoesNotKnowIt() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        let backup = desk.folder.path + "/backup"
        try #require(desk.btwd("backup", "--data", "DIR", backup).exit == 0)
        try desk.does("note", "mine")
        try desk.connect()
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: desk.folder.path + "/server")
        try #require(desk.btwd("restore", backup, "--data", "DIR").exit == 0)

        let again = try Daemon(desk, listen: daemon.address)
        try desk.refuses(["sync"], exit: 5, "refused")
        let said = try desk.btw("sync").err
        #expect(said.contains("does not know this device."), "\(said)")
        try desk.connect()
        try desk.getsInStepSoon()
        #expect(try desk.served().map(\.edits) == [1])
        #expect(again.stop().exit == 0)
    }

    @Test func aHomeThatWentBackToAnOlderCopyGetsItsOwnWordsAgain() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        let id = try desk.makes("note", "version 1").id
        try desk.connect()
        try desk.copyFolder("home", to: "older")
        try desk.does("edit", id, "--set", "body=version 2")
        try desk.does("note", "since then")
        try desk.getsInStep()
        let before = try desk.export()

        try desk.copyFolder("older", to: "home")
        #expect(try desk.makes("show", id).body == "version 1")
        // Edits before the first sync must not reuse dots that are on the server.
        try desk.does("note", "written by the restored one")
        _ = try desk.sync()
        try desk.getsInStepSoon()
        let after = try desk.export()
        #expect(Set(before.split(separator: "\n")).isSubset(of: Set(after.split(separator: "\n"))))
        #expect(try desk.btw("list").lines.count == 3)
        #expect(try desk.makes("show", id).body == "version 2")
        try desk.isSound()
        #expect(daemon.stop().exit == 0)
    }

    @Test func aCopiedHomeAndTheOneItCameFromBothGoOn() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        let id = try desk.makes("note", "shared").id
        try desk.connect()
        // Not sent yet when it is copied, so both copies hold it under one dot.
        try desk.does("note", "waits in both")
        let twin = try desk.copied(to: "twin")
        for round in 1...3 {
            try desk.does("note", "desk \(round)")
            try twin.does("note", "twin \(round)")
            try desk.does("edit", id, "--set", "tags+=desk\(round)")
            try twin.does("edit", id, "--set", "tags+=twin\(round)")
            _ = try (round == 2 ? twin : desk).sync()
        }
        for each in [twin, desk, twin, desk] { _ = try each.sync() }
        try desk.getsInStep()
        try twin.getsInStep()
        let export = try Desk.areEqual(desk, twin)
        let entries = try export.split(separator: "\n").map { try Printed($0) }
        #expect(entries.count == 8)
        #expect(entries.first { $0.id == id }?.tags.count == 6)
        for each in [desk, twin] { try each.isSound() }
        #expect(try desk.served().map(\.setAside) == [0])
        #expect(daemon.stop().exit == 0)
    }

    @Test func everyMisfortuneInOneStoryLosesNothing() throws {
        let desk = try Desk()
        var daemon = try Daemon(desk)
        let address = daemon.address
        var ledger: Set<String> = []
        func write(_ desk: Desk, _ text: String) throws {
            try desk.does("note", text)
            ledger.insert(text)
        }
        try write(desk, "1 laptop")
        try desk.connect()
        let phone = try desk.joined(by: "phone")
        try write(phone, "2 phone")
        try phone.getsInStepSoon()
        let backup = desk.folder.path + "/backup"
        try #require(desk.btwd("backup", "--data", "DIR", backup).exit == 0)
        try write(desk, "3 laptop, after the backup")
        _ = try desk.sync()
        try desk.copyFolder("home", to: "laptop-copy")
        try write(desk, "4 laptop, after its copy")
        _ = try desk.sync()
        try phone.getsInStepSoon()

        // The server is restored, and so is the laptop; only the phone has everything.
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: desk.folder.path + "/server")
        try #require(desk.btwd("restore", backup, "--data", "DIR").exit == 0)
        try desk.copyFolder("laptop-copy", to: "home")
        daemon = try Daemon(desk, listen: address)
        try write(desk, "5 laptop, restored")
        let laptopSays = try desk.btw("sync")
        #expect(laptopSays.exit == 0, "\(laptopSays.err)")
        #expect(laptopSays.out.contains("put back, nothing lost."), "\(laptopSays.out)")
        let twin = try phone.copied(to: "twin")
        try write(phone, "6 phone")
        try write(twin, "7 twin of the phone")
        let phoneSays = try phone.btw("sync")
        #expect(phoneSays.out.contains("put back, nothing lost."), "\(phoneSays.out)\(phoneSays.err)")
        for each in [twin, desk, phone, twin, desk, phone] { _ = try each.sync() }

        // Then it is lost completely.
        #expect(daemon.stop().exit == 0)
        try FileManager.default.removeItem(atPath: desk.folder.path + "/server")
        daemon = try Daemon(desk)
        try write(twin, "8 twin, while there was no server")
        for each in [twin, phone, desk] { try each.connect() }
        for each in [twin, phone, desk, twin, phone, desk] { _ = try each.sync() }
        for each in [desk, phone, twin] {
            try each.getsInStep()
            try each.isSound()
        }
        let export = try Desk.areEqual(desk, phone, twin)
        let bodies = try export.split(separator: "\n").compactMap { try Printed($0).body }
        #expect(bodies.sorted() == ledger.sorted())
        #expect(daemon.stop().exit == 0)
    }
}
