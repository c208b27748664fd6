/// Merges versions of a text at one level: all its paragraphs, or the sentences of some of them.
struct LevelMerge {
    enum Level {
        case paragraphs
        case sentences
    }

    /// Without the white space before the first token and after the last.
    private(set) var bytes: [UInt8] = []
    private(set) var doubled: [ProseMerge.Doubled] = []

    private let level: Level
    private let base: ProseTokens
    private let versions: [ProseTokens]
    private let numbers: [[Int]]

    init(_ level: Level, base: ProseTokens, versions: [ProseTokens], budget: inout AlignmentBudget) {
        var vocabulary = ProseVocabulary()
        let baseNumbers = vocabulary.intern(base)
        let numbers = versions.map { vocabulary.intern($0) }
        self.level = level
        self.base = base
        self.versions = versions
        self.numbers = numbers

        var hunks: [[ProseHunk]] = []
        var gaps = ProseGaps(level, base: base, versions: versions)
        for (version, side) in numbers.enumerated() {
            let pairs = Alignment.pairs(baseNumbers, side, budget: &budget)
            gaps.note(pairs, of: version)
            let found = ProseHunk.between(pairs, base: baseNumbers.count, side: side.count)
            // Conflicting paragraphs are merged by sentence in any case.
            let isSentence = level == .sentences
            hunks.append(isSentence ? found.flatMap { $0.split(base: base, side: versions[version]) } : found)
        }
        let pieces = pieces(ProseGroup.all(hunks), budget: &budget)
        for (index, piece) in pieces.enumerated() {
            if index > 0 {
                bytes.append(contentsOf: gaps.separator(after: bytes, between: pieces[index - 1], and: piece))
            }
            bytes.append(contentsOf: piece.content)
        }
    }

    private mutating func pieces(_ groups: [ProseGroup], budget: inout AlignmentBudget) -> [ProsePiece] {
        var pieces: [ProsePiece] = []
        var position = 0
        // For each version, the token that corresponds to `position`.
        var cursors = Array(repeating: 0, count: versions.count)
        func keep(to end: Int) {
            for token in position..<end {
                let sources = cursors.enumerated().map { version, cursor in
                    ProsePiece.Source(version: version, tokens: cursor..<(cursor + 1))
                }
                let range = token..<(token + 1)
                pieces.append(ProsePiece(content: base.content(token), base: range, group: nil, sources: sources))
                for version in cursors.indices { cursors[version] += 1 }
            }
            position = end
        }
        for (index, group) in groups.enumerated() {
            keep(to: group.base.lowerBound)
            let sides = cursors.enumerated().map { version, cursor in
                let growth = group.hunks(of: version).reduce(0) { $0 + $1.side.count - $1.base.count }
                return cursor..<(cursor + group.base.count + growth)
            }
            if level == .paragraphs, !group.isInsertion, !isAgreed(group) {
                pieces.append(contentsOf: bySentence(group, index: index, sides: sides, budget: &budget))
            } else {
                pieces.append(contentsOf: united(group, index: index, budget: &budget))
            }
            cursors = sides.map(\.upperBound)
            position = group.base.upperBound
        }
        keep(to: base.tokens.count)
        return pieces
    }

    /// Whether all versions of a group made the same change, or there is only one.
    private func isAgreed(_ group: ProseGroup) -> Bool {
        guard let first = group.members.first else { return true }
        let tokens = numbers[first.version][first.hunk.side]
        return group.members.allSatisfy { member in
            member.hunk.base == first.hunk.base && numbers[member.version][member.hunk.side] == tokens
        }
    }

    /// Merges paragraphs that several versions changed, into one piece.
    private mutating func bySentence(
        _ group: ProseGroup, index: Int, sides: [Range<Int>], budget: inout AlignmentBudget
    ) -> [ProsePiece] {
        let merge = LevelMerge(
            .sentences,
            base: ProseTokens(sentencesOf: base.bytes, in: base.span(group.base)),
            versions: zip(versions, sides).map { ProseTokens(sentencesOf: $0.bytes, in: $0.span($1)) },
            budget: &budget)
        doubled.append(contentsOf: merge.doubled)
        guard !merge.bytes.isEmpty else { return [] }
        let sources = sides.enumerated().filter { !$0.element.isEmpty }.map { version, side in
            ProsePiece.Source(version: version, tokens: side)
        }
        return [ProsePiece(content: merge.bytes[...], base: group.base, group: index, sources: sources)]
    }

    /// The tokens that each version has in the group's place, one version after the other.
    private mutating func united(_ group: ProseGroup, index: Int, budget: inout AlignmentBudget) -> [ProsePiece] {
        var union = ProseUnion()
        var rewriters: [Int] = []
        for version in group.versions {
            let hunks = group.hunks(of: version)
            let tokens = hunks.flatMap { Array($0.side) }
            union.add(tokens, of: version, numbers: numbers[version], budget: &budget)
            // A version that only inserted or only deleted has no alternative to what others rewrote.
            if !tokens.isEmpty, hunks.contains(where: { !$0.base.isEmpty }) { rewriters.append(version) }
        }
        if rewriters.count > 1 {
            for run in union.alternatives(of: rewriters) { noteDoubled(run) }
        }
        return union.elements.compactMap { element in
            guard let first = element.sources.first else { return nil }
            let sources = element.sources.map { version, token in
                ProsePiece.Source(version: version, tokens: token..<(token + 1))
            }
            let content = versions[first.version].content(first.token)
            return ProsePiece(content: content, base: group.base, group: index, sources: sources)
        }
    }

    private mutating func noteDoubled(_ run: [(version: Int, tokens: [Int])]) {
        var texts: [[UInt8]] = []
        for (version, tokens) in run {
            let text = versions[version]
            var bytes: [UInt8] = []
            for (index, token) in tokens.enumerated() {
                // If tokens between were left out, the wider of the separators around the gap is used.
                let gaps = index > 0 ? [text.separator(tokens[index - 1]), text.separator(token - 1)] : []
                bytes += (gaps.max(by: ProseGaps.isWeaker) ?? []) + text.content(token)
            }
            bytes = Array(bytes.drop { $0.isSpaceOrTab || $0 == .lineFeed })
            if !texts.contains(bytes) { texts.append(bytes) }
        }
        guard texts.count > 1 else { return }
        doubled.append(ProseMerge.Doubled(versions: texts.map { String(decoding: $0, as: UTF8.self) }))
    }
}
