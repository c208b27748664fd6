import CanonicalJSON
import Foundation
import Testing

/// Outcomes of merges are shown once, and again if they could not be printed.
@Suite(.enabled(if: Machine.hasFullDevice, "needs /dev/full")) struct ChangesTests {
    @Test func changesThatWereNotPrintedAreToldAgain() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let id = try fixture.makes("note", "one line").id
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        try fixture.does("edit", id, "--set", "body=one line, from here")
        try phone.does("edit", id, "--set", "body=one line, from there")
        for each in [fixture, phone, fixture] { try each.getsUpToDateSoon() }
        try fixture.shell("\"$BTW\" changes >/dev/full").isRefusal(exit: 4)
        try fixture.shell("\"$BTW\" changes --json >/dev/full").isRefusal(exit: 4, code: "output")
        #expect(try fixture.does("changes").out.contains("became one text"))
        #expect(try fixture.does("changes").out == "Merging chose nothing since you last looked.\n")
        #expect(daemon.stop().exit == 0)
    }
}

/// The merges that people expect of two devices that meet through the server, in both orders.
@Suite struct ServerMergeTests {
    /// Two clocks that differ by an hour, and two of which one is wrong by a year.
    static let phoneClocks = ["2026-10-16T09:30:00+02:00", "2027-10-16T10:30:00+02:00", "2025-10-16T10:30:00+02:00"]

    /// Rows of `MergeRow` that are not one entry with two edits: the tests below cover them.
    static let rowsBelow: Set = [11, 12, 13, 20, 21]
    /// A file that is replaced on both: this version has no command for files.
    static let rowsOut: Set = [19]

    @Test func everyRowIsShown() {
        let shown = Set(MergeRow.all.compactMap(\.number)).union(Self.rowsBelow)
        #expect(shown.union(Self.rowsOut) == Set(1...21))
        #expect(shown.isDisjoint(with: Self.rowsOut))
    }

