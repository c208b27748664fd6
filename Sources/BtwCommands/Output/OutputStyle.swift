import Records

/// The style of text for people: symbols or plain ASCII, with colours or without.
///
/// Colours only repeat what words and digits say.
package struct OutputStyle: Hashable, Sendable {
    /// Without symbols, for screen readers.
    package let isPlain: Bool
    package let hasColour: Bool

    /// - Parameters:
    ///   - isTerminal: whether the output is a terminal.
    ///   - environment: `NO_COLOR`, set to anything, and `TERM=dumb` turn colours off.
    package init(isPlain: Bool, isTerminal: Bool, environment: (String) -> String?) {
        self.isPlain = isPlain
        hasColour =
            isTerminal && !isPlain && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
    }

    /// Neither colours nor symbols.
    package static let plain = OutputStyle(isPlain: true, isTerminal: false) { _ in nil }
    /// Symbols without colours.
    package static let signs = OutputStyle(isPlain: false, isTerminal: false) { _ in nil }

    package var separator: String { isPlain ? " - " : " · " }
    package var dash: String { isPlain ? " - " : " — " }
    package var arrow: String { isPlain ? " -> " : " → " }
    var flag: String { isPlain ? "to bring" : "★" }

    /// The bar of a mood, 1 to 5, beside its digit; empty in plain style.
    package func bar(_ step: Int) -> String {
        let bars = ["▁", "▂", "▄", "▆", "█"]
        return isPlain || !bars.indices.contains(step - 1) ? "" : " " + bars[step - 1]
    }

    /// Dimmed, for less important text.
    package func quiet(_ text: String) -> String { coloured(text, "2") }

    /// Green, for good news.
    package func glad(_ text: String) -> String { coloured(text, "32") }

    private func coloured(_ text: String, _ code: String) -> String {
        hasColour ? Self.sequence(code) + text + Self.sequence("0") : text
    }

    /// All control sequences that are used for colours.
    static let sequences = ["0", "2", "32"].map(sequence)

    private static func sequence(_ code: String) -> String { "\u{1b}[\(code)m" }
}

extension OutputStyle: EntryLineStyle {
    package func words(_ text: String) -> String { TerminalEscaping.line(text) }
    package func when(_ at: String) -> String { EntryLine.when(at) }
}
