import CanonicalJSON

/// A mood: valence, energy, feelings, or words.
public struct Mood: Hashable, Writable {
    /// -100, unpleasant, to 100, pleasant; see ``MoodScale``.
    public var valence: Int?
    public var energy: Int?
    public var feelings: [String]
    /// Its causes.
    public var tags: [String]
    public var body: String?
    public var at: Moment?

    public init(
        valence: Int? = nil, energy: Int? = nil, feelings: [String] = [], tags: [String] = [], body: String? = nil,
        at: Moment? = nil
    ) {
        self.valence = valence
        self.energy = energy
        self.feelings = feelings
        self.tags = tags
        self.body = body
        self.at = at
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.mood, [:])
        draft.fields.set("valence", valence)
        draft.fields.set("energy", energy)
        draft.fields.set("body", body)
        draft.fields.set("at", at?.description)
        draft.fields.insert(feelings, into: "feelings")
        draft.fields.insert(tags, into: "tags")
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
