/// An hour with the coach.
public struct Session: Hashable, Writable {
    public var at: Moment
    public var minutes: Int?
    public var topic: String?
    public var focus: String?

    public init(at: Moment, minutes: Int? = nil, topic: String? = nil, focus: String? = nil) {
        self.at = at
        self.minutes = minutes
        self.topic = topic
        self.focus = focus
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.session, [:])
        draft.fields.set("at", at.description)
        draft.fields.set("minutes", minutes)
        draft.fields.set("topic", topic)
        draft.fields.set("focus", focus)
        return draft
    }
}
