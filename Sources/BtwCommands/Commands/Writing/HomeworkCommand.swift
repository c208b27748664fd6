import Between
package import CanonicalJSON
package import Causality
package import Records

/// The command `btw hw TITLE …`.
package struct HomeworkCommand: Command {
    private static let dueOption = OptionDescription(
        "--due", "D", "A day, a time on it, or next for the next session.",
        completes: .words(["next", "today", "tomorrow"]))
    private static let timesOption = OptionDescription("--times", "N", "How many times.")
    private static let stepOption = OptionDescription("--step", "T", "A first step of it.", isRepeatable: true)

    package static let description = CommandDescription(
        "hw", in: .writing, "something to do until you meet",
        arguments: [
            ArgumentDescription("TITLE", "What there is to do; - is standard input."),
            ArgumentDescription("+tag", "What it is about.", isOptional: true, isRepeatable: true),
        ], options: [dueOption, timesOption, stepOption] + EntryOptions.all,
        details: """
            Saves something to do. D is a day, or next, which is the next session.
            N is how many times.
            """, example: "btw hw \"research companies\" --times 3 --due next")

    package let options: EntryOptions
    /// The title; never ``TextSource/asked``.
    package let title: TextSource
    /// A day, a time on it, or `next`.
    package let due: Text?
    package let target: Int?
    /// The titles of its steps, which are homework about this one, in order.
    package let steps: [Text]

    package init(_ arguments: ParsedArguments) throws(Failure) {
        var options = try EntryOptions(arguments)
        let (words, tags) = try arguments.wordsAndTags()
        options.tags += tags
        self.options = options
        title = try TextSource(words: words)
        if title == .asked { throw Self.needsTitle }
        if case .typed(let text) = title { _ = try Self.title(text) }
        due = try arguments[Self.dueOption].map { typed throws(Failure) in
            try AtOption.due(typed, of: Self.dueOption.name, in: arguments.localTime, for: Self.self)
        }
        target = try arguments.integer(Self.timesOption, for: "target", of: .homework)
        let reader = FieldReader(kind: .homework, command: Self.self)
        var steps: [Text] = []
        for typed in arguments.all(Self.stepOption) {
            steps.append(try reader.text(typed, for: "title", from: Self.stepOption.name))
        }
        self.steps = steps
    }

    /// The homework; `nil` for an empty text on standard input, which saves nothing.
    ///
    /// - Throws: ``Failure`` with exit 2 for a text that is not a valid title.
    package func homework(_ text: NoteText, now: Moment, about: EntryID? = nil) throws(Failure) -> Homework? {
        if text.isEmpty { return nil }
        return Homework(
            try Self.title(text).string, due: due?.string, target: target,
            tags: (options.tags + text.tags).map(\.string), at: options.at ?? now, about: about,
            isFlagged: options.isFlagged)
    }

    /// The steps of the homework.
    ///
    /// - Parameter homework: the entry that they are steps of.
    package func steps(of homework: EntryID, now: Moment) -> [Homework] {
        steps.map { Homework($0.string, at: options.at ?? now, about: homework) }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let existing = try await context.openExisting()
        let about = try await context.parent(options, existing)
        let others = [
            (Self.dueOption, due != nil), (Self.timesOption, target != nil), (Self.stepOption, !steps.isEmpty),
        ]
        let way = InputWay("hw -", leavesOut: options.given + others.filter { $0.1 }.map { $0.0.name })
        let words = try context.words(title, way)
        return try await context.finish(
            context.saving(words, way) {
                let now = context.localTime.now
                guard let homework = try homework(try words.text, now: now, about: about) else { return nil }
                let journal = if let existing { existing } else { try await context.open() }
                var draft = homework.draft
                let name = try journal.newName()
                draft.name = name
                return try await context.add([draft] + steps(of: name.id, now: now).map(\.draft), in: journal)
            })
    }

    private static let needsTitle = Failure.usage(
        "Homework needs a title.", next: "btw hw \"research companies\" --times 3")

    private static func title(_ text: NoteText) throws(Failure) -> Text {
        if text.isEmpty { throw needsTitle }
        let reader = FieldReader(kind: .homework, command: Self.self)
        return Text(try reader.value(.text(text.body), for: "title", from: "The title").asText ?? "")
    }
}
