import CanonicalJSON
package import Causality
package import Records

/// An entry with all its fields, as `btw show` prints it: its line, one field per line in a fixed order, and the body
/// last.
package struct EntryDetail: Sendable {
    private let entry: Entry
    private let line: EntryLine
    private let showsClock: Bool
    private let name: @Sendable (EntryID) -> String?

    /// - Parameters:
    ///   - showsClock: `--clock`.
    ///   - name: the short id of another entry; `nil` if it is not here.
    package init(
        _ entry: Entry, line: EntryLine, showsClock: Bool = false, name: @escaping @Sendable (EntryID) -> String?
    ) {
        self.entry = entry
        self.line = line
        self.showsClock = showsClock
        self.name = name
    }

    /// The lines, without a final newline.
    package var text: String {
        let fields = (own + shared + foreign + ends).map { row in
            let label = TerminalEscaping.line(row.label)
            let gap = max(1, Self.labelColumns - Columns.width(of: label))
            return label + String(repeating: " ", count: gap) + row.value
        }
        let body = entry.text("body").map { ["", TerminalEscaping.text($0)] } ?? []
        return ([line.text] + fields + body).joined(separator: "\n")
    }

    private static let labelColumns = 12

    private typealias LabelledText = (label: String, value: String)

    /// Fields that only its kind has, after the time.
    private var own: [LabelledText] {
        let names = Set(Schema.fields(of: Kind("")).map(\.name))
        let specs = Schema.fields(of: entry.kind).filter { $0.name == "at" || !names.contains($0.name) }
        return specs.filter { $0.name != "body" }.flatMap(rows)
    }

    /// Fields that every entry may have.
    private var shared: [LabelledText] {
        let last: Set<Text> = ["at", "kind", "made", "author", "gone"]
        return Schema.fields(of: Kind("")).filter { !last.contains($0.name) }.flatMap(rows)
    }

    /// Fields that this version does not know, by name, so that nothing is hidden.
    private var foreign: [LabelledText] {
        entry.fields.filter { Schema.field($0.key, of: entry.kind) == nil }.sorted { $0.key < $1.key }.map {
            ($0.key.text.string, TerminalEscaping.line($0.value.canonicalText))
        }
    }

    private var ends: [LabelledText] {
        var rows: [LabelledText] = []
        if let made = entry.text("made") { rows.append(("made", TerminalEscaping.line(made))) }
        rows.append(("edited", entry.edited.description))
        rows.append(("id", entry.id.description))
        if showsClock { rows += entry.clock.dots.map { ("clock", $0.description) } }
        return rows
    }

    private func rows(_ spec: FieldSpec) -> [LabelledText] {
        let label = spec.name.string.split(separator: "_").joined(separator: " ")
        let field = FieldName(spec.name)
        switch spec.type {
        case .set:
            let words = entry.elements(of: spec.name).map { TerminalEscaping.line($0.string) }
            return words.isEmpty ? [] : [(label, words.joined(separator: ", "))]
        case .map:
            return entry.elements(of: spec.name).map { source in
                let value = entry.fields[FieldName(spec.name, element: source)]
                return ("from \(source)", TerminalEscaping.line(value?.canonicalText ?? ""))
            }
        default:
            let values = entry.unsettled[field] ?? entry.fields[field].map { [$0] } ?? []
            let texts = values.compactMap { text($0, of: spec) }
            return texts.isEmpty ? [] : [(label, texts.joined(separator: " or "))]
        }
    }

    /// A value as text; `nil` if there is nothing to show.
    private func text(_ value: JSONValue, of spec: FieldSpec) -> String? {
        switch (spec.type, value) {
        case (.flag, _): value == .bool(true) ? "to bring to the session" : nil
        case (.moment, .text(let at)), (.due, .text(let at)):
            at == DueDate.next ? "next session" : Self.withZone(at.string)
        case (.id, .text(let id)): EntryID(id.string).flatMap(name) ?? TerminalEscaping.line(id.string)
        case (.choice, .text(let word)):
            TerminalEscaping.line(
                (Session.word(ofState: word.string) ?? word.string).split(separator: "_").joined(separator: " "))
        case (.prose, .text(let text)):
            // Continuation lines are indented, so that none looks like a field.
            TerminalEscaping.text(text.string).split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: "\n" + String(repeating: " ", count: Self.labelColumns))
        case (_, .text(let text)): TerminalEscaping.line(text.string)
        case (_, .null): nil
        default: TerminalEscaping.line(value.canonicalText)
        }
    }

    private static func withZone(_ at: String) -> String {
        guard let moment = Moment(at), moment.offsetMinutes != nil else { return EntryLine.when(at) }
        return EntryLine.when(at) + " " + moment.description.suffix(6)
    }
}
