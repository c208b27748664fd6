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
