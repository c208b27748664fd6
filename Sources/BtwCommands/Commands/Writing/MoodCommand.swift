import Between
import CanonicalJSON
package import Causality
package import Records

/// The command `btw mood …`; see ``MoodWords``.
package struct MoodCommand: Command {
    private static let energy = OptionDescription("--energy", "V", "How much energy you have, as a mood: 1 to 5.")
    private static let day = OptionDescription("--day", nil, "The mood of the whole day.")

    package static let description = CommandDescription(
        "mood", in: .writing, "a mood, how it feels, what it is about",
        arguments: [
            ArgumentDescription("V or V/N", "1 (bad) to 5 (good), or one like 7/10.", isOptional: true),
            ArgumentDescription("word", "A feeling.", isOptional: true, isRepeatable: true),
            ArgumentDescription("+tag", "What it is about.", isOptional: true, isRepeatable: true),
            ArgumentDescription("\"two or more words\"", "Your own line.", isOptional: true),
        ], options: [energy, day] + EntryOptions.all,
        details: """
            Saves a mood. V is 1 (bad) to 5 (good), or one like 7/10, in digits of any
            script. A word is a feeling; words in quotes are your own line.
            --day: for the whole day.
            """, example: "btw mood 2 anxious +sleep \"slept 4h\"")

    package let options: EntryOptions
    package let words: MoodWords

    package init(_ arguments: ParsedArguments) throws(Failure) {
        options = try EntryOptions(arguments)
        words = try MoodWords(
            words: arguments.words, energy: arguments[Self.energy], isDay: arguments.has(Self.day))
    }

    /// The mood; `nil` if there is nothing to save, because standard input was empty.
    package func mood(stdin: NoteText? = nil, now: Moment, about: EntryID? = nil) -> Mood? {
        guard var mood = words.mood(stdin: stdin) else { return nil }
        mood.tags += options.tags.map(\.string)
        mood.at = options.at ?? now
        mood.about = about
        mood.isFlagged = options.isFlagged
        return mood
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let existing = try await context.openExisting()
        let about = try await context.parent(options, existing)
        let way = InputWay("mood -", leavesOut: options.given + words.given)
        let input = words.readsStdin ? try context.wordsOnInput(way) : nil
        return try await context.finish(
            context.saving(input, way) {
                guard let mood = mood(stdin: try input?.text, now: context.localTime.now, about: about) else {
                    return nil
                }
                return try await context.add([mood.draft], in: existing)
            })
    }
}
