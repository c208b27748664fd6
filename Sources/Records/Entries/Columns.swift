/// Measures text in terminal columns, and truncates it.
///
/// Chinese, Japanese, Korean and emoji take two columns, marks and joiners none. A joined emoji sequence counts as
/// the sum of its parts: some terminals draw it in two columns, none draws more. Works on scalars rather than
/// characters, since one character may be of any length.
package enum Columns {
    /// The width of a text in columns.
    package static func width(of text: String) -> Int {
        if isPlain(text) { return text.utf8.count }
        var pen = Pen()
        for scalar in text.unicodeScalars { pen.draw(scalar) }
        return pen.column
    }

    /// The text if it fits, else a prefix that fits, with an ellipsis.
    ///
    /// Does not cut between a letter and its marks or within a joined emoji, unless that alone is too long: at most
    /// four scalars per column are kept.
    ///
    /// - Precondition: there is room for the ellipsis.
    package static func cut(_ text: Substring, to columnsMax: Int) -> String {
        precondition(columnsMax > 0, "room for the ellipsis")
        // A short ASCII text is returned at once; of a long text only the visible part is examined.
        if text.utf8.count <= columnsMax, isPlain(text) { return String(text) }
        let scalars = text.unicodeScalars
        var pen = Pen()
        var count = 0
        // How much fits beside the ellipsis: up to a boundary, and up to any scalar.
        var (end, anyEnd) = (scalars.startIndex, scalars.startIndex)
        for index in scalars.indices {
            let isBoundary = pen.draw(scalars[index])
            if pen.columnBefore < columnsMax { (end, anyEnd) = (isBoundary ? index : end, index) }
            count += 1
            if pen.column > columnsMax || count > columnsMax * scalarsPerColumnMax {
                return text[..<(end > scalars.startIndex ? end : anyEnd)] + "…"
            }
        }
        return String(text)
    }

    /// The most scalars per column: more marks than any script uses, and room for long emoji.
    private static let scalarsPerColumnMax = 4

    /// Whether every byte is one column.
    private static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    /// The position of the next scalar.
    private struct Pen {
        private(set) var column = 0
        /// The position of the last scalar.
        private(set) var columnBefore = 0
        private var last: Unicode.Scalar?
        /// Whether the last scalar is the first half of a flag.
        private var isHalfFlag = false

        /// Draws a scalar, and returns whether the text may be cut before it.
        @discardableResult
        mutating func draw(_ scalar: Unicode.Scalar) -> Bool {
            let isAttached = last == "\u{200D}" || isHalfFlag && Columns.isFlagLetter(scalar)
            let width = Columns.width(of: scalar)
            isHalfFlag = Columns.isFlagLetter(scalar) && !isHalfFlag
            columnBefore = column
            column += width
            // A variation selector makes a narrow symbol a wide emoji.
            if scalar == "\u{FE0F}", let last, Columns.width(of: last) == 1 { column += 1 }
            last = scalar
            return !isAttached && width > 0 && !(0x1F3FB...0x1F3FF).contains(scalar.value)
        }
    }

    private static func isFlagLetter(_ scalar: Unicode.Scalar) -> Bool { (0x1F1E6...0x1F1FF).contains(scalar.value) }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        // No scalar below this is wide, and only the soft hyphen has no width.
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        case .format: return beforeDigits.contains(scalar) ? 1 : 0
        default: break
        }
        // Vowels and finals of a decomposed Korean syllable are drawn below its first jamo.
        if (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FF).contains(scalar.value) { return 0 }
        return isWide(scalar) ? 2 : 1
    }

    /// Visible characters of the general category Cf: they are drawn before or around digits.
    private static let beforeDigits = Set(
        "\u{600}\u{601}\u{602}\u{603}\u{604}\u{605}\u{6DD}\u{70F}\u{890}\u{891}\u{8E2}\u{110BD}\u{110CD}"
            .unicodeScalars)

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= wide[0].lowerBound else { return false }
        var (low, high) = (0, wide.count)
        while low < high {
            let middle = (low + high) / 2
            if wide[middle].upperBound < scalar.value { low = middle + 1 } else { high = middle }
        }
        return low < wide.count && wide[low].contains(scalar.value)
    }

    /// The ranges of W and F in EastAsianWidth-17.0.0.txt of the Unicode Character Database; gaps that are
    /// unassigned, or that some terminals draw wide, are merged into the ranges.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
        0x25FD...0x25FE, 0x2614...0x2615, 0x2630...0x2637, 0x2648...0x2653, 0x267F...0x267F, 0x268A...0x268F,
        0x2693...0x2693, 0x26A1...0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE,
        0x26D4...0x26D4, 0x26EA...0x26EA, 0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD,
        0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755,
        0x2757...0x2757, 0x2795...0x2797, 0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50,
        0x2B55...0x2B55, 0x2E80...0x303E, 0x3041...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DF2,
        0x1AFF0...0x1B2FB, 0x1D300...0x1D376, 0x1F004...0x1F004, 0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E,
        0x1F191...0x1F19A, 0x1F200...0x1F265, 0x1F300...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C,
        0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4,
        0x1F3F8...0x1F43E, 0x1F440...0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E,
        0x1F550...0x1F567, 0x1F57A...0x1F57A, 0x1F595...0x1F596, 0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F,
        0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6DF, 0x1F6EB...0x1F6EC,
        0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
        0x1FA70...0x1FAF8, 0x20000...0x3FFFD,
    ]
}