    /// Wrong clocks stop nothing, and later edits win.
    @Test func theEndsOfTimeDoNotMatter() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        let id = try laptop.makes("note", "first").id
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        try phone.with(["BTW_NOW": "2031-01-01T00:00:00Z"]).does("edit", id, "--set", "body=in the future", "-q")
        for fixture in [phone, laptop] { try fixture.getsUpToDate() }
        try laptop.does("edit", id, "--set", "body=after that", "-q")
        for now in ["1970-01-01T00:00:09Z", "9999-12-30T23:59:59Z"] {
            try phone.with(["BTW_NOW": now]).does("note", "at \(now)", "-q")
        }
        for fixture in [phone, laptop, phone] { try fixture.getsUpToDateSoon() }
        #expect(try phone.does("show", id, "--json").entries().map(\.body) == ["after that"])
        try Fixture.areEqual(laptop, phone)
        try laptop.does("doctor")
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: ["laptop first", "phone first"], phoneClocks)
    func bothOrdersOfSyncingEndInEqualExports(_ order: String, _ phoneClock: String) throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        let ids = try MergeRow.all.map { row in
            let ran = try laptop.run((["--json"] + row.entry).map { Array($0.utf8) })
            return try #require(ran.entries().first, "\(row.name): \(ran.err)").id
        }
        try laptop.connect(name: "laptop")
        let phone = try laptop.joined(by: "phone").with(["BTW_NOW": phoneClock])
        for (row, id) in zip(MergeRow.all, ids) {
            for (fixture, commands) in [(laptop, row.laptop), (phone, row.phone)] {
                for command in commands {
                    let words = command.map { $0 == "ID" ? id : $0 }
                    let ran = try fixture.run(words.map { Array($0.utf8) })
                    #expect(ran.exit == 0, "\(row.name): \(command): \(ran.err)")
                }
            }
        }
        let brought = try brings(laptop, phone)

        let inOrder = order == "laptop first" ? [laptop, phone] : [phone, laptop]
        for fixture in inOrder + [inOrder[0]] { _ = try fixture.sync() }
        for fixture in inOrder { try fixture.getsUpToDate() }
        let entries = try Fixture.areEqual(laptop, phone).split(separator: "\n").map { try Printed($0) }
        let changes = try laptop.does("changes", "--since", "2020-01-01").lines
        for (row, id) in zip(MergeRow.all, ids) {
            let entry = entries.first { $0.id == id }
            #expect(row.holds(entry), "\(order), \(row.name): \(entry?.line ?? "gone")")
            guard let tells = row.tells else { continue }
            let isTold = changes.contains { $0.dropFirst().hasPrefix(id.prefix(3)) && $0.contains(tells) }
            #expect(isTold, "\(row.name): \(changes)")
        }
        let others = entries.filter { !ids.contains($0.id) }
        #expect(others.compactMap { $0.body ?? $0["title"] }.sorted() == brought.sorted())
        for fixture in inOrder {
            try fixture.isSound()
            #expect(try fixture.homeFiles(holding: "canary-forgotten") == [])
        }
        // Both devices chose the same, and list the same other values.
        let told = try inOrder.map { try $0.does("changes", "--json", "--since", "2020-01-01").lines.sorted() }
        #expect(told[0] == told[1])
        #expect(try laptop.served().map(\.quarantined) == [0])

        // Both devices' edits are in the history, and the earlier time counts.
        let twice = try #require(zip(MergeRow.all, ids).first { $0.0.name == "done twice" }).1
        let done = try #require(entries.first { $0.id == twice }?["done_at"])
        #expect(done.hasPrefix(min("2026-10-16T08:30", String(phoneClock.prefix(11)) + "0")), "\(done)")
        let history = try phone.does("history", twice, "--json").lines.map { try JSONValue(parsing: $0.utf8) }
        let writers = history.filter { $0["set"]?["state"]?.asText == "done" }.compactMap { $0["device"]?.asText }
        #expect(writers.count == 2 && Set(writers).count == 2 && writers.contains("phone"), "\(writers)")
        #expect(daemon.stop().exit == 0)
    }

    /// The entries that each device makes by itself, and one file that both import.
    ///
    /// - Returns: the expected texts, each as often as it must be there.
    private func brings(_ laptop: Fixture, _ phone: Fixture) throws -> [String] {
        let (ten, two) = ((1...10).map { "item \($0)" }, ["item 11", "item 12"])
        for text in ten { try laptop.does("note", text) }
        for text in two { try phone.does("note", text) }
        try laptop.does("mood", "2", "a mood of its own", "--at", "2026-10-15T20:00")
        try phone.does("mood", "2", "a mood of its own", "--at", "2026-10-15T20:02")
        let file = try laptop.file(
            "jrnl.json",
            """
            {"tags": {}, "entries": [{"title": "A day", "body": "and its text", "date": "2019-05-04", "time": "21:30", \
            "tags": [], "starred": false}]}
            """)
        for fixture in [laptop, phone] { try #require(fixture.btw("import", "jrnl", file).exit == 0) }
        let ofRows = ["step of the laptop", "step of the phone", "a comment on it"]
        return ten + two + ofRows + ["a mood of its own", "a mood of its own", "A day\nand its text"]
    }

    @Test func twoTimesOfASessionAreSaidLoudlyOnBothUntilOneConfirms() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        let id = try laptop.makes("session", "2026-10-20T10:00").id
        try laptop.connect()
        let phone = try laptop.joined(by: "phone")
        try laptop.does("edit", id, "--set", "at=2026-10-21T10:00")
        try phone.does("edit", id, "--set", "at=2026-10-22T10:00")
        for fixture in [laptop, phone, laptop] { _ = try fixture.sync() }
        for fixture in [laptop, phone] {
            #expect(try fixture.does("list").out.contains("not settled: "))
            #expect(try fixture.does("status").out.contains("1 with several versions. See: btw changes"))
        }
        try phone.does("edit", id, "--set", "at=2026-10-22T10:00")
        for fixture in [phone, laptop] { try fixture.getsUpToDate() }
        try Fixture.areEqual(laptop, phone)
        for fixture in [laptop, phone] {
            #expect(try fixture.makes("show", id)["at"]?.hasPrefix("2026-10-22T10:00") == true)
            #expect(try !fixture.does("list").out.contains("not settled"))
            #expect(try fixture.makes("status").integer("conflicts") == 0)
        }
        #expect(daemon.stop().exit == 0)
    }

    @Test func threeAttemptsOnThreeDevicesAreThree() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        let id = try laptop.makes("hw", "STAR story", "--times", "3").id
        try laptop.connect()
        let fixtures = [laptop, try laptop.joined(by: "phone"), try laptop.joined(by: "tablet")]
        for fixture in fixtures {
            let attempt = try fixture.makes("note", "an attempt", "--about", id).id
            try fixture.does("edit", attempt, "--set", "role=practice")
        }
        for fixture in fixtures + fixtures { _ = try fixture.sync() }
        try Fixture.areEqual(fixtures[0], fixtures[1], fixtures[2])
        for fixture in fixtures { #expect(try fixture.does("list", "hw").out.contains("3/3")) }
        #expect(daemon.stop().exit == 0)
    }

    @Test func aPhoneThatWasAwayForThreeMonthsBringsWhatIsNewAndTurnsNothingBack() throws {
        let laptop = try Fixture()
        let daemon = try Daemon(laptop)
        let text = try laptop.makes("note", "version 1").id
        let gone = try laptop.makes("note", "canary-gone").id
        try laptop.connect()
        let before = try laptop.joined(by: "phone")
        try before.does("note", "written on the first day away")
        try before.does("edit", gone, "--set", "tags+=canary-tag")

        let later = laptop.with(["BTW_NOW": "2027-01-14T10:30:00+01:00"])
        for version in 2...5 { try later.does("edit", text, "--set", "body=version \(version)") }
        for number in 1...20 { try later.does("note", "meanwhile \(number)") }
        try later.does("forget", gone, "--yes")
        try later.getsUpToDate()
        let phone = before.with(["BTW_NOW": "2027-01-15T10:30:00+01:00"])
        try phone.does("note", "written on the last day away")
        try phone.does("edit", text, "--set", "tags+=seen")
        for fixture in [phone, later, phone] { try fixture.getsUpToDateSoon() }

        let export = try Fixture.areEqual(later, phone)
        #expect(export.split(separator: "\n").count == 23)
        #expect(export.contains("on the first day away") && export.contains("on the last day away"))
        let entry = try later.makes("show", text)
        #expect(entry.body == "version 5" && entry.tags == ["seen"])
        for fixture in [later, phone] {
            try fixture.refuses(["show", gone], exit: 1, "forgotten")
            #expect(try fixture.homeFiles(holding: "canary") == [])
            try fixture.isSound()
        }
        #expect(daemon.stop().exit == 0)
    }
}
