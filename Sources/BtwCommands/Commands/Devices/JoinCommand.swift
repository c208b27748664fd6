import Between
import CanonicalJSON

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

/// The arguments of `btw join` and `btw connect`; the string encodes which of the two it is for.
package struct JoinRequest: Hashable, Sendable {
    /// The string as typed. `nil` if it is asked for or read from stdin, since other users of the machine can see a
    /// command line.
    package let string: String?
    /// The name of this device; `nil` for the machine's name.
    package let name: String?
    /// Whether the comparison of words is skipped.
    package let trusts: Bool

    static let stringArgument = ArgumentDescription(
        "STRING", "What the other side shows; asked for, if it is left out or is -.", isOptional: true)
    static let nameOption = OptionDescription(
        "--name", "NAME", "What your other devices call this one; no server learns it.")

    init(_ arguments: ParsedArguments, trusts: Bool = false) throws(Failure) {
        let words = arguments.words
        string = words.isEmpty || words == ["-"] ? nil : words.joined(separator: " ")
        name = try arguments.deviceName(Self.nameOption)
        self.trusts = trusts
        guard let string, string.unicodeScalars.allSatisfy(\.properties.isWhitespace) else { return }
        throw Self.noString
    }

    private static let noString = Failure.usage(
        "This needs a string: that of a server, or the one that another device shows.", next: "btw join STRING")

    func run(_ context: CommandContext) async throws -> Int32 {
        let string = try string ?? context.console.secret("The string, which is not shown as you type")
        guard !string.unicodeScalars.allSatisfy(\.properties.isWhitespace) else { throw Self.noString }
        switch try Journal.purpose(of: string) {
        case .enrolment: return try await connect(string, context)
        case .pairing: return try await join(string, context)
        }
    }

    /// - Parameter string: an enrolment string; it was parsed before, so that an invalid one creates no journal.
    private func connect(_ string: String, _ context: CommandContext) async throws -> Int32 {
        let journal = try await context.open()
        let start = ContinuousClock.now
        let outcome = try await journal.connect(string, name: name, progress: context.showProgress)
        context.console.progress(nil)
        if context.globals.isJSON {
            context.console.print(context.json(outcome, seconds: context.seconds(since: start)))
        } else {
            let changes = outcome.sent.counting("change is", "changes are")
            context.print("Connected to \(outcome.server ?? ""). \(changes) there now, sealed.")
            context.print("From now on: btw sync, or btw sync --watch to keep up to date.")
        }
        return 0
    }

    private func join(_ string: String, _ context: CommandContext) async throws -> Int32 {
        let confirming = try context.wordsAreAsked(trusting: trusts)
        try await context.askAboutEntries()
        let start = ContinuousClock.now
        let outcome = try await Journal.join(
            string, at: context.home, name: name, environment: context.environment, confirming: confirming,
            progress: context.showProgress)
        return try await context.notifyJoined(outcome, since: start)
    }
}

// MARK: - Joining

/// Shared by the commands that admit a device into a journal.
extension CommandContext {
    /// Asks the user whether both screens show the same words.
    ///
    /// - Throws: ``Failure`` if there is no terminal to ask on.
    func wordsAreAsked(trusting: Bool) throws -> Newcomer.Confirmation {
        if trusting {
            return { [console, globals] newcomer in
                if !globals.isQuiet {
                    console.notify("\(Self.text(of: newcomer)) Not compared: whoever holds the string first is let in.")
                }
                return true
            }
        }
        guard console.isInputTerminal else {
            throw Failure.needsAnswer(
                "Both screens show four words, and you say whether they match.", option: "--trust")
        }
        return { [console] newcomer in
            console.progress(nil)
            console.notify(Self.text(of: newcomer))
            return await console.asksMeanwhile("Does the other screen show the same four words?")
        }
    }

    private static func text(of newcomer: Newcomer) -> String {
        let who = newcomer.name.isEmpty ? "" : " (\(TerminalEscaping.line(newcomer.name)) wants to come in)"
        return "\(newcomer.words.joined(separator: " · "))\(who)"
    }

    /// Asks before entries of an existing journal are moved into the joined one.
    func askAboutEntries() async throws {
        guard let journal = try await openExisting() else { return }
        let count = try await journal.home.belongings().entries
        try await journal.home.close()
        guard count > 0 else { return }
        let question =
            "This device has a journal with \(count.counting("entry", "entries")). All of it is written again into the one "
            + "that you join, and whoever owns that one can read it from then on. Nothing is lost."
        if globals.answersYes {
            // Also with `--quiet`: the user must know who can read the entries from now on.
            console.notify(question)
            return
        }
        guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
        guard console.asks("\(question) Go on?") else { throw Failure.answeredNo }
    }

    func notifyJoined(
        _ outcome: JournalSpace.SyncOutcome, since start: ContinuousClock.Instant, isUnbound: Bool = false
    ) async throws -> Int32 {
        console.progress(nil)
        if globals.isJSON {
            var members = SyncText.json(outcome, seconds: seconds(since: start)).asObject ?? JSONObject()
            let status = try await open().status()
            members["entries"] = .integer(status.entries)
            if isUnbound { members["unbound"] = true }
            console.print(JSONValue.object(members).canonicalText)
            return SyncText.exit(of: outcome)
        }
        let server = outcome.server ?? ""
        switch outcome.state {
        case .upToDate:
            let journal = try await open()
            let entries = try await journal.status().entries.counting("entry is", "entries are")
            print("Joined: \(entries) here, up to date with \(server).")
        case .refused: throw JournalError.refusal(outcome)
        case .unsettled: print("Joined. Not all is here yet: \(server) holds back a part. Go on with: btw sync")
        case .offline, .local:
            print("Joined. Not all is here yet: \(server) cannot be reached now. Go on with: btw sync")
        }
        return SyncText.exit(of: outcome)
    }
}
