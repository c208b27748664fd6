import Foundation
import Testing

/// Strings and keys that other users of the machine must not see: not as arguments, which others can list and a shell
/// keeps, but from stdin, or typed without echo.
@Suite struct TypedSecretTests {
    @Test func stringAndKeyAreReadFromStdin() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "precious")
        let enrolment = try fixture.string()
        #expect(try fixture.btw("connect", "-", input: enrolment + "\n").exit == 0)
        let key = try #require(fixture.btw("recovery", "new").lines.first)
        try fixture.getsUpToDate()
        let grouped = key.replacing("-", with: " ")
        for (number, (words, input)) in [
            ([enrolment], key), ([enrolment, "-"], key + "\n"), ([], "\(enrolment)\n\(grouped)\n"),
            (["-"], "\(enrolment) \(key)\nmore"), (["-", "-"], "\(enrolment)\n\(key)\n"), (["-", key], enrolment),
        ].enumerated() {
            let machine = fixture.at("machine \(number)")
            let arguments = (["recover"] + words).map { Array($0.utf8) }
            let ran = try machine.run(arguments, input: Array(input.utf8))
            #expect(ran.exit == 0, "\(words): \(ran.err)")
            #expect(try machine.btw("list").out.contains("precious"))
        }
        let pairing = try Pairing(on: fixture)
        let joined = try fixture.at("phone").btw("join", "--trust", input: pairing.string + "\n")
        #expect(joined.exit == 0, "\(joined.err)")
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func nothingOnStdinIsNoStringAndNoKey() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        let string = try fixture.string()
        for words in [["join"], ["connect", "-"], ["recover"]] { try fixture.refuses(words, exit: 2, "usage") }
        try fixture.refuses(["join"], exit: 2, "usage", input: "  \n\(string)")
        try fixture.refuses(["recover", string], exit: 2, "mistyped")
        try fixture.refuses(["recover", string], exit: 2, "mistyped", input: String(repeating: "a", count: 100_000))
        try fixture.run([Array("join".utf8)], input: [0xFF]).isRefusal(exit: 2)
        #expect(!FileManager.default.fileExists(atPath: fixture.home))
        #expect(daemon.stop().exit == 0)
    }

    @Test func aTerminalDoesNotShowThem() throws {
        let fixture = try Fixture()
        let daemon = try Daemon(fixture)
        try fixture.does("note", "precious")
        try fixture.connect()
        let (string, key) = (try fixture.string(), try #require(fixture.btw("recovery", "new").lines.first))
        try fixture.getsUpToDate()
        let window = try fixture.at("machine").window("recover")
        try window.waits(for: "A string of the server")
        #expect(Waiting.until { window.modes[2] & tcflag_t(ECHO) == 0 })
        window.type(string + "\n")
        try window.waits(for: "The printed key")
        #expect(Waiting.until { window.modes[2] & tcflag_t(ECHO) == 0 })
        // A typo, a line that is started again, and control keys.
        window.type("oops\u{15}é\u{7F}x\u{8}" + key + "\n")
        try window.waits(for: "Joined:")
        #expect(try window.wait() == 0, "\(window.text)")
        #expect(!window.text.contains(key.prefix(5)) && !window.text.contains(string.prefix(12)), "\(window.text)")
        #expect(window.modes == window.modesBefore)
        #expect(try fixture.at("machine").btw("list").out.contains("precious"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func whoEndsItFromElsewhereGetsTheTerminalBack(_ number: Int32) throws {
        for words in [["join"], ["recover"], ["connect", "-"]] {
            let fixture = try Fixture()
            let window = try Terminal(fixture.binary, words, environment: fixture.environment)
            try window.waits(for: "not shown")
            #expect(Waiting.until { window.modes[2] & tcflag_t(ECHO) == 0 })
            window.type("btw1-secr")
            window.signal(number)
            #expect(try window.wait() == -number, "\(words): \(window.text)")
            #expect(window.modes == window.modesBefore, "\(words)")
            #expect(window.text.hasSuffix("\n") && !window.text.contains("secr"), "\(words): \(window.text)")
        }
    }

    @Test func whoStopsThereGetsTheTerminalBack() throws {
        let fixture = try Fixture()
        let window = try fixture.window("join")
        try window.waits(for: "not shown")
        #expect(Waiting.until { window.modes[2] & tcflag_t(ECHO) == 0 })
        window.type("btw1-secr\u{3}")
        #expect(try window.wait() == 3, "\(window.text)")
        #expect(window.modes == window.modesBefore)
        #expect(window.text.contains("Nothing was changed") && !window.text.contains("secr"), "\(window.text)")
    }
}
