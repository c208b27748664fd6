import Between

/// The command `btw export --jsonl`.
package struct ExportCommand: Command {
    private static let jsonlOption = OptionDescription("--jsonl", nil, "A line of JSON an entry.", isRequired: true)

    package static let description = CommandDescription(
        "export", in: .moving, "all of it, a line an entry", options: [jsonlOption],
        details: """
            Prints every entry as a line of JSON, those in the trash too.
            btw import jsonl reads it back.
            """, example: "btw export --jsonl > journal.jsonl")

    package init(_ arguments: ParsedArguments) throws(Failure) {
        guard arguments.has(Self.jsonlOption) else {
            throw .usage("An export needs its form.", next: "btw export --jsonl")
        }
        try arguments.refuseWords()
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openToRead() else { return 0 }
        let console = context.console
        try await journal.export { try console.stream($0) }
        return 0
    }
}
