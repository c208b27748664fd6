import Between

/// The command `btw recovery new`.
package struct RecoveryCommand: Command {
    package static let description = CommandDescription(
        "recovery", in: .devices, "a key to keep on paper",
        arguments: [ArgumentDescription(oneOf: [.init("new", nil, "Prints a new key, once.")])],
        details: """
            Prints a key to keep on paper, once: with it and your server an empty
            machine gets everything back. It says which journal it opens, so that no
            server can pass off another. Whoever finds it can read everything too.
            btw device remove takes it back. Older keys stay valid until then.
            """, example: "btw recovery new")

    package init(_ arguments: ParsedArguments) throws(Failure) {
        guard arguments.words == ["new"] else {
            throw .usage("All there is to do with recovery keys is to make one.", next: "btw recovery new")
        }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let console = context.console
        // Creating a journal would only lead to the error that it has no server.
        guard let journal = try await context.openExisting() else { throw JournalError.needsServer }
        let key = try await journal.makeRecoveryKey()
        console.print(key)
        try console.flush()
        if !context.globals.isQuiet {
            console.notify("Write this down, and keep it where you keep what is dear to you. It is shown once.")
            console.notify(
                "With it an empty machine gets everything from \(try await journal.server() ?? "your server"):")
            console.notify("  btw recover STRING")
            console.notify(
                "Whoever has it and reaches that server reads everything. To take it back: btw device remove ID")
            console.notify("A key that you made earlier stays valid until you remove it. See: btw device")
        }
        return 0
    }
}
