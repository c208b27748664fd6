import Between
import CanonicalJSON

extension Runner {
    /// `btw join`, and `btw connect` with a string of either kind: the string says what it is.
    func join(_ request: JoinRequest) async throws -> Int32 {
        let string = try request.string ?? console.secret("The string, which is not shown as you type")
        guard !string.unicodeScalars.allSatisfy(\.properties.isWhitespace) else { throw JoinRequest.noString }
        switch try Journal.purpose(of: string) {
        case .enrolment: return try await connect(string, name: request.name)
        case .pairing: break
        }
        let confirming = try wordsAreAsked(trusting: request.trusts)
        try await askAboutEntries()
        let start = ContinuousClock.now
        let outcome = try await Journal.join(
            string, at: home, name: request.name, environment: environment, confirming: confirming,
            progress: showProgress)
        return try await tellJoined(outcome, since: start)
    }

    func recover(_ request: RecoverRequest) async throws -> Int32 {
        let (string, key) = try stringAndKey(request.words)
        // One that is bound enters its own journal or none, whatever was typed; another is never given entries.
        let isBound = try Journal.isBound(key: key)
        if isBound { try await askAboutEntries() }
        let trustsServer = !isBound && request.acceptsUnbound
        let start = ContinuousClock.now
        let outcome = try await Journal.recover(
            string, key: key, at: home, name: request.name, acceptsUnbound: trustsServer, environment: environment,
            progress: showProgress)
        let exit = try await tellJoined(outcome, since: start, isUnbound: trustsServer)
        if !globals.isJSON { try await warn(of: outcome, isUnbound: trustsServer) }
        return exit
    }

    /// What a server that lies would look like is said even to who wants to hear nothing.
    private func warn(of outcome: Journal.SyncOutcome, isUnbound: Bool) async throws {
        let server = outcome.server ?? "the server"
        if isUnbound {
            console.tell(
                "This key does not say which journal it opens, and nothing but \(server) does: if it named one of its "
                    + "own, others read all that you write here. Look whether your entries came before you write. "
                    + "Then make a key of now: btw recovery new")
        }
        guard outcome.state == .inStep else { return }
        let status = try await open().status()
        if status.entries + status.trashed == 0 {
            console.tell(
                "Nothing is in this journal. If you wrote in it before, \(server) holds that back or is not its server: "
                    + "do not write here before you know.")
        }
    }

    /// String and key of `btw recover`: what was typed, and else what is asked for.
    private func stringAndKey(_ typed: [String]) throws -> (string: String, key: String) {
        var words = typed
        if words.isEmpty {
            words = RecoverRequest.split(try console.secret("A string of the server, which is not shown as you type"))
            // Of stdin, a line may have both.
            if let both = try? Journal.separate(words) { return both }
        }
        guard !words.isEmpty else {
            throw Failure.usage(
                "Recovering needs a string of the server, and the key that was printed.", next: "btw recover STRING")
        }
        let isString = (try? Journal.purpose(of: words.joined(separator: " "))) != nil
        guard isString else { return try Journal.separate(words) }
        return try Journal.separate(
            words + RecoverRequest.split(try console.secret("The printed key, which is not shown as you type")))
    }

    /// `btw device add`.
    func addDevice(trusts: Bool) async throws -> Int32 {
        let confirming = try wordsAreAsked(trusting: trusts)
        guard let journal = try await openExisting() else { throw JournalError.needsServer }
        let name = try await journal.addDevice(
            showing: { [console, globals] string in
                if !globals.isQuiet {
                    console.tell(
                        "On the other device type: btw join, and this string. It is good once, for ten minutes.")
                }
                console.say(string)
                try console.flush()
            }, confirming: confirming)
        let who = name.isEmpty ? "The other device" : Harmless.line(name)
        if !globals.isQuiet { console.tell("\(who) is in, and holds its keys.") }
        return 0
    }

    /// How the person is asked whether both screens show the same words.
    ///
    /// - Throws: ``Failure`` if nobody can be asked.
    private func wordsAreAsked(trusting: Bool) throws -> Newcomer.Confirmation {
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

    /// A journal that has entries is not left without a word.
    private func askAboutEntries() async throws {
        guard let journal = try await openExisting() else { return }
        let count = try await journal.belongings().entries
        try await journal.close()
        guard count > 0 else { return }
        let question =
            "This device has a journal with \(count.counting("entry", "entries")). All of it is written again into the one "
            + "that you join, and whoever owns that one can read it from then on. Nothing is lost."
        if globals.saysYes {
            // Also to whoever asked for quiet: who reads along from now on is nothing to find out later.
            console.tell(question)
            return
        }
        guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
        guard console.asks("\(question) Go on?") else { throw Failure.answeredNo }
    }

    private func tellJoined(
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
            say("Joined: \(entries) here, in step with \(server).")
        case .refused: throw JournalError.refusal(outcome)
        case .unsettled: say("Joined. Not all is here yet: \(server) holds back a part. Go on with: btw sync")
        case .offline, .local:
            say("Joined. Not all is here yet: \(server) cannot be reached now. Go on with: btw sync")
        }
        return SyncText.exit(of: outcome)
    }
}
