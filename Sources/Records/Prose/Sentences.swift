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

/// Marks that can end a sentence, with the quotes and brackets that follow them.
struct SentenceStop {
    let start: Int
    let end: Int
    /// A single ASCII full stop, which may also end an abbreviation.
    let isOneFullStop: Bool
    /// Chinese and Japanese have no space after a full-width mark; after a closing quote the sentence may continue.
    let needsNoSpace: Bool

    private static let marks: [[UInt8]] = [".", "!", "?", "…"].map { Array($0.utf8) } + fullWidth
    private static let fullWidth: [[UInt8]] = ["。", "！", "？"].map { Array($0.utf8) }
    /// Closing quotes, brackets and Markdown emphasis.
    private static let closers: [[UInt8]] = [
        "\"", "'", ")", "]", "}", "*", "_", "”", "’", "»", "›", "」", "』", "）",
    ].map { Array($0.utf8) }

    /// The marks at an index, if there are any.
    init?(_ bytes: [UInt8], at start: Int, in limit: Int) {
        var index = start
        var last: [UInt8] = []
        while let mark = SentenceStop.first(of: SentenceStop.marks, in: bytes, at: index, limit) {
            last = mark
            index += mark.count
        }
        guard index > start else { return nil }
        let marksEnd = index
        while let closer = SentenceStop.first(of: SentenceStop.closers, in: bytes, at: index, limit) {
            index += closer.count
        }
        self.start = start
        end = index
        isOneFullStop = marksEnd == start + 1 && bytes[start] == UInt8(ascii: ".")
        needsNoSpace = index == marksEnd && SentenceStop.fullWidth.contains(last)
    }

    private static func first(of patterns: [[UInt8]], in bytes: [UInt8], at index: Int, _ limit: Int) -> [UInt8]? {
        guard index < limit else { return nil }
        let byte = bytes[index]
        for pattern in patterns where pattern[0] == byte {
            if pattern.count == 1 || bytes[index..<limit].starts(with: pattern) { return pattern }
        }
        return nil
    }
}

/// Words whose full stop does not end a sentence.
enum Abbreviation {
    // Exact bytes, in the usual case: "No. 5" is an abbreviation and "I said no." is not. Letters separated by full
    // stops ("e.g", "z.B", "d.h", "U.S") need no entry.
    private static let words: [[UInt8]] = [
        "Mr", "Mrs", "Ms", "Mx", "Dr", "St", "Prof", "Rev", "Hon", "Gen", "Col", "Capt", "Lt", "Sgt", "Jr", "Sr",
        "No", "Nos", "Vol", "Fig", "fig", "vs", "etc", "cf", "al", "approx", "resp", "Inc", "Ltd", "Co", "Corp",
        "Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec",
        "bzw", "usw", "usf", "ca", "Nr", "Hr", "Fr", "Hrn", "Frl", "evtl", "ggf", "inkl", "exkl", "vgl", "Vgl", "Str",
        "Tel", "Abs", "Bd", "Dipl", "Ing", "Mio", "Mrd", "Sog", "sog", "geb", "gest", "Jh", "Min", "Std", "Okt", "Dez",
    ].map { Array($0.utf8) }

    /// Longer words are not looked up.
    private static let wordBytesMax = 16

    /// Whether the word before a full stop is an abbreviation, an initial or a number of one or two digits.
    ///
    /// Such numbers begin lists and are German dates: "am 3. Mai".
    static func ends(at stop: Int, in bytes: [UInt8]) -> Bool {
        guard let word = word(before: stop, in: bytes), let first = word.first else { return false }
        if words.contains(where: { $0[...] == word }) { return true }
        if word.allSatisfy(\.isDigit) { return word.count <= 2 }
        if word.count == 2, first >= 0xC0, word.dropFirst().allSatisfy(\.continuesScalar) { return true }
        // "J", "J.R", "e.g": letters and full stops in turn.
        for (index, byte) in word.enumerated() {
            guard index % 2 == 0 ? byte.isLetter : byte == UInt8(ascii: ".") else { return false }
        }
        return true
    }

    private static func word(before stop: Int, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var start = stop
        while start > 0, !bounds(bytes, before: start) {
            start -= 1
            if stop - start > wordBytesMax { return nil }
        }
        // An apostrophe inside a word is part of it ("don't." is no initial), but not one that opens it.
        return bytes[start..<stop].drop { $0 == UInt8(ascii: "'") }
    }

    /// Whether a word begins at an index, by the bytes before it.
    private static func bounds(_ bytes: [UInt8], before index: Int) -> Bool {
        let byte = bytes[index - 1]
        if byte < 0x80 {
            return !(byte.isLetter || byte.isDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "'"))
        }
        // General punctuation, such as quotes and dashes, except the apostrophe ’; and «.
        if index >= 3, bytes[index - 3] == 0xE2, bytes[index - 2] == 0x80 { return byte != 0x99 }
        return index >= 2 && bytes[index - 2] == 0xC2 && byte == 0xAB
    }
}
