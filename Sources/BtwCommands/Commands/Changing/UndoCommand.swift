import Between
package import Causality

/// The command `btw undo [REPLICA:N]`.
package struct UndoCommand: Command {
    package static let description = CommandDescription(
        "undo", in: .changing, "take an edit back",
        arguments: [ArgumentDescription("REPLICA:N", "An edit, as btw history prints it.", isOptional: true)],
        details: """
            Takes back your last edit on this device, or the one that btw history
            names. Nothing is lost: that is one more edit. An import is one step.
            """, example: "btw undo")

    /// The edit to undo; `nil` for the last one of this device.
    package let edit: Dot?

    package init(_ arguments: ParsedArguments) throws(Failure) {
        guard let typed = arguments.words.first else {
            edit = nil
            return
        }
        guard arguments.words.count == 1, let dot = Dot(TypedText.plain(typed)) else {
            throw .usage(
                "An edit is named as btw history prints it: sixteen digits, a colon, a number.", of: Self.self)
        }
        edit = dot
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openExisting() else {
            throw JournalError(.nothingToUndo, "There is nothing to undo.", next: "btw list")
        }
        let undone: JournalSpace.Undone
        do { undone = try await journal.undo(edit) } catch let error as JournalError where error.code == .notFound {
            throw Failure(
                .notFound, code: "not_found", "No edit here has this name. \(Failure.nothingChanged)",
                next: "btw history ID")
        }
        if context.globals.isJSON || undone.entries.count == 1 {
            for id in undone.entries { try await context.print([try await journal.entry(id)], journal) }
            return 0
        }
        let kept = undone.kept == 0 ? "" : " \(undone.kept) were changed since, and are as they were."
        context.print(
            "Undone: \(undone.entries.count) entries.\(kept) They are in the trash if nothing was there before.")
        return 0
    }
}
