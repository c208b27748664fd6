import CanonicalJSON
import Foundation
import Testing

/// A second device joins with `btw device add` and `btw join`, on two terminals.
@Suite struct JoinTests {
    @Test func whatOneDeviceHasTheOtherGets() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.does("mood", "2", "anxious", "slept 4h")
        try desk.connect()
        let phone = try desk.joined(by: "phone")
        #expect(try Desk.areEqual(desk, phone).split(separator: "\n").count == 2)
        try phone.does("note", "from the phone")
        try phone.getsInStep()
        try desk.getsInStep()
        #expect(try Desk.areEqual(desk, phone).split(separator: "\n").count == 3)
        for each in [desk, phone] { try each.isSound() }
        #expect(try desk.served().map(\.records) == [2])
        #expect(daemon.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasTerminals))
    func bothScreensShowTheSameFourWordsAndBothPeopleSayYes() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let pairing = try Pairing(on: desk, answering: "y")
        let joined = try desk.at("phone").onTerminal("join \(pairing.string) --name handy", answering: "y")
        #expect(joined.exit == 0 && joined.out.contains("Joined: 1 entry is here"), "\(joined.out)")
        #expect(pairing.wait() == 0)
        #expect(words(in: joined.out).count == 4 && words(in: joined.out) == words(in: pairing.talk))
        #expect(pairing.talk.contains("handy wants to come in"), "\(pairing.talk)")
        try Desk.areEqual(desk, desk.at("phone"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(.enabled(if: Machine.hasTerminals))
    func whoSaysNoLetsNobodyIn() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.connect()
        let pairing = try Pairing(on: desk, answering: "n")
        let joining = try desk.at("phone").start(["join", pairing.string, "--trust"])
        #expect(pairing.wait() == 3)
        // The server reports that nobody waits any more.
        #expect(joining.wait().exit == 5)
        #expect(try desk.served().map(\.records) == [1])
        // The newcomer may decline, too.
        let second = try Pairing(on: desk)
        let declined = try desk.at("phone").onTerminal("join \(second.string)", answering: "n")
        #expect(declined.exit == 3, "\(declined.out)")
        #expect(try desk.at("phone").btw("list") == Ran(exit: 1, output: [], talk: []))
        second.end()
        #expect(daemon.stop().exit == 0)
    }

    @Test func aStringIsGoodOnce() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        let pairing = try Pairing(on: desk)
        #expect(try desk.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        try desk.at("third").refuses(["join", pairing.string, "--trust"], exit: 5, "refused")
        #expect(!FileManager.default.fileExists(atPath: desk.at("third").home))
        #expect(daemon.stop().exit == 0)
    }

    @Test func withoutATerminalTheWordsAreNotCompared() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        try desk.refuses(["device", "add"], exit: 3, "needs_answer")
        let pairing = try Pairing(on: desk)
        try desk.at("phone").refuses(["join", pairing.string], exit: 3, "needs_answer")
        try desk.at("phone").refuses(["join", pairing.string + "a", "--trust"], exit: 2, "mistyped")
        #expect(try desk.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func theStringSaysWhatItIs() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        // `join` with an enrolment string connects; `connect` with a pairing string would join, and asks for the
        // words.
        #expect(try desk.btw("join", desk.string(), "--name", "laptop").exit == 0)
        try desk.getsInStep()
        let pairing = try Pairing(on: desk)
        try desk.at("phone").refuses(["connect", pairing.string], exit: 3, "needs_answer")
        #expect(try desk.at("phone").btw("join", pairing.string, "--trust").exit == 0)
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func aStringOfAServerThatIsGoneIsNoUse() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "the first")
        try desk.refuses(["device", "add", "--trust"], exit: 4, "no_network")
        try desk.connect()
        let pairing = try Pairing(on: desk)
        #expect(daemon.kill().wasKilled)
        try desk.at("phone").refuses(["join", pairing.string, "--trust"], exit: 4, "no_network")
        try desk.at("phone").refuses(["device", "add", "--trust"], exit: 4, "no_network")
        pairing.end()
        try desk.refuses(["device", "add", "--trust"], exit: 4, "no_network")
    }

    @Test func anotherServerAtTheSameAddressIsTold() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        let pairing = try Pairing(on: desk)
        #expect(daemon.kill().wasKilled)
        let other = try Daemon(desk, "other", listen: daemon.address)
        try desk.at("phone").refuses(["join", pairing.string, "--trust"], exit: 5, "refused")
        pairing.end()
        #expect(other.stop().exit == 0)
    }

    @Test func whoKeepsInStepSaysWhenHeLastWas() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.connect()
        let later = "2026-10-17T08:00:00+02:00"
        let watching = try desk.with(["BTW_NOW": later]).start(["sync", "--watch"])
        func last() throws -> String {
            try JSONValue(parsing: (try desk.btw("status", "--json").lines.first ?? "").utf8)["last_sync"]?.asText ?? ""
        }
        #expect(try Waiting.until { try last() == "2026-10-17T06:00:00.000Z" })
        watching.end()
        #expect(daemon.stop().exit == 0)
    }
}
