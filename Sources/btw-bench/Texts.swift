import Records

/// Notes of about 300 bytes with up to three tags, spread over ten years: the same in every run.
struct Texts {
    private let vocabulary: Vocabulary
    private let tags: [String]
    private let stepMillis: Int
    private var generator = SplitMix(seed: 1660)
    private var count = 0
    /// The number of notes that contain each word, by rank.
    private var occurrences: [Int]

    init(entryCount: Int) {
        vocabulary = Vocabulary(count: 20_000, using: &generator)
        occurrences = Array(repeating: 0, count: vocabulary.words.count)
        stepMillis = Self.spanMillis / entryCount
        tags = [
            "work", "sleep", "family", "health", "session", "friends", "walk", "money", "reading", "music", "home",
            "travel", "food", "garden", "plans", "worry", "joy", "rest", "school", "weather",
        ]
    }

    private static let bytes = 220...380
    private static let startMillis = 1_451_606_400_000
    private static let spanMillis = 10 * 365 * 86_400_000

    /// The next note, later than the one before.
    mutating func next() -> Note {
        var seen: Set<Int> = []
        var body = ""
        var left = 0
        let length = generator.number(in: Self.bytes)
        while body.utf8.count < length {
            let rank = vocabulary.draw(using: &generator)
            seen.insert(rank)
            if left == 0 {
                if !body.isEmpty { body += generator.number(in: 0...5) == 0 ? ".\n\n" : ". " }
                body += vocabulary.words[rank].prefix(1).uppercased() + vocabulary.words[rank].dropFirst()
                left = generator.number(in: 5...14)
            } else {
                body += " " + vocabulary.words[rank]
                left -= 1
            }
        }
        for rank in seen { occurrences[rank] += 1 }
        var chosen: Set<String> = []
        for _ in 0..<generator.number(in: 0...3) {
            // The lesser of two, so that some tags are more common than others.
            let index = min(generator.number(in: 0...tags.count - 1), generator.number(in: 0...tags.count - 1))
            chosen.insert(tags[index])
        }
        let at = Moment(millisSince1970: Self.startMillis + count * stepMillis, offsetMinutes: 60)
        count += 1
        return Note(body + ".", tags: chosen.sorted(), at: at)
    }

    /// Search terms for the notes that were written.
    struct Questions {
        /// In about one of a hundred notes.
        let common: String
        /// In very few notes.
        let rare: String
        /// A word in about ten of a hundred notes, and the common one.
        let pair: [String]
        let tag: String
        /// The first and the last day of the last month.
        let from: CivilDate
        let to: CivilDate
    }

    /// Search terms for the notes so far; `nil` if there are none.
    func questions() -> Questions? {
        let written = occurrences.indices.filter { occurrences[$0] > 0 }
        func word(nearest goal: Int) -> String? {
            written.min { abs(occurrences[$0] - goal) < abs(occurrences[$1] - goal) }.map { vocabulary.words[$0] }
        }
        let last = Moment(millisSince1970: Self.startMillis + (count - 1) * stepMillis, offsetMinutes: 60)
        guard let common = word(nearest: count / 100), let rare = word(nearest: 1),
            let other = word(nearest: count / 10), let to = last?.day,
            let from = CivilDate(daysSince1970: to.daysSince1970 - 29)
        else { return nil }
        return Questions(
            common: common, rare: rare, pair: [other, common], tag: tags[tags.count / 2], from: from, to: to)
    }
}

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

/// A deterministic generator, so that texts are the same in every run.
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014; the constants are Vigna's.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number in 0..<1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}
