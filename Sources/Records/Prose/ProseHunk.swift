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

/// A piece of the result, and its origin.
struct ProsePiece {
    struct Source {
        let version: Int
        let tokens: Range<Int>
    }

    let content: ArraySlice<UInt8>
    /// The range of the base that it keeps or replaces.
    let base: Range<Int>
    /// The group of hunks that it comes from; `nil` if all versions kept it.
    let group: Int?
    /// Its tokens in each version, in the order of the versions.
    let sources: [Source]

    /// A version in which `next` follows directly, and the token that it follows.
    func adjacency(to next: ProsePiece) -> (version: Int, token: Int)? {
        var index = 0
        for source in sources {
            while index < next.sources.count, next.sources[index].version < source.version { index += 1 }
            guard index < next.sources.count else { return nil }
            let other = next.sources[index]
            if other.version == source.version, other.tokens.lowerBound == source.tokens.upperBound {
                return (source.version, source.tokens.upperBound - 1)
            }
        }
        return nil
    }

    func sharesVersion(with other: ProsePiece) -> Bool {
        sources.contains { source in other.sources.contains { $0.version == source.version } }
    }
}

/// Chooses the separators between pieces of the result, which may not have been adjacent before.
struct ProseGaps {
    private let level: LevelMerge.Level
    private let base: ProseTokens
    private let versions: [ProseTokens]
    /// For each token of the base, the version and its preceding token, if that version changed only the white space
    /// between.
    private var changed: [(version: Int, token: Int)?]

    init(_ level: LevelMerge.Level, base: ProseTokens, versions: [ProseTokens]) {
        self.level = level
        self.base = base
        self.versions = versions
        changed = Array(repeating: nil, count: base.tokens.count)
    }

    /// Records white space that a version changed between tokens that it kept adjacent; the first version wins.
    mutating func note(_ pairs: [Alignment.Pair], of version: Int) {
        for (left, right) in zip(pairs, pairs.dropFirst()) {
            guard left.base + 1 == right.base, left.side + 1 == right.side, changed[right.base] == nil else { continue }
            if versions[version].separator(left.side) != base.separator(left.base) {
                changed[right.base] = (version, left.side)
            }
        }
    }

    /// In this order: the separator that a version put between exactly these two; the one where they are adjacent;
    /// else one that separates both from each other, and paragraphs and lines as before.
    ///
    /// `text` is the result up to the end of `left`.
    /// `text` is the result up to the end of `left`.
    func separator(after text: [UInt8], between left: ProsePiece, and right: ProsePiece) -> ArraySlice<UInt8> {
        if !right.base.isEmpty, left.base.upperBound == right.base.lowerBound,
            let (version, token) = changed[right.base.lowerBound]
        {
            return sufficient(versions[version].separator(token), after: text, before: right)
        }
        if let (version, token) = left.adjacency(to: right) {
            return versions[version].separator(token)
        }
        // Alternatives for one place are separated no more than that place is from its surroundings; pieces whose
        // text in between was removed, as much as either was from that.
        let isAlternative = left.group != nil && left.group == right.group && !left.sharesVersion(with: right)
        var around = [separator(after: left), separator(before: right)]
        if isAlternative { around += [separator(before: left), separator(after: right)] }
        let known = around.compactMap { $0 }
        let chosen = isAlternative ? known.min(by: ProseGaps.isWeaker) : known.max(by: ProseGaps.isWeaker)
        return sufficient(chosen ?? [], after: text, before: right)
    }

    private func separator(after piece: ProsePiece) -> ArraySlice<UInt8>? {
        let known = piece.sources.compactMap { source -> ArraySlice<UInt8>? in
            let last = source.tokens.upperBound - 1
            let text = versions[source.version]
            return last + 1 < text.tokens.count ? text.separator(last) : nil
        }
        return known.max(by: ProseGaps.isWeaker)
    }

    private func separator(before piece: ProsePiece) -> ArraySlice<UInt8>? {
        let known = piece.sources.compactMap { source -> ArraySlice<UInt8>? in
            let first = source.tokens.lowerBound
            return first > 0 ? versions[source.version].separator(first - 1) : nil
        }
        return known.max(by: ProseGaps.isWeaker)
    }

    static func isWeaker(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        (lineFeeds(left), left.count) < (lineFeeds(right), right.count)
    }

    private static func lineFeeds(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 + ($1 == .lineFeed ? 1 : 0) }
    }

    /// The separator, or the least one with which the two pieces remain two tokens.
    private func sufficient(
        _ separator: ArraySlice<UInt8>, after text: [UInt8], before right: ProsePiece
    ) -> ArraySlice<UInt8> {
        let paragraph: ArraySlice<UInt8> = [.lineFeed, .lineFeed]
        let lineFeeds = ProseGaps.lineFeeds(separator)
        if level == .paragraphs || lineFeeds > 1 { return lineFeeds > 1 ? separator : paragraph }
        let startsLine = startsWithListMarker(right.content)
        for candidate in [separator, [.space], [.lineFeed]] {
            if startsLine || lineFeeds > 0, !candidate.contains(.lineFeed) { continue }
            if ProseTokens.staysApart(text, candidate, right.content) { return candidate }
        }
        return paragraph
    }
}
