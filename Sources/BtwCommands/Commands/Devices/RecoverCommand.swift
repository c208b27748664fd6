import Between

/// The command `btw recover [STRING] [KEY] [--name NAME] [--unbound]`.
package struct RecoverCommand: Command {
    private static let unboundOption = OptionDescription(
        "--unbound", nil, "Trusts the server's word for which journal a key of an earlier version opens.")

    package static let description = CommandDescription(
        "recover", in: .devices, "everything back with a printed key",
        arguments: [
            ArgumentDescription(
                "STRING", "A string of the server; asked for, if it is left out or is -.", isOptional: true),
            ArgumentDescription("KEY", "The printed key; asked for, if it is left out or is -.", isOptional: true),
        ], options: [JoinRequest.nameOption, unboundOption],
        details: """
            Gets everything back with a printed key. What is left out, or is -, is asked
            for and not shown, or read from stdin: others may see what a command was
            called with. Spaces, dashes and capitals do not matter; 0 is o, 1 is l or i.
            A journal that the key does not belong to is refused, and nothing written
            (exit 6). --unbound: for a key of an earlier version and an empty home,
            trusts the server's word for which journal it is.
            """, example: "btw recover")

    /// String and key in this order, as typed: both may be split into groups. Missing parts are asked for, or read
    /// from stdin.
    package let words: [String]
    package let name: String?
    /// Whether a key that is not bound to a journal may open the one that the server names.
    package let acceptsUnbound: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        // The position of a `-` does not matter: the other words tell which part is missing.
        words = arguments.words.filter { $0 != "-" }.flatMap(Self.split)
        name = try arguments.deviceName(JoinRequest.nameOption)
        acceptsUnbound = arguments.has(Self.unboundOption)
    }

    private static func split(_ typed: String) -> [String] {
        typed.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        let (string, key) = try stringAndKey(context.console)
        // Entries are moved only with a bound key, never into a journal that only the server names.
        let isBound = try Journal.isBound(key: key)
        if isBound { try await context.askAboutEntries() }
        let trustsServer = !isBound && acceptsUnbound
        let start = ContinuousClock.now
        let outcome = try await Journal.recover(
            string, key: key, at: context.home, name: name, acceptsUnbound: trustsServer,
            environment: context.environment, progress: context.showProgress)
        let exit = try await context.notifyJoined(outcome, since: start, isUnbound: trustsServer)
        if !context.globals.isJSON { try await warn(of: outcome, isUnbound: trustsServer, context) }
        return exit
    }

    /// Warns of what a lying server would look like, even with `--quiet`.
    private func warn(of outcome: JournalSpace.SyncOutcome, isUnbound: Bool, _ context: CommandContext) async throws {
        let server = outcome.server ?? "the server"
        if isUnbound {
            context.console.notify(
                "This key does not say which journal it opens, and nothing but \(server) does: if it named one of its "
                    + "own, others read all that you write here. Look whether your entries came before you write. "
                    + "Then make a key of now: btw recovery new")
        }
        guard outcome.state == .upToDate else { return }
        let status = try await context.open().status()
        if status.entries + status.trashed == 0 {
            context.console.notify(
                "Nothing is in this journal. If you wrote in it before, \(server) holds that back or is not its server: "
                    + "do not write here before you know.")
        }
    }

    /// The string and the key from the arguments; missing parts are asked for.
    private func stringAndKey(_ console: Console) throws -> (string: String, key: String) {
        var words = words
        if words.isEmpty {
            words = Self.split(try console.secret("A string of the server, which is not shown as you type"))
            // A line of stdin may contain both.
            if let both = try? Journal.separate(words) { return both }
        }
        guard !words.isEmpty else {
            throw Failure.usage(
                "Recovering needs a string of the server, and the key that was printed.", next: "btw recover STRING")
        }
        let typed = words.joined(separator: " ")
        if (try? Journal.purpose(of: typed)) != nil {
            words += Self.split(try console.secret("The printed key, which is not shown as you type"))
        } else if (try? Journal.isBound(key: typed)) != nil {
            words = Self.split(try console.secret("A string of the server, which is not shown as you type")) + words
        }
        return try Journal.separate(words)
    }
}
