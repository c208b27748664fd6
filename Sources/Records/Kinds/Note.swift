import CanonicalJSON
public import Causality

/// A text that the user wrote.
public struct Note: Hashable, Writable {
    public var body: String
    /// The role of the note: `entry`, `reflection`, `question`, ... An open set.
    public var role: String?
    public var tags: [String]
    public var at: Moment?
    /// The entry that it is about.
    public var about: EntryID?
    /// Whether it is to be brought to the session.
    public var isFlagged: Bool

    public init(
        _ body: String, role: String? = nil, tags: [String] = [], at: Moment? = nil, about: EntryID? = nil,
        isFlagged: Bool = false
    ) {
        self.body = body
        self.role = role
        self.tags = tags
        self.at = at
        self.about = about
        self.isFlagged = isFlagged
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.note, at: at, about: about, tags: tags, isFlagged: isFlagged)
        draft.fields.set("body", body.isEmpty ? nil : body)
        draft.fields.set("role", role)
        return draft
    }
}

extension Kind {
    public static let note = Kind("note")
}

extension KindSpec {
    static let note = KindSpec(
        .note, letter: "n", plural: "notes",
        fields: [
            FieldSpec("role", .word, standard: "entry"),
            FieldSpec("body", .prose, .prose),
            FieldSpec("value", .number),
            FieldSpec("of", .number),
            FieldSpec("settled_at", .timestamp),
            FieldSpec("rank", .line),
        ]
    ) { parts in
        let role = parts.entry.text("role").flatMap { $0 == "entry" ? nil : parts.style.words($0) }
        return [role, parts.title.isEmpty ? "nothing noted" : parts.title]
    }
}
