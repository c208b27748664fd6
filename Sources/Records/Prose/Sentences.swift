extension ProseTokens {
    /// Splits a text at blank lines, at the ends of sentences, and at lines of their own.
    ///
    /// In doubt it does not split: a sentence split in two could be merged in its middle, while two taken as one are
    /// only kept together when one is rewritten.
    package init(sentencesOf bytes: [UInt8]) {
        self.init(sentencesOf: bytes, in: 0..<bytes.count)
    }

    init(sentencesOf bytes: [UInt8], in range: Range<Int>) {
        let paragraphs = ProseTokens(paragraphsOf: bytes, in: range)
        var tokens: [Token] = []
        for paragraph in paragraphs.tokens {
            let scanner = SentenceScanner(bytes: bytes, end: paragraph.content.upperBound)
            var first = paragraph.content.lowerBound
            for sentence in scanner.inner(from: first) {
                tokens.append(Token(content: first..<sentence.content, end: sentence.end))
                first = sentence.end
            }
            tokens.append(Token(content: first..<paragraph.content.upperBound, end: paragraph.end))
        }
        let start = paragraphs.tokens.first?.content.lowerBound ?? range.upperBound
        self.init(bytes: bytes, lead: range.lowerBound..<start, tokens: tokens)
    }

    /// How many bytes are examined on either side: about a wrapped line in any script.
    private static let neighbourhoodBytesMax = 256

    /// Whether a text and its continuation are different sentences with exactly that separator.
    static func staysApart(_ text: [UInt8], _ separator: ArraySlice<UInt8>, _ next: ArraySlice<UInt8>) -> Bool {
        let near = text.suffix(neighbourhoodBytesMax)
        let line = near.suffix(from: near.lastIndex(of: .lineFeed).map { $0 + 1 } ?? near.startIndex)
        let bytes = line + separator + next.prefix(neighbourhoodBytesMax)
        let cuts = SentenceScanner(bytes: Array(bytes), end: bytes.count).inner(from: 0)
        return cuts.contains { $0.content == line.count && $0.end == line.count + separator.count }
    }
}

/// Finds the ends of sentences inside one paragraph.
private struct SentenceScanner {
    /// A line of at least this length may have been wrapped.
    static let wrappedLineScalarsMin = 60

    let bytes: [UInt8]
    let end: Int

    /// The end of each sentence but the last, without and with the following white space.
    func inner(from start: Int) -> [(content: Int, end: Int)] {
        var found: [(content: Int, end: Int)] = []
        var lineStart = start
        var index = start
        while index < end {
            var cut: Int?
            if let stop = SentenceStop(bytes, at: index, in: end) {
                if endsSentence(stop) { cut = stop.end }
                index = stop.end
            } else if bytes[index] == .lineFeed {
                let lineEnd = endOfText(before: index)
                if isLine(lineStart..<lineEnd, before: index + 1) { cut = lineEnd }
                index += 1
                lineStart = index
            } else {
                index += 1
            }
            guard let cut else { continue }
            index = endOfSeparator(from: cut)
            found.append((cut, index))
            if index > cut, bytes[index - 1] == .lineFeed { lineStart = index }
        }
        return found
    }

    private func endsSentence(_ stop: SentenceStop) -> Bool {
        guard stop.end < end else { return false }
        let next = endOfSpace(from: endOfSeparator(from: stop.end))
        guard next < end, !bytes[next].isLowerCase else { return false }
        if next == stop.end { return stop.needsNoSpace }
        return !(stop.isOneFullStop && Abbreviation.ends(at: stop.start, in: bytes))
    }

    /// Whether a line is one of its own, as in a list, a verse or a quick note, rather than wrapped.
    private func isLine(_ line: Range<Int>, before next: Int) -> Bool {
        if startsWithListMarker(bytes[next..<end]) { return true }
        var scalars = 0
        for byte in bytes[line] where !byte.continuesScalar { scalars += 1 }
        return scalars < SentenceScanner.wrappedLineScalarsMin
    }

    /// Spaces up to and including one line break; the indentation of the next line belongs to that line.
    private func endOfSeparator(from start: Int) -> Int {
        let index = endOfSpace(from: start)
        return index < end && bytes[index] == .lineFeed ? index + 1 : index
    }

    private func endOfSpace(from start: Int) -> Int {
        var index = start
        while index < end, bytes[index].isSpaceOrTab { index += 1 }
        return index
    }

    private func endOfText(before lineFeed: Int) -> Int {
        var index = lineFeed
        while index > 0, bytes[index - 1].isSpaceOrTab { index -= 1 }
        return index
    }
}

/// Whether a line begins a list item, a heading, a quotation or a row of a table.
///
/// As in CommonMark most markers need a following space, so that an emphasised word or a tag at the start of a
/// wrapped line is no marker; nor is a year.
func startsWithListMarker(_ line: ArraySlice<UInt8>) -> Bool {
    var rest = line.drop { $0.isSpaceOrTab }
    guard let first = rest.first else { return false }
    switch first {
    case UInt8(ascii: ">"), UInt8(ascii: "|"):
        return true
    case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"):
        rest = rest.dropFirst()
    case UInt8(ascii: "#"):
        rest = rest.drop { $0 == UInt8(ascii: "#") }
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digits = rest.prefix { $0.isDigit }
        rest = rest.dropFirst(digits.count)
        guard digits.count <= 3, let mark = rest.popFirst() else { return false }
        guard mark == UInt8(ascii: ".") || mark == UInt8(ascii: ")") else { return false }
    default:
        guard rest.starts(with: "•".utf8) else { return false }
        return true
    }
    return rest.first.map { $0.isSpaceOrTab || $0 == .lineFeed } ?? true
}
