import Foundation
import Testing

/// A running `btw device add`, and the string that it printed.
final class Pairing {
    /// The string that it printed; empty if it ended without one.
    let string: String
    private let child: Child
    private let base: String

    /// - Parameter answer: the typed answer to the question about the words; `nil` for `--trust`, without a terminal.
    init(on fixture: Fixture, answering answer: String? = nil) throws {
        let base = fixture.folder.path + "/pairing-" + UUID().uuidString.prefix(8)
        self.base = base
        let command = "\"$BTW\" device add \(answer == nil ? "--trust" : "") >\"\(base).out\""
        let script =
            answer.map { "echo \($0) | script -qec '\(command)' /dev/null >\"\(base).talk\" 2>&1" }
            ?? "\(command) 2>\"\(base).talk\""
        child = try fixture.startShell("\(script); code=$?; echo $code >\"\(base).exit\"; exit $code")
        let (out, exit) = (base + ".out", base + ".exit")
        try #require(
            Waiting.until { Self.text(out).hasSuffix("\n") || Self.text(exit).hasSuffix("\n") }, "no string")
        string = Self.text(out).trimmingCharacters(in: .newlines)
    }

    /// Its output on stderr, or on the terminal.
    var talk: String { Self.text(base + ".talk") }

    /// Waits until it has ended.
    func wait() -> Int32 { child.wait().exit }

    func end() { child.end() }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

extension Fixture {
    /// A second device of the same person, with a home of its own, which joined over the server.
    func joined(by name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Fixture {
        let other = at(name)
        let pairing = try Pairing(on: self)
        let ran = try other.btw("join", pairing.string, "--trust", "--yes", "--name", name)
        try #require(ran.exit == 0, "join: \(ran.err) \(pairing.talk)", sourceLocation: sourceLocation)
        #expect(pairing.wait() == 0, "device add: \(pairing.talk)", sourceLocation: sourceLocation)
        return other
    }

    /// The output of a command on a terminal where a person answers.
    func onTerminal(_ command: String, answering answer: String) throws -> Ran {
        try shell("echo \(answer) | script -qec '\"$BTW\" \(command)' /dev/null")
    }
}

/// The four words in the output of a command.
func words(in talk: String) -> [String] {
    let talk = talk.replacing("\r\u{1b}[K", with: "\n")  // progress on a terminal
    let line = talk.split(whereSeparator: \.isNewline).first { $0.split(separator: " · ").count == 4 } ?? ""
    return line.split(separator: " · ").map { String($0.prefix { $0.isLetter }) }
}
