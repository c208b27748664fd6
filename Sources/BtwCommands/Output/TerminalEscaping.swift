/// Escapes text that users wrote, so that it is safe to print on a terminal.
///
/// A note may contain characters that move the cursor, change colours, rename the window or reverse the reading
/// order, by accident, from an import, or from another member of the space. Each is printed as `<U+001B>`, and in
/// JSON as `\u001b`, which decodes to the same text.
///
/// ``Console`` applies ``output(_:keeping:)`` to everything that it prints. Callers that put a user's text into a
/// line of their own still call ``line(_:)``, since only they know where a newline does not belong.
package enum TerminalEscaping {
    /// On one line: newlines and tabs become spaces.
    package static func line(_ text: String) -> String { replace(in: text, isLine: true) }

    /// On several lines: newlines are kept.
    package static func text(_ text: String) -> String { replace(in: text, isLine: false) }

    /// Escapes any output; a JSON object stays valid and equal.
    ///
    /// - Parameter sequences: this program's own control sequences, which are kept.
    package static func output(_ text: String, keeping sequences: [String] = []) -> String {
        guard isSuspect(text) else { return text }
        let name = text.utf8.first == UInt8(ascii: "{") ? escape : self.name
        var scalars = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if scalar == "\u{1b}", let own = sequences.first(where: { rest.starts(with: $0.unicodeScalars) }) {
                scalars.append(contentsOf: own.unicodeScalars)
                rest = rest.dropFirst(own.unicodeScalars.count)
                continue
            }
            rest.removeFirst()
            if scalar == "\n" || scalar == "\t" || !isHarmful(scalar) {
                scalars.append(scalar)
            } else {
                scalars.append(contentsOf: name(scalar).unicodeScalars)
            }
        }
        return String(scalars)
    }

    private static func replace(in text: String, isLine: Bool) -> String {
        guard isSuspect(text) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t": scalars.append(isLine ? " " : scalar)
            case _ where isHarmful(scalar): scalars.append(contentsOf: name(scalar).unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    /// A quick check on bytes that most texts pass: controls, or the lead bytes C2, D8 and E2.
    private static func isSuspect(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xD8 || $0 == 0xE2 }
    }

    /// C0 and C1 controls, line separators, and bidirectional formatting characters.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029, 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> String { "<U+\(digits(scalar).uppercased())>" }

    /// As a JSON escape; four digits suffice for all of them.
    private static func escape(_ scalar: Unicode.Scalar) -> String { "\\u\(digits(scalar))" }

    private static func digits(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
