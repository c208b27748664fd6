package import Between
import CanonicalJSON
import Causality

/// The command `btw quarantine`, `btw quarantine adopt ID`, `btw quarantine drop ID`, `btw quarantine export`.
package struct QuarantineCommand: Command {
    package enum Request: Hashable, Sendable {
        case list
        /// Prints the edits with their content, one JSON object per line.
        case export
        case adopt(QuarantinedEdit.ID)
        case drop(QuarantinedEdit.ID)
    }

    package static let description = CommandDescription(
        "quarantine", in: .upkeep, "what merging quarantined",
        arguments: [
            ArgumentDescription(
                oneOf: [
                    .init("export", nil, "With what they set, a line of JSON each."),
                    .init("adopt", "ID", "Takes one over, as yours.", completes: .quarantined),
                    .init("drop", "ID", "Deletes one here; it asks first.", completes: .quarantined),
                ], isOptional: true)
        ],
        details: """
            Lists changes that could keep no place in the journal, or came from who
            may not write: kept, and not shown elsewhere. export: with what they set.
            adopt: takes one over, as yours. drop: deletes it here; it asks first.
            """, example: "btw quarantine adopt 3.1")

    package let request: Request

    package init(_ arguments: ParsedArguments) throws(Failure) {
        switch arguments.words {
        case []: request = .list
        case ["export"]: request = .export
        case let words where words.count == 2 && (words[0] == "adopt" || words[0] == "drop"):
            guard let id = QuarantinedEdit.ID(TypedText.plain(words[1])) else {
                throw .usage("What is quarantined is named by two numbers, as 3.1.", next: "btw quarantine")
            }
            request = words[0] == "adopt" ? .adopt(id) : .drop(id)
        default:
            throw .usage("What can be done with it: list it, export it, adopt one, drop one.", of: Self.self)
        }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else {
            guard case .list = request else { throw Failure.nothingQuarantined }
            return 0
        }
        switch request {
        case .list, .export:
            let edits = try await journal.quarantined()
            for edit in edits {
                let line = QuarantineLine(edit)
                if case .export = request {
                    try context.console.stream(line.exported.canonicalText)
                } else if context.globals.isJSON {
                    try context.console.stream(line.json.canonicalText)
                } else {
                    try context.console.stream(line.text(context.style))
                }
            }
            if edits.isEmpty, case .list = request { context.print("Nothing is quarantined.") }
        case .adopt(let id): try await context.print([try await journal.adopt(id)], journal)
        case .drop(let id):
            guard let edit = try await journal.quarantined().first(where: { $0.id == id }) else {
                throw Failure.nothingQuarantined
            }
            if !context.globals.answersYes {
                let question = "Drop it for ever? It is nowhere else that this device knows of."
                guard context.console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
                context.console.notify(QuarantineLine(edit).text(context.style))
                guard context.console.asks(question) else { throw Failure.answeredNo }
            }
            try await journal.drop(id)
            context.print("Dropped.")
        }
        return 0
    }
}

extension Failure {
    fileprivate static let nothingQuarantined = Failure(
        .notFound, code: "not_found", "Nothing is quarantined under that. Nothing was changed.", next: "btw quarantine")
}
