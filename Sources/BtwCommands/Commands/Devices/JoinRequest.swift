import Between
import CanonicalJSON

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
            context.console.say(context.json(outcome, seconds: context.seconds(since: start)))
        } else {
            let changes = outcome.sent.counting("change is", "changes are")
            context.say("Connected to \(outcome.server ?? ""). \(changes) there now, sealed.")
            context.say("From now on: btw sync, or btw sync --watch to keep up to date.")
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
        return try await context.tellJoined(outcome, since: start)
    }
}
