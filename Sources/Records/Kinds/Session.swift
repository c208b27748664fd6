import CanonicalJSON
public import Causality

/// A session with a coach.
public struct Session: Hashable, Writable {
    public var at: Moment
    public var minutes: Int?
    public var topic: String?
    public var focus: String?
    /// How the coach works: `grow`, `oskar` or `star`.
    public var form: String?
    public var tags: [String]
    /// The entry that it is about.
    public var about: EntryID?
    /// Whether it is to be brought to the session.
    public var isFlagged: Bool

    public init(
        at: Moment, minutes: Int? = nil, topic: String? = nil, focus: String? = nil, form: String? = nil,
        tags: [String] = [], about: EntryID? = nil, isFlagged: Bool = false
    ) {
        self.at = at
        self.minutes = minutes
        self.topic = topic
        self.focus = focus
        self.form = form
        self.tags = tags
        self.about = about
        self.isFlagged = isFlagged
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.session, at: at, about: about, tags: tags, isFlagged: isFlagged)
        draft.fields.set("minutes", minutes)
        draft.fields.set("topic", topic)
        draft.fields.set("focus", focus)
        draft.fields.set("form", form)
        return draft
    }

    /// The word for a state in a line; `nil` for the default.
    package static func word(ofState state: String?) -> String? {
        switch state {
        case nil, "planned": nil
        case "missed": "did not happen"
        case let other: other
        }
    }
}

extension Kind {
    public static let session = Kind("session")
}

extension KindSpec {
    static let session = KindSpec(
        .session, letter: "s", plural: "sessions",
        // No rule may choose between two times of a session: the user could miss it.
        atRule: .unsettled,
        fields: [
            FieldSpec("minutes", .integer(1...1440), standard: 50),
            FieldSpec("state", .choice(["planned", "held", "missed", "cancelled"]), standard: "planned"),
            FieldSpec("topic", .line, isSearched: true),
            FieldSpec("focus", .line, isSearched: true),
            FieldSpec("form", .choice(["grow", "oskar", "star"])),
            FieldSpec("body", .prose, .prose),
        ]
    ) { parts in
        let (entry, style) = (parts.entry, parts.style)
        let minutes = entry.fields["minutes"]?.asInteger ?? 50
        let subject = ["topic", "focus"].compactMap { entry.text($0) }.map(style.words)
        // Two concurrent times: both are shown until the user confirms one.
        let times = entry.unsettled["at"].map { values in
            "not settled: " + values.map { style.when($0.asText ?? "no time") }.joined(separator: " or ")
        }
        let state = Session.word(ofState: entry.text("state")).map(style.words)
        return ["\(minutes) min", state, times, subject.joined(separator: style.arrow)]
    }
}
