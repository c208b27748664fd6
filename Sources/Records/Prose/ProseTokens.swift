/// A text split into paragraphs or sentences without losing a byte.
///
/// Each token is a content and the white space that follows it. Contents are never empty, and end in no space, tab or
/// line break. A text of only white space has no tokens and is all `lead`.
package struct ProseTokens: Sendable {
    package struct Token: Equatable, Sendable {
        package let content: Range<Int>
        /// The end of the separator after the content, where the next token begins.
        package let end: Int
    }

    package let bytes: [UInt8]
    package let lead: ArraySlice<UInt8>
    package let tokens: [Token]

    init(bytes: [UInt8], lead: Range<Int>, tokens: [Token]) {
        self.bytes = bytes
        self.lead = bytes[lead]
        self.tokens = tokens
    }

    package func content(_ index: Int) -> ArraySlice<UInt8> {
        bytes[tokens[index].content]
    }

    package func separator(_ index: Int) -> ArraySlice<UInt8> {
        bytes[tokens[index].content.upperBound..<tokens[index].end]
    }

    /// The white space after the last token.
    package var end: ArraySlice<UInt8> {
        tokens.isEmpty ? [] : separator(tokens.count - 1)
    }

    /// The bytes of a range of tokens with the separators between them, without the one after them.
    func span(_ range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        return tokens[range.lowerBound].content.lowerBound..<tokens[range.upperBound - 1].content.upperBound
    }
}

/// Numbers contents, so that equal numbers mean equal bytes.
struct ProseVocabulary {
    // Only looked up, never iterated: the order of a dictionary differs between runs.
    private var numbers: [ArraySlice<UInt8>: Int] = [:]

    mutating func intern(_ text: ProseTokens) -> [Int] {
        text.tokens.map { token in
            let next = numbers.count
            let content = text.bytes[token.content]
            if let known = numbers[content] { return known }
            numbers[content] = next
            return next
        }
    }
}
