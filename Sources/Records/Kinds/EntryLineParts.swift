import CanonicalJSON

/// What a line of an entry is drawn with: on a terminal, in a report.
package protocol EntryLineStyle: Sendable {
    var separator: String { get }
    var dash: String { get }
    var arrow: String { get }
    /// Somebody's words on one line, without what would move a cursor.
    func words(_ text: String) -> String
    /// A moment as a field holds it: `2026-10-05 21:14`.
    func when(_ at: String) -> String
    /// For what is good news.
    func glad(_ text: String) -> String
    /// The height of a mood, 1 to 5, beside its digit.
    func bar(_ step: Int) -> String
}

/// What a kind makes its line of; see ``KindSpec/line``.
package struct EntryLineParts: Sendable {
    package let entry: Entry
    /// Here, where it is shown.
    package let today: CivilDate
    /// How many practice notes are about it, where it is homework.
    package let progress: Int
    package let style: any EntryLineStyle

    package init(_ entry: Entry, today: CivilDate, progress: Int = 0, style: any EntryLineStyle) {
        self.entry = entry
        self.today = today
        self.progress = progress
        self.style = style
    }

    /// Cut once more, since a control character is shown by its name.
    package var title: String { Columns.cut(style.words(entry.title)[...], to: Entry.titleColumnsMax) }

    /// The elements of a set; `nil` if there are none.
    package func elements(of set: FieldName, joined separator: String) -> String? {
        let words = entry.elements(of: set.text).map { style.words($0.string) }
        return words.isEmpty ? nil : words.joined(separator: separator)
    }

    package func join(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: style.separator)
    }
}
