extension ProseTokens {
    /// Splits a text at its blank lines, which may contain spaces and tabs.
    ///
    /// Indentation is part of a paragraph; trailing white space is not.
    package init(paragraphsOf bytes: [UInt8]) {
        self.init(paragraphsOf: bytes, in: 0..<bytes.count)
    }

    init(paragraphsOf bytes: [UInt8], in range: Range<Int>) {
        let start = ProseTokens.endOfBlankLines(bytes, in: range)
        var tokens: [Token] = []
        var first = start
        var index = start
        while index < range.upperBound {
            guard bytes[index] == .lineFeed else {
                index += 1
                continue
            }
            let next = ProseTokens.endOfBlankLines(bytes, in: (index + 1)..<range.upperBound)
            if next > index + 1 {
                tokens.append(Token(content: ProseTokens.trimmed(bytes, first..<index), end: next))
                first = next
            }
            index = max(next, index + 1)
        }
        if first < range.upperBound {
            tokens.append(Token(content: ProseTokens.trimmed(bytes, first..<range.upperBound), end: range.upperBound))
        }
        self.init(bytes: bytes, lead: range.lowerBound..<start, tokens: tokens)
    }

    /// The start of the first line that is not blank, or the end if there is none.
    private static func endOfBlankLines(_ bytes: [UInt8], in range: Range<Int>) -> Int {
        var lineStart = range.lowerBound
        for index in range {
            if bytes[index] == .lineFeed {
                lineStart = index + 1
            } else if !bytes[index].isSpaceOrTab {
                return lineStart
            }
        }
        return range.upperBound
    }

    /// A range without trailing white space.
    private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, bytes[end - 1].isSpaceOrTab || bytes[end - 1] == .lineFeed { end -= 1 }
        return range.lowerBound..<end
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")

    var isSpaceOrTab: Bool { self == .space || self == UInt8(ascii: "\t") }
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
    var isLowerCase: Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self }
    var isLetter: Bool { isLowerCase || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self }
    var continuesScalar: Bool { self & 0xC0 == 0x80 }
}
