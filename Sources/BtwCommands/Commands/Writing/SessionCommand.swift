import Between
package import CanonicalJSON
package import Causality
package import Records

/// The command `btw session AT …`.
package struct SessionCommand: Command {
    private static let minutesOption = OptionDescription("--minutes", "N", "How long it is; 50 if it is left out.")
    private static let topicOption = OptionDescription("--topic", "T", "What it is about.")
    private static let focusOption = OptionDescription("--focus", "T", "What to work on until the next one.")
    private static let formOption = OptionDescription(
        "--form", "F", "How you work: grow, oskar or star.", completes: .words(["grow", "oskar", "star"]))

    package static let description = CommandDescription(
        "session", in: .writing, "when you meet",
        arguments: [
            ArgumentDescription("AT", "A day, or a time on it, as 2026-10-16T10:00."),
            ArgumentDescription("+tag", "A tag.", isOptional: true, isRepeatable: true),
        ], options: [minutesOption, topicOption, focusOption, formOption] + EntryOptions.all,
        details: "Saves when you meet. F is grow, oskar or star.",
        example: "btw session 2026-10-16T10:00 --topic \"interview skills\"")

    package let options: EntryOptions
    package let minutes: Int?
    package let topic: Text?
    package let focus: Text?
    package let form: Text?

    package init(_ arguments: ParsedArguments) throws(Failure) {
        var options = try EntryOptions(arguments)
        let (words, tags) = try arguments.wordsAndTags()
        options.tags += tags
        if !words.isEmpty {
            if options.at != nil { throw .usage("The time of the session is there twice.", of: Self.self) }
            let typed = words.joined(separator: " ")
            options.at = try AtOption.moment(
                typed, of: "The time of a session", in: arguments.localTime, for: Self.self)
        }
        guard options.at != nil else {
            throw .usage("A session needs its time.", next: "btw session \(arguments.localTime.today)T10:00")
        }
        self.options = options
        minutes = try arguments.integer(Self.minutesOption, for: "minutes", of: .session)
        topic = try arguments.text(Self.topicOption, for: "topic", of: .session)
        focus = try arguments.text(Self.focusOption, for: "focus", of: .session)
        form = try arguments.text(Self.formOption, for: "form", of: .session)
    }

    package func session(now: Moment, about: EntryID? = nil) -> Session {
        Session(
            at: options.at ?? now, minutes: minutes, topic: topic?.string, focus: focus?.string, form: form?.string,
            tags: options.tags.map(\.string), about: about, isFlagged: options.isFlagged)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let existing = try await context.openExisting()
        let about = try await context.parent(options, existing)
        let session = session(now: context.localTime.now, about: about)
        return try await context.finish(context.add([session.draft], in: existing))
    }
}
