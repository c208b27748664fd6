import Between
import CanonicalJSON
package import Causality
package import Records

/// The command `btw note [TEXT…]`.
package struct NoteCommand: Command {
    package static let description = CommandDescription(
        "note", in: .writing, "a note",
        arguments: [
            ArgumentDescription(
                "TEXT", "What you write; - is standard input.", isOptional: true, isRepeatable: true)
        ], options: EntryOptions.all,
        details: """
            Saves a note. Without text it reads standard input, or opens your editor.
            What you type here stays in your shell's history; what you write in the
            editor does not: it stands in drafts, in the journal's folder, until it is
            saved. +word is a tag, without the marks that follow it.
            --flag: to bring to the session.
            """, example: "btw note \"ugh, that call +work\"")

    package let options: EntryOptions
    package let text: TextSource

    package init(_ arguments: ParsedArguments) throws(Failure) {
        options = try EntryOptions(arguments)
        text = try TextSource(words: arguments.words)
    }

    /// The note; `nil` for an empty text, which saves nothing.
    package func note(_ text: NoteText, now: Moment, about: EntryID? = nil) -> Note? {
        if text.isEmpty { return nil }
        return Note(
            text.body.string, tags: (options.tags + text.tags).map(\.string), at: options.at ?? now, about: about,
            isFlagged: options.isFlagged)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let existing = try await context.openExisting()
        await context.notifyDrafts(existing)
        // Checked before the text is written, not after.
        if text == .asked, let error = existing?.keyError { throw error }
        let about = try await context.parent(options, existing)
        let way = InputWay("note -", leavesOut: options.given)
        let words = try context.words(text, way)
        return try await context.finish(
            context.saving(words, way) {
                guard let note = note(try words.text, now: context.localTime.now, about: about) else { return nil }
                return try await context.add([note.draft], in: existing)
            })
    }
}
