import Between
import CanonicalJSON

/// Shared by the commands that admit a device into a journal.
extension CommandContext {
    /// Asks the user whether both screens show the same words.
    ///
    /// - Throws: ``Failure`` if there is no terminal to ask on.
    func wordsAreAsked(trusting: Bool) throws -> Newcomer.Confirmation {
        if trusting {
            return { [console, globals] newcomer in
                if !globals.isQuiet {
                    console.tell("\(Self.text(of: newcomer)) Not compared: whoever holds the string first is let in.")
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
            console.tell(Self.text(of: newcomer))
            return await console.asksAside("Does the other screen show the same four words?")
        }
    }

    private static func text(of newcomer: Newcomer) -> String {
        let who = newcomer.name.isEmpty ? "" : " (\(Harmless.line(newcomer.name)) wants to come in)"
        return "\(newcomer.words.joined(separator: " · "))\(who)"
    }

    /// Asks before entries of an existing journal are moved into the joined one.
    func askAboutEntries() async throws {
        guard let journal = try await openExisting() else { return }
        let count = try await journal.belongings().entries
        try await journal.close()
        guard count > 0 else { return }
        let question =
            "This device has a journal with \(count.counting("entry", "entries")). All of it is written again into the one "
            + "that you join, and whoever owns that one can read it from then on. Nothing is lost."
        if globals.saysYes {
            // Also with `--quiet`: the user must know who can read the entries from now on.
            console.tell(question)
            return
        }
        guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
        guard console.asks("\(question) Go on?") else { throw Failure.answeredNo }
    }

    func tellJoined(
        _ outcome: Journal.SyncOutcome, since start: ContinuousClock.Instant, isUnbound: Bool = false
    ) async throws -> Int32 {
        console.progress(nil)
        if globals.isJSON {
            var members = SyncText.json(outcome, seconds: seconds(since: start)).asObject ?? JSONObject()
            let status = try await open().status()
            members["entries"] = .integer(status.entries)
            if isUnbound { members["unbound"] = true }
            console.say(JSONValue.object(members).canonicalText)
            return SyncText.exit(of: outcome)
        }
        let server = outcome.server ?? ""
        switch outcome.state {
        case .inStep:
            let journal = try await open()
            let entries = try await journal.status().entries.counting("entry is", "entries are")
            say("Joined: \(entries) here, up to date with \(server).")
        case .refused: throw JournalError.refusal(outcome)
        case .unsettled: say("Joined. Not all is here yet: \(server) holds back a part. Go on with: btw sync")
        case .offline, .local:
            say("Joined. Not all is here yet: \(server) cannot be reached now. Go on with: btw sync")
        }
        return SyncText.exit(of: outcome)
    }
}
