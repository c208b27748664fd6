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
