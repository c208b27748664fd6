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
