import Between
import Records

/// The command `btw rm ID`.
package struct RemoveCommand: Command {
    package static let description = CommandDescription(
        "rm", in: .changing, "put an entry into the trash", arguments: [.entryID],
        details: "Puts an entry into the trash. btw restore ID takes it out.", example: "btw rm n3f0")

    package let id: IDPrefix

    package init(_ arguments: ParsedArguments) throws(Failure) { id = try arguments.onlyID() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let (journal, entry) = try await context.existing(id)
        try await context.print([try await journal.trash(entry.id)], journal)
        return 0
    }
}
