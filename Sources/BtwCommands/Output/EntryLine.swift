import CanonicalJSON
package import Records

/// An entry on one line, for people: `n3f0 · 2026-10-05 21:14 · first line`.
package struct EntryLine: Hashable, Sendable {
    private let entry: Entry
    private let id: String
    private let today: CivilDate
    private let progress: Int
    private let look: Look

    /// - Parameters:
    ///   - id: the short id (``ShortID``).
    ///   - progress: how many practice notes are about it, where it is homework.
    package init(_ entry: Entry, id: String, today: CivilDate, progress: Int = 0, look: Look) {
        self.entry = entry
        self.id = id
        self.today = today
        self.progress = progress
        self.look = look
    }

    /// The whole line.
    package var text: String {
        // What a homework is due matters more than the day on which it was written down.
        let isDated = entry.kind != .homework
        let when = isDated ? entry.text("at").map { look.quiet(Self.when($0)) } : nil
        return join([look.quiet(id), when, content])
    }

    /// What it says, without id and time: `2 ▂ anxious · sleep — "slept 4h"`.
    package var content: String {
        let parts: [String?]
        switch entry.kind {
        case .note: parts = note
        case .mood: parts = [mood]
        case .homework: parts = homework
        case .session: parts = session
        default: parts = [Harmless.line(entry.kind.name.string), "needs a newer btw"]
        }
        return join([entry.isTrashed ? "in the trash" : nil, flag] + parts)
    }

    /// `2026-10-05 21:14`: the day and the clock there.
    static func when(_ at: String) -> String {
        guard let moment = Moment(at) else { return Harmless.line(at) }
        let text = moment.description
        return moment.minuteOfDay == nil ? text : text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    private func join(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: look.separator)
    }

    private var flag: String? { entry.fields["flag"] == .bool(true) ? look.flag : nil }

    /// Cut once more, since a control character is shown by its name.
    private var title: String { Columns.cut(Harmless.line(entry.title)[...], to: Entry.titleColumnsMax) }

    private var note: [String?] {
        let role = entry.text("role").flatMap { $0 == "entry" ? nil : Harmless.line($0) }
        return [role, title.isEmpty ? "nothing noted" : title]
    }

    private var mood: String {
        let step = entry.fields["valence"]?.asInteger.map { MoodScale.five.step(ofValence: $0) }
        let feelings = words("feelings", joined: ", ")
        let head = [step.map { "\($0)\(look.bar($0))" }, feelings].compactMap { $0 }.joined(separator: " ")
        let energy = entry.fields["energy"]?.asInteger.map { "energy \(MoodScale.five.step(ofValence: $0))" }
        let day = entry.text("span") == "day" ? "of the day" : nil
        let text = join([head, energy, day, words("tags", joined: " ")])
        if title.isEmpty { return text }
        return text.isEmpty ? "\"\(title)\"" : text + look.dash + "\"\(title)\""
    }

    private var homework: [String?] {
        let target = entry.fields["target"]?.asInteger ?? 1
        let count = target > 1 ? "\(min(max(progress, 0), target))/\(target)" : nil
        switch entry.text("state") {
        case "done": return [title, count, look.glad("done")]
        case "let_go": return [title, count, "let go"]
        default: return [title, count, due]
        }
    }

    /// A day that has gone by is no reproach: it is what is left from last time.
    private var due: String? {
        guard let due = entry.text("due") else { return nil }
        if due == DueDate.next.string { return "due next session" }
        if let moment = Moment(due), moment.day < today { return "from last time" }
        return "due \(Self.when(due))"
    }

    private var session: [String?] {
        let minutes = entry.fields["minutes"]?.asInteger ?? 50
        let subject = ["topic", "focus"].compactMap { entry.text($0) }.map(Harmless.line).joined(separator: look.arrow)
        return ["\(minutes) min", Self.state(entry.text("state")), times, subject]
    }

    /// Two times for one session: both are said until somebody confirms one.
    private var times: String? {
        entry.unsettled["at"].map { values in
            "not settled: " + values.map { Self.when($0.asText ?? "no time") }.joined(separator: " or ")
        }
    }

    static func state(_ state: String?) -> String? {
        switch state {
        case nil, "planned": nil
        case "missed": "did not happen"
        case let other: other.map(Harmless.line)
        }
    }

    private func words(_ set: FieldName, joined separator: String) -> String? {
        let words = entry.elements(of: set.text).map { Harmless.line($0.string) }
        return words.isEmpty ? nil : words.joined(separator: separator)
    }
}
