import CanonicalJSON
package import Records

/// An entry on one line, for people: `n3f0 · 2026-10-05 21:14 · first line`.
package struct EntryLine: Hashable, Sendable {
    private let entry: Entry
    private let id: String
    private let today: CivilDate
    private let progress: Int
    private let style: OutputStyle

    /// - Parameters:
    ///   - id: the short id (``ShortID``).
    ///   - progress: the number of practice notes about it, for homework.
    package init(_ entry: Entry, id: String, today: CivilDate, progress: Int = 0, style: OutputStyle) {
        self.entry = entry
        self.id = id
        self.today = today
        self.progress = progress
        self.style = style
    }

    /// The whole line.
    package var text: String {
        // The due date of homework matters more than the day it was written.
        let isDated = entry.kind != .homework
        let when = isDated ? entry.text("at").map { style.quiet(Self.when($0)) } : nil
        return [style.quiet(id), when, content].compactMap { $0 }.filter { !$0.isEmpty }.joined(
            separator: style.separator)
    }

    /// The line without id and time: `2 ▂ anxious · sleep — "slept 4h"`.
    package var content: String {
        let parts = EntryLineParts(entry, today: today, progress: progress, style: style)
        let own =
            KindSpec[entry.kind]?.line(parts) ?? [TerminalEscaping.line(entry.kind.name.string), "needs a newer btw"]
        return parts.join([entry.isTrashed ? "in the trash" : nil, flag] + own)
    }

    /// `2026-10-05 21:14`: the day and the local time of the writer.
    static func when(_ at: String) -> String {
        guard let moment = Moment(at) else { return TerminalEscaping.line(at) }
        let text = moment.description
        return moment.minuteOfDay == nil ? text : text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    private var flag: String? { entry.fields["flag"] == .bool(true) ? style.flag : nil }
}
