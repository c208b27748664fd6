/// Words with a natural frequency distribution.
///
/// The word of rank r has the weight 1 / (r + 2.7), which is Mandelbrot's form of Zipf's law.
struct Vocabulary {
    let words: [String]
    /// The cumulative share of each word.
    private let shares: [Double]

    init(count: Int, using generator: inout SplitMix) {
        var words: [String] = []
        var plain: Set<String> = []
        while words.count < count {
            let word = Self.word(rank: words.count, using: &generator)
            // The index ignores diacritics, so no two words may differ only by these.
            if plain.insert(word.plain).inserted { words.append(word.written) }
        }
        self.words = words
        var sum = 0.0
        let sums = (0..<count).map { rank in
            sum += 1 / (Double(rank) + 2.7)
            return sum
        }
        shares = sums.map { $0 / sum }
    }

    /// Draws a word, and returns its rank.
    func draw(using generator: inout SplitMix) -> Int {
        let fraction = generator.fraction()
        var low = 0
        var high = words.count - 1
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] <= fraction { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func word(rank: Int, using generator: inout SplitMix) -> (written: String, plain: String) {
        let syllables = generator.number(in: rank < 100 ? 1...2 : rank < 2_000 ? 2...3 : 3...4)
        var word = (written: "", plain: "")
        for _ in 0..<syllables {
            let consonant = consonants[generator.number(in: 0...consonants.count - 1)]
            let vowel = vowels[generator.number(in: 0...vowels.count - 1)]
            word.written += consonant + vowel.written
            word.plain += consonant + vowel.plain
        }
        return word
    }

    private static let consonants = [
        "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ch",
    ]
    private static let vowels = [
        ("a", "a"), ("a", "a"), ("e", "e"), ("e", "e"), ("e", "e"), ("i", "i"), ("i", "i"), ("o", "o"), ("o", "o"),
        ("u", "u"), ("an", "an"), ("en", "en"), ("er", "er"), ("in", "in"), ("ü", "u"), ("é", "e"),
    ].map { (written: $0.0, plain: $0.1) }
}
