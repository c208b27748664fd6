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
