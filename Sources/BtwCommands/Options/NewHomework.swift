package import CanonicalJSON
package import Causality
package import Records

/// `btw hw TITLE …`.
package struct NewHomework: Hashable, Sendable {
    package let options: EntryOptions
    /// The title; never ``TextSource/asked``.
    package let title: TextSource
    /// A day, a time on it, or `next`.
    package let due: Text?
    package let target: Int?
    /// The titles of homework about this one, in their order.
    package let steps: [Text]

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        var options = try EntryOptions(scanned, in: localTime)
        var words: [String] = []
        for word in scanned.words {
            if TagWords.isTag(word) {
                options.tags.append(try TagWords.tag(argument: word, of: .hw))
            } else {
                words.append(word)
            }
        }
        self.options = options
        title = try TextSource(words: words)
        if title == .asked { throw Self.needsTitle }
        if case .typed(let text) = title { _ = try Self.title(text) }
        let reader = FieldReader(kind: .homework, command: .hw)
        due = try scanned["--due"].map { typed throws(Failure) in
            try AtOption.due(typed, of: "--due", in: localTime, for: .hw)
        }
        target = try scanned["--times"].map { typed throws(Failure) in
            try reader.integer(typed, for: "target", from: "--times")
        }
        var steps: [Text] = []
        for typed in scanned.all("--step") { steps.append(try reader.text(typed, for: "title", from: "--step")) }
        self.steps = steps
    }

    /// The fields of the homework; `nil` for an empty text on standard input, which saves nothing.
    ///
    /// - Throws: ``Failure`` with exit 2 for a text that is no title.
    package func fields(
        _ text: NoteText, now: Moment, about: EntryID? = nil
    ) throws(Failure) -> [FieldName: JSONValue]? {
        if text.isEmpty { return nil }
        var fields = options.fields(of: .homework, now: now, about: about)
        fields["title"] = .text(try Self.title(text))
        fields["due"] = due.map { .text($0) }
        fields["target"] = target.map { .integer($0) }
        for tag in text.tags { fields[FieldName("tags", element: tag)] = true }
        return fields
    }

    /// The fields of each step.
    ///
    /// - Parameter homework: the entry that they are steps of.
    package func stepFields(of homework: EntryID, now: Moment) -> [[FieldName: JSONValue]] {
        steps.map { step in
            [
                "kind": .text(Kind.homework.name), "at": .text(Text((options.at ?? now).description)),
                "about": .text(Text(homework.description)), "title": .text(step),
            ]
        }
    }

    private static let needsTitle = Failure.usage(
        "Homework needs a title.", next: "btw hw \"research companies\" --times 3")

    private static func title(_ text: NoteText) throws(Failure) -> Text {
        if text.isEmpty { throw needsTitle }
        let reader = FieldReader(kind: .homework, command: .hw)
        return Text(try reader.value(.text(text.body), for: "title", from: "The title").asText ?? "")
    }
}
