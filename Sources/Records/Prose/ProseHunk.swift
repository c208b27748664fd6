/// A difference of a version from the base: the tokens in `side` replace those in `base`.
struct ProseHunk: Equatable {
    let base: Range<Int>
    let side: Range<Int>

    /// The hunks between the paired tokens of an alignment, in order.
    static func between(_ pairs: [Alignment.Pair], base baseCount: Int, side sideCount: Int) -> [ProseHunk] {
        var hunks: [ProseHunk] = []
        var base = 0
        var side = 0
        for pair in pairs + [Alignment.Pair(base: baseCount, side: sideCount)] {
            if base < pair.base || side < pair.side {
                hunks.append(ProseHunk(base: base..<pair.base, side: side..<pair.side))
            }
            base = pair.base + 1
            side = pair.side + 1
        }
        return hunks
    }

    /// Splits a hunk of as many sentences as it replaces: recognisably similar sentences become hunks of their own.
    ///
    /// So corrections in two adjacent sentences are two rewrites, and a sentence that another version inserted
    /// between them keeps its place.
    func split(base baseText: ProseTokens, side sideText: ProseTokens) -> [ProseHunk] {
        guard base.count == side.count, base.count > 1 else { return [self] }
        var hunks: [ProseHunk] = []
        var rest = 0
        func append(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            let base = (self.base.lowerBound + range.lowerBound)..<(self.base.lowerBound + range.upperBound)
            let side = (self.side.lowerBound + range.lowerBound)..<(self.side.lowerBound + range.upperBound)
            hunks.append(ProseHunk(base: base, side: side))
        }
        for index in 0..<base.count {
            let old = baseText.content(base.lowerBound + index)
            let new = sideText.content(side.lowerBound + index)
            guard ProseHunk.areAlike(old, new) else { continue }
            append(rest..<index)
            append(index..<(index + 1))
            rest = index + 1
        }
        append(rest..<base.count)
        return hunks
    }

    /// Whether the common prefix and suffix are at least half of the longer one.
    private static func areAlike(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        let shorter = min(left.count, right.count)
        var common = 0
        for (a, b) in zip(left, right) {
            guard a == b else { break }
            common += 1
        }
        for (a, b) in zip(left.reversed(), right.reversed()) {
            guard a == b, common < shorter else { break }
            common += 1
        }
        return common * 2 >= max(left.count, right.count)
    }
}
