/// The command `btw join [STRING] [--name NAME] [--trust]`.
package struct JoinCommand: Command {
    private static let trustOption = OptionDescription(
        "--trust", nil, "Nobody compares words: for scripts, and it says what that gives up.")

    package static let description = CommandDescription(
        "join", in: .devices, "the journal of another device",
        arguments: [JoinRequest.stringArgument], options: [JoinRequest.nameOption, trustOption],
        details: """
            Joins the journal of another device, which shows the string: btw device
            add. Both show four words and ask whether they match; --trust skips that.
            Without STRING, or with -, it is asked for, or read from stdin.
            """, example: "btw join --name phone")

    package let request: JoinRequest

    package init(_ arguments: ParsedArguments) throws(Failure) {
        request = try JoinRequest(arguments, trusts: arguments.has(Self.trustOption))
    }

    package func run(_ context: CommandContext) async throws -> Int32 { try await request.run(context) }
}
