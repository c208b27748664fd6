import Between
import Records

/// The command `btw restore ID`.
package struct RestoreCommand: Command {
    package static let description = CommandDescription(
        "restore", in: .changing, "take it out of the trash",
        arguments: [ArgumentDescription("ID", "An entry in the trash, as n3f0.", completes: .trashed)],
        details: "Takes an entry out of the trash.", example: "btw restore n3f0")

    package let id: IDPrefix

    package init(_ arguments: ParsedArguments) throws(Failure) { id = try arguments.onlyID() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let (journal, entry) = try await context.existing(id)
        try await context.print([try await journal.restore(entry.id)], journal)
        return 0
    }
}
