/// What a text says, as the words that stand side by side in it: enough to tell its later state from another text.
package struct WordPairs: Sendable {
    private let title: [Unicode.Scalar]
    private let count: Int
    /// Hashes, sorted; the beginning counts as a word.
    private let pairs: [UInt64]
    private let triples: [UInt64]
    private let bodyPairs: [UInt64]

    package init(_ text: String) {
        let scalars = text.unicodeScalars
        let end = scalars.firstIndex(of: "\n") ?? scalars.endIndex
        title = Array(scalars[..<end])
        let words = Self.words(scalars[...])
        count = words.count
        pairs = Self.runs(of: 2, words)
        triples = Self.runs(of: 3, words)
        bodyPairs = Self.runs(of: 2, Self.words(scalars[end...]))
    }

    /// How much of this text still stands in a later one, from 0 to 1, if that is plainly a later state of this.
    ///
    /// It is if it has more than half of this text, in pairs of words; a text that is much longer has the pairs of many
    /// a short one by chance, and must have three quarters of it in threes. Or if it has, below the same title, at least
    /// a quarter of what stood there. A title alone says nothing: diaries have the same one for many days, and for
    /// several entries of one.
    package func share(in later: WordPairs) -> Double? {
        guard count > 0 else { return nil }
        if later.count > 2 * count + 4 {
            let share = Double(Self.commonCount(triples, later.triples)) / Double(count)
            return share > 0.75 ? share : nil
        }
        let share = Double(Self.commonCount(pairs, later.pairs)) / Double(count)
        if share > 0.5 { return share }
        guard title == later.title, !title.isEmpty, !bodyPairs.isEmpty else { return nil }
        return Self.commonCount(bodyPairs, later.bodyPairs) * 4 >= bodyPairs.count ? share : nil
    }

    private static func commonCount(_ left: [UInt64], _ right: [UInt64]) -> Int {
        var (count, index) = (0, 0)
        for hash in left {
            while index < right.count, right[index] < hash { index += 1 }
            guard index < right.count else { break }
            if right[index] == hash {
                count += 1
                index += 1
            }
        }
        return count
    }

    /// As many as there are words.
    private static func runs(of length: Int, _ words: [UInt64]) -> [UInt64] {
        words.indices.map { end in
            (0..<length).reduce(offset) { hash, back in (hash ^ (end >= back ? words[end - back] : 0)) &* prime }
        }.sorted()
    }

    /// Without tags, which come and go while the text stays.
    private static func words(_ text: Substring.UnicodeScalarView) -> [UInt64] {
        var words: [UInt64] = []
        var word: UInt64?
        var isInTag = false
        func end() {
            if let hash = word { words.append(hash) }
            word = nil
        }
        for scalar in text {
            let properties = scalar.properties
            if isInTag, !properties.isWhitespace { continue }
            isInTag = word == nil && (scalar == "@" || scalar == "#")
            guard properties.isAlphabetic || properties.numericType != nil || properties.isGraphemeExtend else {
                end()
                continue
            }
            if isWordOfItsOwn(scalar) { end() }
            let lowercase = properties.isLowercase ? String(scalar) : properties.lowercaseMapping
            for unit in lowercase.utf8 { word = ((word ?? offset) ^ UInt64(unit)) &* prime }
            if isWordOfItsOwn(scalar) { end() }
        }
        end()
        return words
    }

    /// Scripts that put no spaces between words are compared character by character.
    private static func isWordOfItsOwn(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00..<0x10A0, 0x1780..<0x1800, 0x2E80..<0xA4D0, 0xAC00..<0xD7B0, 0xF900..<0xFB00, 0x20000...: true
        default: false
        }
    }

    /// FNV-1a, 64 bits: the same in every process, as Swift's own hash is not.
    private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01b3
}
