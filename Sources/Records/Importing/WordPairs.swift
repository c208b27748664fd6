/// The adjacent words of a text, by which a later state of it is distinguished from another text.
package struct WordPairs: Sendable {
    private let words: [UInt64]
    /// Sorted hashes; the beginning of the text counts as a word.
    private let pairs: [UInt64]
    private let triples: [UInt64]
    /// The number of words; two characters of a script without spaces count as one.
    private let length: Int

    package init(_ text: String) {
        let (words, characterCount) = Self.words(text.unicodeScalars[...])
        self.words = words
        length = characterCount * 2 > words.count ? words.count / 2 : words.count
        pairs = Self.runs(of: 2, words)
        triples = Self.runs(of: 3, words)
    }

    /// Up to this length a text is too common to be recognised: "Lunch", "Slept badly again".
    private static let tinyMax = 3
    /// Below this length, a few common words may be a habit, or a template.
    private static let shortMax = 20

    /// The share of this text that remains in a later one, from 0 to 1, if that is clearly a later state of this;
    /// otherwise `nil`.
    ///
    /// It is if the words are equal, or if more than three quarters of this text remain as pairs of words. A much
    /// longer text contains many pairs by chance, so three quarters must remain as triples. Of a short text nearly
    /// all words must remain in order, and a tiny one must be equal. Titles are ignored: diaries often use the same
    /// one for several entries.
    package func share(in later: WordPairs) -> Double? {
        guard !words.isEmpty else { return nil }
        if words == later.words { return 1 }
        guard length > Self.tinyMax else { return nil }
        let isMuchLonger = later.words.count > 2 * words.count + 4
        let common = isMuchLonger ? Self.commonCount(triples, later.triples) : Self.commonCount(pairs, later.pairs)
        let share = Double(common) / Double(words.count)
        guard length < Self.shortMax else { return share > 0.75 ? share : nil }
        guard share > (isMuchLonger ? 0.75 : 0.5), lostCount(in: later) * 10 <= words.count else { return nil }
        return share
    }

    /// The number of words that are not in the later text, in order.
    private func lostCount(in later: WordPairs) -> Int {
        var lengths = Array(repeating: 0, count: words.count + 1)
        for word in later.words {
            var diagonal = 0
            for (index, own) in words.enumerated() {
                let above = lengths[index + 1]
                lengths[index + 1] = own == word ? diagonal + 1 : max(above, lengths[index])
                diagonal = above
            }
        }
        return words.count - (lengths.last ?? 0)
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

    /// Hashes of all runs of this length, one ending at each word.
    private static func runs(of length: Int, _ words: [UInt64]) -> [UInt64] {
        words.indices.map { end in
            (0..<length).reduce(offset) { hash, back in (hash ^ (end >= back ? words[end - back] : 0)) &* prime }
        }.sorted()
    }

    /// The words without tags, which may change while the text stays; and how many of them are characters of a script
    /// without spaces. An emoji is a word.
    private static func words(_ text: Substring.UnicodeScalarView) -> (words: [UInt64], characterCount: Int) {
        var words: [UInt64] = []
        var characterCount = 0
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
            let isSymbol = isSymbol(properties.generalCategory)
            guard properties.isAlphabetic || properties.numericType != nil || properties.isGraphemeExtend || isSymbol
            else {
                end()
                continue
            }
            let isCharacter = isWordOfItsOwn(scalar)
            if isCharacter { characterCount += 1 }
            if isCharacter || isSymbol { end() }
            let lowercase = properties.isLowercase ? String(scalar) : properties.lowercaseMapping
            for unit in lowercase.utf8 { word = ((word ?? offset) ^ UInt64(unit)) &* prime }
            if isCharacter || isSymbol { end() }
        }
        end()
        return (words, characterCount)
    }

    private static func isSymbol(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .otherSymbol, .mathSymbol, .currencySymbol: true
        default: false
        }
    }

    /// Whether the scalar is of a script without spaces, which is compared character by character.
    private static func isWordOfItsOwn(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00..<0x10A0, 0x1780..<0x1800, 0x2E80..<0xA4D0, 0xAC00..<0xD7B0, 0xF900..<0xFB00, 0x20000...: true
        default: false
        }
    }

    /// FNV-1a, 64 bits: unlike Swift's hash, it is the same in every process.
    private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let prime: UInt64 = 0x0000_0100_0000_01b3
}
