import Between

/// The command `btw disconnect`.
package struct DisconnectCommand: Command {
    package static let description = CommandDescription(
        "disconnect", in: .devices, "leave the server, keep everything here",
        details: "Leaves the server. Everything stays here, and what it has stays there.",
        example: "btw disconnect")

    package init(_ arguments: ParsedArguments) throws(Failure) { try arguments.refuseWords() }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openExisting(), let server = try await journal.server() else {
            context.print("This device is connected to no server.")
            return 0
        }
        try await journal.disconnect()
        context.print("Disconnected from \(server). Everything stays here, and what it has stays there.")
        return 0
    }
}
