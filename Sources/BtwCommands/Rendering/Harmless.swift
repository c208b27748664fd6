/// Text that somebody wrote, made safe to print on a terminal.
///
/// A note may hold bytes that move the cursor, colour the screen, rename the window
/// or turn the reading order around, be it by accident, from an import, or from
/// somebody who shares the space. Each such character is printed as `<U+001B>`. JSON
/// keeps them as they are.
package enum Harmless {
    /// On one line: newlines and tabs become spaces.
    package static func line(_ text: String) -> String { replace(in: text, isLine: true) }

    /// On as many lines as it has.
    package static func text(_ text: String) -> String { replace(in: text, isLine: false) }

    private static func replace(in text: String, isLine: Bool) -> String {
        // Most texts hold nothing of this, and bytes say so quickly: controls, or the lead bytes C2, D8 and E2.
        let suspects = text.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == 0xD8 || $0 == 0xE2 }
        if !suspects { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t": scalars.append(isLine ? " " : scalar)
            case _ where isHarmful(scalar): scalars.append(contentsOf: name(of: scalar).unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    /// Controls of both sets, separators of lines, and what changes the direction of its surroundings.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x2029, 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func name(of scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + ">"
    }
}
