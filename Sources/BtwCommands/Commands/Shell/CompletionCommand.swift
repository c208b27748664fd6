/// The command `btw completion bash`, `btw completion zsh`, `btw completion fish`.
package struct CompletionCommand: Command {
    package static let description = CommandDescription(
        "completion", in: .shell, "what your shell needs to complete commands and ids",
        arguments: [
            ArgumentDescription(
                oneOf: [
                    .init("bash", nil, "For ~/.bashrc: source <(btw completion bash)"),
                    .init("zsh", nil, "For ~/.zshrc: source <(btw completion zsh)"),
                    .init("fish", nil, "For ~/.config/fish/config.fish: btw completion fish | source"),
                ])
        ],
        details: """
            Prints a script that makes your shell complete commands, options and ids with
            their first words. The shell asks btw as you type; that changes nothing.
            """, example: "btw completion bash", usesJournal: false)

    package let shell: CompletionScript.Shell

    package init(_ arguments: ParsedArguments) throws(Failure) {
        guard arguments.words.count == 1,
            let shell = CompletionScript.Shell(rawValue: arguments.words[0])
        else {
            throw .usage("Completion is for one shell: bash, zsh or fish.", next: "btw completion bash")
        }
        self.shell = shell
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        context.console.print(CompletionScript.text(for: shell))
        return 0
    }
}
