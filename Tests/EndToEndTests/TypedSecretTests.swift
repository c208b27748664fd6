import Foundation
import Testing

/// Strings and keys that other users of the machine must not see: not as arguments, which others can list and a shell
/// keeps, but from stdin, or typed without echo.
@Suite struct TypedSecretTests {
    @Test func stringAndKeyAreReadFromStdin() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "precious")
        let enrolment = try desk.string()
        #expect(try desk.btw("connect", "-", input: enrolment + "\n").exit == 0)
        let key = try #require(desk.btw("recovery", "new").lines.first)
        try desk.getsInStep()
        let grouped = key.replacing("-", with: " ")
        for (number, (words, input)) in [
            ([enrolment], key), ([enrolment, "-"], key + "\n"), ([], "\(enrolment)\n\(grouped)\n"),
            (["-"], "\(enrolment) \(key)\nmore"), (["-", "-"], "\(enrolment)\n\(key)\n"), (["-", key], enrolment),
        ].enumerated() {
            let machine = desk.at("machine \(number)")
            let arguments = (["recover"] + words).map { Array($0.utf8) }
            let ran = try machine.run(arguments, input: Array(input.utf8))
            #expect(ran.exit == 0, "\(words): \(ran.err)")
            #expect(try machine.btw("list").out.contains("precious"))
        }
        let pairing = try Pairing(on: desk)
        let joined = try desk.at("phone").btw("join", "--trust", input: pairing.string + "\n")
        #expect(joined.exit == 0, "\(joined.err)")
        #expect(pairing.wait() == 0)
        #expect(daemon.stop().exit == 0)
    }

    @Test func nothingOnStdinIsNoStringAndNoKey() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        let string = try desk.string()
        for words in [["join"], ["connect", "-"], ["recover"]] { try desk.refuses(words, exit: 2, "usage") }
        try desk.refuses(["join"], exit: 2, "usage", input: "  \n\(string)")
        try desk.refuses(["recover", string], exit: 2, "mistyped")
        try desk.refuses(["recover", string], exit: 2, "mistyped", input: String(repeating: "a", count: 100_000))
        try desk.run([Array("join".utf8)], input: [0xFF]).isRefusal(exit: 2)
        #expect(!FileManager.default.fileExists(atPath: desk.home))
        #expect(daemon.stop().exit == 0)
    }

    @Test func aTerminalDoesNotShowThem() throws {
        let desk = try Desk()
        let daemon = try Daemon(desk)
        try desk.does("note", "precious")
        try desk.connect()
        let (string, key) = (try desk.string(), try #require(desk.btw("recovery", "new").lines.first))
        try desk.getsInStep()
        let window = try desk.at("machine").window("recover")
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
        #expect(try desk.at("machine").btw("list").out.contains("precious"))
        #expect(daemon.stop().exit == 0)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func whoEndsItFromElsewhereGetsTheTerminalBack(_ number: Int32) throws {
        for words in [["join"], ["recover"], ["connect", "-"]] {
            let desk = try Desk()
            let window = try Terminal(desk.binary, words, environment: desk.environment)
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
        let desk = try Desk()
        let window = try desk.window("join")
        try window.waits(for: "not shown")
        #expect(Waiting.until { window.modes[2] & tcflag_t(ECHO) == 0 })
        window.type("btw1-secr\u{3}")
        #expect(try window.wait() == 3, "\(window.text)")
        #expect(window.modes == window.modesBefore)
        #expect(window.text.contains("Nothing was changed") && !window.text.contains("secr"), "\(window.text)")
    }
}
