import Causality
import TestSupport
import Testing
import Wire

/// Strings as people type them, and as they come out of a mail.
@Suite struct ConnectStringTests {
    private static let string = ConnectString(
        kind: .enrolment, address: "journal.example:7420", pin: Array(0..<16), secret: Array(100..<116))

    private func string() throws -> ConnectString { try #require(Self.string) }

    private func read(_ typed: String) -> ConnectString? { try? ConnectString(typed: typed, testHash) }

    @Test(arguments: [
        "\n", "\r\n> ", "=\n", " ", "\u{A0}", "\u{AD}", "\u{200B}", "\u{2028}", "\u{3000}", "\u{FEFF}", "\t",
    ])
    func isReadHoweverAMailHasWrappedIt(_ wrapping: String) throws {
        let string = try string()
        let text = string.text(testHash)
        let lines = stride(from: 0, to: text.utf8.count, by: 30).map { String(text.dropFirst($0).prefix(30)) }
        #expect(read(lines.joined(separator: wrapping)) == string)
        #expect(read(wrapping + text + wrapping) == string)
    }

    @Test(arguments: ["", " ", "‐", "‑", "‒", "–", "—", "―", "−", "﹣", "－", "⸺", "--", " - "])
    func isReadWithAnyDashes(_ dash: String) throws {
        let string = try string()
        #expect(read(string.text(testHash).replacing("-", with: dash)) == string)
    }

    @Test(arguments: ["<>,", "“”.", "''", "()", "**", "„“", "«»", "``", "\u{200E}\u{200F}", "\"\"", "[]", "「」"])
    func isReadBetweenAnyQuotes(_ quotes: String) throws {
        let string = try string()
        let text = string.text(testHash)
        let around = Array(quotes.unicodeScalars).map { String($0) }
        #expect(read(around[0] + text + around.dropFirst().joined()) == string)
    }

    @Test func isReadInAnyCaseAndFullWidth() throws {
        let string = try string()
        let text = string.text(testHash)
        #expect(read(text.uppercased()) == string)
        #expect(read(fullWidth(text)) == string)
        #expect(read(text.map { "\($0)\u{2060}\u{200D}" }.joined()) == string)
    }

    private func fullWidth(_ text: String) -> String {
        var wide = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { Unicode.Scalar(scalar.value + 0xFEE0).map { wide.append($0) } }
        return String(wide)
    }

    @Test func nilIsOAndOneIsLOrIAsTheChecksumSays() throws {
        var generator = SeededGenerator(seed: 44)
        var read = 0
        for _ in 0..<200 {
            let string = try #require(
                ConnectString(
                    kind: .pairing, address: "lily.example:7420", pin: bytes(&generator), secret: bytes(&generator)))
            let text = string.text(testHash).dropFirst(5)
            let typed = "btw1-" + text.replacing("o", with: "0").replacing("l", with: "1").replacing("i", with: "1")
            let found = self.read(typed)
            // If several readings have the right checksum, none is accepted.
            #expect(found == string || found == nil)
            read += found == nil ? 0 : 1
            #expect(self.read("btwl" + text) == string && self.read("BTWI" + text) == string)
        }
        // Many of these have more than ten.
        #expect(read > 60)
    }

    private func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<16).map { _ in UInt8(generator.below(256)) }
    }

    @Test func everyOtherSlipIsFound() throws {
        let text = Array(try string().text(testHash))
        for index in text.indices.dropFirst(5) where text[index] != "-" {
            var typed = text
            typed[index] = typed[index] == "a" ? "b" : "a"
            #expect(read(String(typed)) == nil)
            typed[index] = "8"
            #expect(read(String(typed)) == nil)
            typed[index] = "é"
            #expect(read(String(typed)) == nil)
            typed.remove(at: index)
            #expect(read(String(typed)) == nil)
        }
        for typed in ["", "btw", "btw1", "btw1-", "btw2" + String(text.dropFirst(4)), "x" + String(text), "-"] {
            #expect(read(typed) == nil)
        }
    }

    /// Pasting a long text costs no more than reading its first characters.
    @Test func aBookIsRefusedAtOnce() {
        for text in ["1", "0", " ", "\u{301}", "btw1 11", "l"] {
            #expect(read("btw1" + String(repeating: text, count: 1 << 20 / text.utf8.count)) == nil)
        }
        #expect(read("btw1" + String(repeating: "1", count: 4000)) == nil)
    }
}
