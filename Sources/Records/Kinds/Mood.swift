import CanonicalJSON

/// How it is, on one axis or two, or in words.
public struct Mood: Hashable, Writable {
    /// -100, unpleasant, to 100, pleasant; see ``MoodScale``.
    public var valence: Int?
    public var energy: Int?
    public var feelings: [String]
    /// What affects it.
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
