import CanonicalJSON

/// Something to do until the next session.
public struct Homework: Hashable, Writable {
    /// How it stands: *overdue* is not a state.
    public enum State: String, Hashable, Sendable {
        case open, done
        case letGo = "let_go"
    }

    public var title: String
    /// A day, a time, or ``DueDate/next``.
    public var due: String?
    /// How many times; 1 unless said.
    public var target: Int?
    public var state: State
    public var tags: [String]

    public init(_ title: String, due: String? = nil, target: Int? = nil, state: State = .open, tags: [String] = []) {
        self.title = title
        self.due = due
        self.target = target
        self.state = state
        self.tags = tags
    }

    /// What an entry says of a homework; `nil` if it is none.
    public init?(_ entry: Entry) {
        guard entry.kind == .homework else { return nil }
        self.init(
            entry.text("title") ?? "", due: entry.text("due"), target: entry.fields["target"]?.asInteger,
            state: entry.text("state").flatMap(State.init) ?? .open, tags: entry.elements(of: "tags").map(\.string))
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.homework, [:])
        draft.fields.set("title", title)
        draft.fields.set("due", due)
        draft.fields.set("target", target)
        draft.fields.set("state", state == .open ? nil : state.rawValue)
        draft.fields.insert(tags, into: "tags")
        return draft
    }
}
