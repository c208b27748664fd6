/// The command `btw connect [STRING] [--name NAME]`.
package struct ConnectCommand: Command {
    package static let description = CommandDescription(
        "connect", in: .devices, "to the server whose string you were given",
        arguments: [JoinRequest.stringArgument], options: [JoinRequest.nameOption],
        details: """
            Connects this device to a server, and sends it everything, sealed.
            STRING may be as a mail has it, with line breaks, other dashes, quotes.
            Without it, or with -, it is asked for, or read from stdin.
            NAME is what your other devices call this one; no server learns it.
            """, example: "btw connect")

    package let request: JoinRequest

    package init(_ arguments: ParsedArguments) throws(Failure) { request = try JoinRequest(arguments) }

    package func run(_ context: CommandContext) async throws -> Int32 { try await request.run(context) }
}
