import CanonicalJSON
public import Causality

/// Something to do until the next session.
public struct Homework: Hashable, Writable {
    /// The state; *overdue* is not one.
    public enum State: String, Hashable, Sendable {
        case open, done
        case letGo = "let_go"
    }

    public var title: String
    /// A day, a time, or ``DueDate/next``.
    public var due: String?
    /// The number of repetitions; 1 by default.
    public var target: Int?
    public var state: State
    public var tags: [String]
    public var at: Moment?
    /// The entry that it is about.
    public var about: EntryID?
    /// Whether it is to be brought to the session.
    public var isFlagged: Bool

    public init(
        _ title: String, due: String? = nil, target: Int? = nil, state: State = .open, tags: [String] = [],
        at: Moment? = nil, about: EntryID? = nil, isFlagged: Bool = false
    ) {
        self.title = title
        self.due = due
        self.target = target
        self.state = state
        self.tags = tags
        self.at = at
        self.about = about
        self.isFlagged = isFlagged
    }

    /// `nil` if the entry is not homework.
    public init?(_ entry: Entry) {
        guard entry.kind == .homework else { return nil }
        self.init(
            entry.text("title") ?? "", due: entry.text("due"), target: entry.fields["target"]?.asInteger,
            state: entry.text("state").flatMap(State.init) ?? .open, tags: entry.elements(of: "tags").map(\.string),
            at: entry.text("at").flatMap { Moment($0) }, about: entry.text("about").flatMap { EntryID($0) },
            isFlagged: entry.fields["flag"] == true)
    }

    public var draft: EntryDraft {
        var draft = EntryDraft(.homework, at: at, about: about, tags: tags, isFlagged: isFlagged)
        draft.fields.set("title", title)
        draft.fields.set("due", due)
        draft.fields.set("target", target)
        draft.fields.set("state", state == .open ? nil : state.rawValue)
        return draft
    }
}

extension Kind {
    public static let homework = Kind("homework")
}

extension KindSpec {
    static let homework = KindSpec(
        .homework, letter: "h", plural: "hw",
        fields: [
            FieldSpec("title", .line, isSearched: true),
            FieldSpec("body", .prose, .prose),
            FieldSpec("owner", .id),
            FieldSpec("session", .id),
            FieldSpec("due", .due, .latestDue),
            FieldSpec(
                "state", .choice(["open", "done", "let_go"]), .ranked(["done", "let_go", "open"]), standard: "open"),
            FieldSpec("done_at", .timestamp, .earliest),
            FieldSpec("target", .integer(1...1_000_000), standard: 1),
            FieldSpec("outcome", .prose, .prose),
            FieldSpec("rank", .line),
        ]
    ) { parts in
        let target = parts.entry.fields["target"]?.asInteger ?? 1
        let count = target > 1 ? "\(min(max(parts.progress, 0), target))/\(target)" : nil
        switch parts.entry.text("state") {
        case "done": return [parts.title, count, parts.style.glad("done")]
        case "let_go": return [parts.title, count, "let go"]
        default: return [parts.title, count, due(parts)]
        }
    }

    /// A due day that has passed is shown neutrally, as left from last time.
    private static func due(_ parts: EntryLineParts) -> String? {
        guard let due = parts.entry.text("due") else { return nil }
        if due == DueDate.next.string { return "due next session" }
        if let moment = Moment(due), moment.day < parts.today { return "from last time" }
        return "due \(parts.style.when(due))"
    }
}
