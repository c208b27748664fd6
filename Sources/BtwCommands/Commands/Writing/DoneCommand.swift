import Between
package import CanonicalJSON
import Causality
import Records

/// The command `btw done ID [--outcome T] [--let-go]`.
package struct DoneCommand: Command {
    private static let outcomeOption = OptionDescription("--outcome", "T", "How it went.")
    private static let letGoOption = OptionDescription("--let-go", nil, "You let it go.")

    package static let description = CommandDescription(
        "done", in: .writing, "it is done, or let go",
        arguments: [ArgumentDescription("ID", "Homework, as h7q2.", completes: .entry(.homework))],
        options: [outcomeOption, letGoOption],
        details: """
            Says that something is done, or that you let it go, which is fine too.
            T is how it went.
            """, example: "btw done h7q2 --outcome \"easier than I thought\"")

    package let id: IDPrefix
    package let outcome: Text?
    package let letsGo: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        id = try arguments.onlyID()
        outcome = try arguments.text(Self.outcomeOption, for: "outcome", of: .homework)
        letsGo = arguments.has(Self.letGoOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let (journal, entry) = try await context.existing(id)
        guard entry.kind == .homework else {
            throw Failure.usage("Only homework can be done.", next: "btw list hw")
        }
        let state: JSONValue = letsGo ? "let_go" : "done"
        let isAlready = entry.fields["state"] == state
        var fields: [FieldName: JSONValue] = [:]
        if !isAlready {
            fields["state"] = state
            if !letsGo { fields["done_at"] = .text(Text(context.environment.now().description)) }
        }
        fields["outcome"] = outcome.map { .text($0) }
        let changed = try await journal.edit(entry.id, fields)
        if isAlready, outcome == nil, !context.globals.isJSON {
            context.print(letsGo ? "already let go" : "already done")
            return 0
        }
        try await context.print([changed], journal)
        return 0
    }
}
