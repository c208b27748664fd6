package import CanonicalJSON
import Causality
package import Records

/// The arguments of `btw mood`: `[V or V/N] [word…] [+tag…] ["two or more words"]`.
///
/// The number comes first. After it, an argument without white space is a feeling, or a tag if it begins with a plus;
/// one with white space is the body. A second number is refused, since it is more likely a mistake than a feeling.
package struct MoodWords: Hashable, Sendable {
    package private(set) var valence: Int?
    package private(set) var feelings: [Text] = []
    package private(set) var tags: [Text] = []
    /// The body, if it was typed.
    package private(set) var text: NoteText?
    /// Whether the body is read from standard input (`-`).
    package private(set) var readsStdin = false
    package private(set) var energy: Int?
    /// Whether it is the mood of the whole day.
    package let isDay: Bool

    /// - Throws: ``Failure`` with exit 2, also if there is neither a number nor a feeling nor a body.
    package init(words: [String], energy: String? = nil, isDay: Bool = false) throws(Failure) {
        self.isDay = isDay
        if let energy { self.energy = try MoodNumber.valence(energy, called: "--energy") }
        var words = words[...]
        if let first = words.first, MoodNumber.isMeant(first) {
            valence = try MoodNumber.valence(first, called: "A mood")
            words.removeFirst()
        }
        var lines: [String] = []
        for word in words {
            if word == "-" {
                readsStdin = true
            } else if word.unicodeScalars.contains(where: \.properties.isWhitespace) {
                lines.append(word)
            } else if TagWords.isTag(word) {
                tags.append(try TagWords.tag(argument: word, of: MoodCommand.self))
            } else {
                feelings.append(try Self.feeling(word))
            }
        }
        if readsStdin, !lines.isEmpty {
            throw .usage("The words are on standard input or typed, not both.", of: MoodCommand.self)
        }
        if !lines.isEmpty { text = try NoteText(words: lines) }
        if valence == nil, feelings.isEmpty, text?.isEmpty != false, !readsStdin {
            throw .usage("A mood needs a number from 1 to 5, a feeling, or a few words in quotes.", next: "btw mood 3")
        }
    }

    /// The arguments besides the body, as messages name them.
    var given: [String] {
        [
            ("the number", valence != nil), ("the feelings", !feelings.isEmpty), ("the tags", !tags.isEmpty),
            ("--energy", energy != nil), ("--day", isDay),
        ].filter { $0.1 }.map { $0.0 }
    }

    /// The mood; `nil` if there is nothing to save, because standard input was empty.
    package func mood(stdin: NoteText? = nil) -> Mood? {
        let text = readsStdin ? stdin : text
        let body = text.flatMap { $0.isEmpty ? nil : $0.body.string }
        if valence == nil, feelings.isEmpty, body == nil { return nil }
        return Mood(
            valence: valence, energy: energy, feelings: feelings.map(\.string),
            tags: (tags + (text?.tags ?? [])).map(\.string), body: body, isOfDay: isDay)
    }

    private static func feeling(_ word: String) throws(Failure) -> Text {
        if MoodNumber.isMeant(word) { throw .usage("A mood has one number, and it stands first.", next: "btw mood 3") }
        let name = FieldName("feelings", element: Text(word))
        if word.isEmpty || Schema.field(name, of: .mood)?.problem(withElement: Text(word)) != nil {
            throw .usage(
                "A feeling is a word of at most \(RecordLimits.wordLengthMax) letters, without a comma.",
                of: MoodCommand.self)
        }
        return Text(word)
    }
}

/// `4`, on a scale of 1 to 5, or `7/10`, on a scale of 1 to 10; the digits may be of any script.
enum MoodNumber {
    /// Whether an argument looks like a number, valid or not: digits, and characters that join them.
    static func isMeant(_ word: String) -> Bool {
        let scalars = plain(word).unicodeScalars
        return scalars.contains(where: isDigit) && scalars.allSatisfy { isDigit($0) || joining.contains($0) }
    }

    static func valence(_ typed: String, called name: String) throws(Failure) -> Int {
        let parts = plain(typed).split(separator: "/", omittingEmptySubsequences: false)
        let points = parts.count > 1 ? FieldReader.wholeNumber(parts[1]) : MoodScale.five.points
        guard parts.count < 3, let step = FieldReader.wholeNumber(parts[0]), let points,
            let valence = MoodScale(points: points)?.valence(ofStep: step)
        else {
            throw .usage(
                "\(name) is a whole number from 1 to 5, or one like 7/10 on a scale of 2 to 101 points.",
                next: "btw mood 3, or btw mood 7/10")
        }
        return valence
    }

    /// The number in ASCII; a keycap digit (3️⃣) counts as that digit.
    private static func plain(_ typed: String) -> String {
        var scalars = TypedText.plain(typed).unicodeScalars
        scalars.removeAll { $0 == "\u{FE0F}" || $0 == "\u{20E3}" || $0.properties.generalCategory == .format }
        return String(scalars)
    }

    /// Also superscripts, circled digits and fractions (³, ③, ½): they are refused, and do not count as feelings.
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    /// Characters between digits: those of ASCII, and other slashes, points, commas and minus signs.
    private static let joining = Set("/.,+-⁄∕÷٫٬،、。−–".unicodeScalars)
}
