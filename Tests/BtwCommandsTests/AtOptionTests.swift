import BtwCommands
import CanonicalJSON
import Records
import Testing

/// Days and times as people type them.
@Suite struct AtOptionTests {
    func moment(_ typed: String) throws -> String {
        try AtOption.moment(typed, of: "--at", in: Typing.localTime(), for: NoteCommand.self).description
    }

    @Test(arguments: [
        ("now", "2026-10-16T10:30+02:00"), ("today", "2026-10-16"), ("Tomorrow", "2026-10-17"),
        ("yesterday", "2026-10-15"), ("2026-10-16", "2026-10-16"), ("2026-10-16T10:00", "2026-10-16T10:00+02:00"),
        ("2026-10-26T10:00", "2026-10-26T10:00+01:00"), ("2026-10-16T10:00-09:30", "2026-10-16T10:00-09:30"),
        ("1660-01-11", "1660-01-11"), ("２０２６-１０-１６", "2026-10-16"), ("２０２６－１０－１６Ｔ１０：００", "2026-10-16T10:00+02:00"),
        ("٢٠٢٦-١٠-١٦", "2026-10-16"), ("ｔｏｄａｙ", "2026-10-16"),
    ])
    func readsWhatIsPlain(_ typed: String, moment: String) throws {
        #expect(try self.moment(typed) == moment)
    }

    @Test func offsetsWestOfGreenwichAndOfHalfHours() throws {
        let now = try #require(Moment(Typing.now))
        for (minutes, text) in [(-570, "-09:30"), (345, "+05:45"), (0, "+00:00")] {
            let local = LocalTime(now: now) { _, _ in minutes }
            let moment = try AtOption.moment("2026-10-16T10:00", of: "--at", in: local, for: NoteCommand.self)
            #expect(moment.description == "2026-10-16T10:00" + text)
        }
    }

    @Test(arguments: [
        "3/4", "fri", "next", "in 2 weeks", "2026-10-16 10:00", "10:00", "16 oct", "2026-02-29", "", " today",
    ])
    func refusesTheRestWithAnExampleThatWorks(_ typed: String) throws {
        let localTime = try Typing.localTime()
        let failure = try #require(
            #expect(throws: Failure.self) {
                try AtOption.moment(typed, of: "--at", in: localTime, for: NoteCommand.self)
            })
        #expect(failure.exit == .usage)
        #expect(failure.message.contains("2026-10-16T10:00"))
        #expect(try moment("2026-10-16T10:00") == "2026-10-16T10:00+02:00")
    }

    @Test func onlyWorkIsDueNext() throws {
        let localTime = try Typing.localTime()
        func due(_ typed: String) throws -> String {
            try AtOption.due(typed, of: "--due", in: localTime, for: HomeworkCommand.self).string
        }
        #expect(try due("next") == "next")
        #expect(try due("tomorrow") == "2026-10-17")
        #expect(try due("2026-10-20T09:00") == "2026-10-20T09:00+02:00")
        #expect(throws: Failure.self) { try due("soon") }
    }

    @Test func aDayIsNoTime() throws {
        let localTime = try Typing.localTime()
        #expect(
            try AtOption.day("today", of: "--from", in: localTime, for: ListCommand.self).description == "2026-10-16")
        #expect(throws: Failure.self) { try AtOption.day("now", of: "--from", in: localTime, for: ListCommand.self) }
    }
}
