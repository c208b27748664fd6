import CanonicalJSON
public import Causality

/// A mood: valence, energy, feelings, or words.
public struct Mood: Hashable, Writable {
    /// -100, unpleasant, to 100, pleasant; see ``MoodScale``.
    public var valence: Int?
    public var energy: Int?
    public var feelings: [String]
    /// Its causes.
    public var tags: [String]
    public var body: String?
    /// Whether it is the mood of the whole day.
    public var isOfDay: Bool
    public var at: Moment?
    /// The entry that it is about.
    public var about: EntryID?
    /// Whether it is to be brought to the session.
    public var isFlagged: Bool

    public init(
        valence: Int? = nil, energy: Int? = nil, feelings: [String] = [], tags: [String] = [], body: String? = nil,
        isOfDay: Bool = false, at: Moment? = nil, about: EntryID? = nil, isFlagged: Bool = false
    ) {
        self.valence = valence
        self.energy = energy
        self.feelings = feelings
        self.tags = tags
        self.body = body
        self.isOfDay = isOfDay
        self.at = at
        self.about = about
        self.isFlagged = isFlagged
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.mood, at: at, about: about, tags: tags, isFlagged: isFlagged)
        draft.fields.set("valence", valence)
        draft.fields.set("energy", energy)
        draft.fields.set("body", body)
        draft.fields.set("span", isOfDay ? "day" : nil)
        draft.fields.insert(feelings, into: "feelings")
        return draft
    }
}

extension Kind {
    public static let mood = Kind("mood")
}

extension KindSpec {
    private static let percent: FieldType = .integer(-100...100)

    static let mood = KindSpec(
        .mood, letter: "m", plural: "moods",
        fields: [
            FieldSpec("valence", percent),
            FieldSpec("energy", percent),
            FieldSpec("feelings", .set, .anyTrue),
            FieldSpec("body", .prose, .prose),
            FieldSpec("span", .choice(["moment", "day"]), standard: "moment"),
        ]
    ) { parts in
        let (entry, style) = (parts.entry, parts.style)
        let step = entry.fields["valence"]?.asInteger.map { MoodScale.five.step(ofValence: $0) }
        let feelings = parts.elements(of: "feelings", joined: ", ")
        let head = [step.map { "\($0)\(style.bar($0))" }, feelings].compactMap { $0 }.joined(separator: " ")
        let energy = entry.fields["energy"]?.asInteger.map { "energy \(MoodScale.five.step(ofValence: $0))" }
        let day = entry.text("span") == "day" ? "of the day" : nil
        let text = parts.join([head, energy, day, parts.elements(of: "tags", joined: " ")])
        if parts.title.isEmpty { return [text] }
        return [text.isEmpty ? "\"\(parts.title)\"" : text + style.dash + "\"\(parts.title)\""]
    }
}

/// A scale of moods from 1 to `points`, and its conversion to the stored valence of -100 to 100.
public struct MoodScale: Hashable, Sendable {
    public let points: Int

    /// Scales of 2 to 101 points, whose steps convert to valence and back exactly; others are `nil`.
    public init?(points: Int) {
        guard (2...101).contains(points) else { return nil }
        self.points = points
    }

    /// The default scale: 1 to 5.
    public static let five = MoodScale(exactly: 5)

    private init(exactly points: Int) { self.points = points }

    /// The valence of a step; `nil` unless it is in 1 to `points`.
    public func valence(ofStep step: Int) -> Int? {
        guard (1...points).contains(step) else { return nil }
        return Self.round(200 * (step - 1), by: points - 1) - 100
    }

    /// The step nearest to a valence, which is clamped to -100 to 100.
    public func step(ofValence valence: Int) -> Int {
        Self.round((min(max(valence, -100), 100) + 100) * (points - 1), by: 200) + 1
    }

    /// The nearest whole quotient of non-negative numbers; halves are rounded up.
    private static func round(_ value: Int, by divisor: Int) -> Int { (2 * value + divisor) / (2 * divisor) }
}
