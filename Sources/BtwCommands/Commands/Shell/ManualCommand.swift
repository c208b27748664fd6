/// The command `btw manual [--markdown]`.
package struct ManualCommand: Command {
    private static let markdownOption = OptionDescription(
        "--markdown", nil, "As Markdown, as it stands in docs/commands.md.")

    package static let description = CommandDescription(
        "manual", in: .shell, "the manual, as man reads it", options: [markdownOption],
        details: """
            Prints the manual for man. To have it as man btw, put it into a folder of
            the MANPATH, such as ~/.local/share/man/man1.
            """, example: "btw manual > btw.1", usesJournal: false)

    package let isMarkdown: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        try arguments.refuseWords()
        isMarkdown = arguments.has(Self.markdownOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        context.console.print(isMarkdown ? Reference.markdown : ManualPage.roff)
        return 0
    }
}
