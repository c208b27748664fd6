import Between
import CanonicalJSON
import Causality
package import Records

/// The command `btw changes [--since D]`.
package struct ChangesCommand: Command {
    private static let sinceOption = OptionDescription(
        "--since", "D", "All since this day, also what was printed before.", completes: .words(["today", "yesterday"]))

    package static let description = CommandDescription(
        "changes", in: .reading, "what merging chose, in words", options: [sinceOption],
        details: """
            Says what was chosen where two devices had changed the same thing, once:
            what was printed is not said again. Nothing is lost: btw history has
            every version.
            """, example: "btw changes --since yesterday")

    /// `nil` for changes that were not printed yet.
    package let since: CivilDate?

    package init(_ arguments: ParsedArguments) throws(Failure) {
        try arguments.refuseWords()
        since = try arguments.day(Self.sinceOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { return 0 }
        let changes =
            if let since {
                try await journal.allChanges().filter { $0.at.description.prefix(10) >= since.description }
            } else {
                try await journal.changes(marksRead: false)
            }
        for change in changes {
            try context.console.stream(
                context.globals.isJSON ? json(change) : try await text(change, journal, context))
        }
        if changes.isEmpty { context.print("Merging chose nothing since you last looked.") }
        // Changes count as read only after they were written to stdout.
        try context.console.deliver()
        if since == nil, let last = changes.last { try await journal.markRead(through: last) }
        return 0
    }

    private func json(_ change: MergeChange) -> String {
        JSONValue.object([
            "at": .text(Text(change.at.description)), "entry": .text(Text(change.entry.description)),
            "field": .text(change.field.text), "rule": .text(Text(change.rule)), "chosen": change.chosen,
            "others": .array(change.others),
        ]).canonicalText
    }

    private func text(_ change: MergeChange, _ journal: JournalSpace, _ context: CommandContext) async throws -> String
    {
        let kind = try await journal.entry(change.entry).kind
        let id = try await context.shortID(change.entry, kind, journal)
        let chosen = TerminalEscaping.line(change.chosen.asText ?? change.chosen.canonicalText)
        let others = change.others.map { TerminalEscaping.line($0.asText ?? $0.canonicalText) }.joined(separator: ", ")
        let field = TerminalEscaping.line(change.field.text.string)
        switch change.rule {
        case "alive": return "\(id): put into the trash on one device and changed on another, so it is back."
        case "prose" where !FieldRule.mergesAll(change.others):
            return "\(id): \(field) has more versions than are put into one text. The newest are; for all: "
                + "btw history \(id)"
        case "greatest" where !FieldRule.mergesAll(change.others + [change.chosen]):
            return "\(id): \(field) has more and longer versions than are put into one text. One is shown; for all: "
                + "btw history \(id)"
        case "prose": return "\(id): two versions of \(field) became one text. See: btw show \(id)"
        case "unsettled":
            return "\(id): \(field) has several values, and nobody chose yet: \(chosen), \(others). "
                + "Confirm one: btw edit \(id) --set \(Journal.shellWord(field))=VALUE"
        default: return "\(id): \(field) is \(chosen); also written: \(others)."
        }
    }
}
