import CanonicalJSON
import Foundation
import Testing

/// A second device joins with `btw device add` and `btw join`, on two terminals.
@Suite struct JoinTests {
    @Test func whatOneDeviceHasTheOtherGets() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.does("mood", "2", "anxious", "slept 4h")
        try fixture.connect()
        let phone = try fixture.joined(by: "phone")
        #expect(try Fixture.areEqual(fixture, phone).split(separator: "\n").count == 2)
        try phone.does("note", "from the phone")
        try phone.getsUpToDate()
        try fixture.getsUpToDate()
        #expect(try Fixture.areEqual(fixture, phone).split(separator: "\n").count == 3)
        for each in [fixture, phone] { try each.isSound() }
        #expect(try fixture.served().map(\.records) == [2])
        #expect(daemon.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasTerminals))
    func bothScreensShowTheSameFourWordsAndBothPeopleSayYes() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let pairing = try Pairing(on: fixture, answering: "y")
        let joined = try fixture.at("phone").onTerminal("join \(pairing.string) --name handy", answering: "y")
        #expect(joined.exit == 0 && joined.out.contains("Joined: 1 entry is here"), "\(joined.out)")
        #expect(pairing.wait() == 0)
        #expect(words(in: joined.out).count == 4 && words(in: joined.out) == words(in: pairing.talk))
        #expect(pairing.talk.contains("handy wants to come in"), "\(pairing.talk)")
        try Fixture.areEqual(fixture, fixture.at("phone"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasTerminals))
    func whoSaysNoLetsNobodyIn() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.connect()
        let pairing = try Pairing(on: fixture, answering: "n")
        let joining = try fixture.at("phone").start(["join", pairing.string, "--trust"])
        #expect(pairing.wait() == 3)
        // The server reports that nobody waits any more.
        #expect(joining.wait().exit == 5)
        #expect(try fixture.served().map(\.records) == [1])
        // The newcomer may decline, too.
        let second = try Pairing(on: fixture)
        let declined = try fixture.at("phone").onTerminal("join \(second.string)", answering: "n")
        #expect(declined.exit == 3, "\(declined.out)")
        #expect(try fixture.at("phone").btw("list") == Ran(exit: 1, output: [], talk: []))
        second.end()
        #expect(daemon.stop().exit == 0)
    }

    @Test func aStringIsGoodOnce() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let pairing = try Pairing(on: fixture)
        #expect(try fixture.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        try fixture.at("third").refuses(["join", pairing.string, "--trust"], exit: 5, "refused")
        #expect(!FileManager.default.fileExists(atPath: fixture.at("third").home))
        #expect(daemon.stop().exit == 0)
    }

    @Test func withoutATerminalTheWordsAreNotCompared() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        try fixture.refuses(["device", "add"], exit: 3, "needs_answer")
        let pairing = try Pairing(on: fixture)
        try fixture.at("phone").refuses(["join", pairing.string], exit: 3, "needs_answer")
        try fixture.at("phone").refuses(["join", pairing.string + "a", "--trust"], exit: 2, "mistyped")
        #expect(try fixture.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func theStringSaysWhatItIs() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        // `join` with an enrolment string connects; `connect` with a pairing string would join, and asks for the
        // words.
        #expect(try fixture.btw("join", fixture.string(), "--name", "laptop").exit == 0)
        try fixture.getsUpToDate()
        let pairing = try Pairing(on: fixture)
        try fixture.at("phone").refuses(["connect", pairing.string], exit: 3, "needs_answer")
        #expect(try fixture.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aStringOfAServerThatIsGoneIsNoUse() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "the first")
        try fixture.refuses(["device", "add", "--trust"], exit: 4, "no_network")
        try fixture.connect()
        let pairing = try Pairing(on: fixture)
        #expect(daemon.kill().wasKilled)
        try fixture.at("phone").refuses(["join", pairing.string, "--trust"], exit: 4, "no_network")
        try fixture.at("phone").refuses(["device", "add", "--trust"], exit: 4, "no_network")
        pairing.end()
        try fixture.refuses(["device", "add", "--trust"], exit: 4, "no_network")
    }

    @Test func anotherServerAtTheSameAddressIsTold() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let pairing = try Pairing(on: fixture)
        #expect(daemon.kill().wasKilled)
        let other = try Daemon(fixture, "other", listen: daemon.address)
        try fixture.at("phone").refuses(["join", pairing.string, "--trust"], exit: 5, "refused")
        pairing.end()
        #expect(other.stop().exit == 0)
    }

    @Test func whoStaysUpToDateSaysWhenTheyLastWere() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.connect()
        let later = "2026-10-17T08:00:00+02:00"
        let watching = try fixture.with(["BTW_NOW": later]).start(["sync", "--watch"])
        func last() throws -> String {
            try JSONValue(parsing: (try fixture.btw("status", "--json").lines.first ?? "").utf8)["last_sync"]?.asText
                ?? ""
        }
        #expect(try Waiting.until { try last() == "2026-10-17T06:00:00.000Z" })
        watching.end()
        #expect(daemon.stop().exit == 0)
    }
}
