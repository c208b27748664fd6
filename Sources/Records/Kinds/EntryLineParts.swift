import CanonicalJSON

/// The style of an entry's line, for a terminal or a report.
package protocol EntryLineStyle: Sendable {
    var separator: String { get }
    var dash: String { get }
    var arrow: String { get }
    /// A user's text on one line, with control characters escaped.
    func words(_ text: String) -> String
    /// The value of a field of type moment: `2026-10-05 21:14`.
    func when(_ at: String) -> String
    /// Emphasis for good news.
    func glad(_ text: String) -> String
    /// The bar of a mood, 1 to 5, beside its digit.
    func bar(_ step: Int) -> String
}

/// The input of ``KindSpec/line``.
package struct EntryLineParts: Sendable {
    package let entry: Entry
    /// The local day.
    package let today: CivilDate
    /// The number of practice notes about it, for homework.
    package let progress: Int
    package let style: any EntryLineStyle

    package init(_ entry: Entry, today: CivilDate, progress: Int = 0, style: any EntryLineStyle) {
        self.entry = entry
        self.today = today
        self.progress = progress
        self.style = style
    }

    /// Cut again, since escaped control characters are longer.
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
