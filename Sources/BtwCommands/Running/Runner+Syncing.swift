import Between
import CanonicalJSON
import Foundation

extension Runner {
    /// - Parameter string: one that enrols; it was looked at, so that one that is none makes no journal.
    func connect(_ string: String, name: String?) async throws -> Int32 {
        let journal = try await open()
        let start = ContinuousClock.now
        let outcome = try await journal.connect(string, name: name, progress: showProgress)
        console.progress(nil)
        if globals.isJSON {
            console.say(json(outcome, seconds: seconds(since: start)))
        } else {
            let changes = outcome.sent.counting("change is", "changes are")
            say("Connected to \(outcome.server ?? ""). \(changes) there now, sealed.")
            say("From now on: btw sync, or btw sync --watch to keep in step.")
        }
        return 0
    }

    func disconnect() async throws -> Int32 {
        guard let journal = try await openExisting(), let server = try await journal.server() else {
            say("This device is connected to no server.")
            return 0
        }
        try await journal.disconnect()
        say("Disconnected from \(server). Everything stays here, and what it has stays there.")
        return 0
    }

    func sync(watches: Bool) async throws -> Int32 {
        guard let journal = try await openExisting(), try await journal.server() != nil else {
            if globals.isJSON {
                console.say(json(Journal.SyncOutcome(), seconds: 0))
            } else {
                say(Command.keptHere)
            }
            return 0
        }
        if watches {
            try await watch(journal)
            return 0
        }
        let start = ContinuousClock.now
        let outcome = try await journal.sync(progress: showProgress)
        console.progress(nil)
        guard outcome.state != .refused else { throw JournalError.refusal(outcome) }
        tell(outcome, since: start)
        return 0
    }

    /// Keeps in step until the process is asked to stop, or whoever read what it printed has gone.
    private func watch(_ journal: Journal) async throws {
        let start = ContinuousClock.now
        // Trapped before the first line: whoever waits for it may ask us to stop at once.
        let signals = await StopSignals()
        say("Keeping in step with \(try await journal.server() ?? ""). Stop with Ctrl-C.")
        try console.flush()
        let last = SeenOutcome()
        let (readerLeft, reader) = AsyncStream<Console.ReaderLeft>.makeStream()
        try await signals.run { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await journal.run { outcome in
                        guard last.isNew(outcome) else { return }
                        tell(outcome, since: start)
                        do { try console.deliver() } catch let left as Console.ReaderLeft { reader.yield(left) } catch {
                        }
                    }
                }
                group.addTask { for await left in readerLeft { throw left } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private func tell(_ outcome: Journal.SyncOutcome, since start: ContinuousClock.Instant) {
        if globals.isJSON {
            console.say(json(outcome, seconds: seconds(since: start)))
        } else {
            say(sentence(outcome))
        }
    }

    /// Shows what moved so far; before anything did, that there is something under way.
    var showProgress: @Sendable (Journal.SyncOutcome) -> Void {
        console.progress("Connecting")
        return { [console] outcome in
            console.progress("\(outcome.sent) changes sent, \(outcome.received) received")
        }
    }

    private func sentence(_ outcome: Journal.SyncOutcome) -> String {
        let server = outcome.server ?? ""
        switch outcome.state {
        case .local: return Command.keptHere
        case .offline where outcome.refusal == "full":
            return
                "Saved here. \(server) has no room left; it is sent as soon as there is (\(outcome.waiting) waiting)."
        case .offline: return "Saved here. Will sync when \(server) is reachable (\(outcome.waiting) waiting)."
        case .refused: return "\(server) refused. Everything is kept here (\(outcome.waiting) waiting)."
        case .unsettled:
            return "Not all is in step with \(server). Everything is kept here (\(outcome.waiting) waiting)."
        case .inStep:
            var parts: [String] = []
            if outcome.putBack > 0 {
                let changes = outcome.putBack.counting("change", "changes")
                parts.append("The server went back; \(changes) put back, nothing lost.")
            }
            let moved = outcome.sent + outcome.received > 0
            parts.append(moved ? "In step: \(outcome.sent) sent, \(outcome.received) received." : "In step.")
            return parts.joined(separator: " ")
        }
    }

    func json(_ outcome: Journal.SyncOutcome, seconds: Double) -> String {
        let state =
            switch outcome.state {
            case .local: "local"
            case .inStep: outcome.waiting > 0 ? "waiting" : "in_step"
            case .offline: "offline"
            case .refused: "refused"
            case .unsettled: "unsettled"
            }
        return JSONValue.object([
            "put_back": .integer(outcome.putBack), "received": .integer(outcome.received),
            "seconds": .number((seconds * 1000).rounded() / 1000), "sent": .integer(outcome.sent),
            "server": outcome.server.map { .text(Text($0)) } ?? .null, "state": .text(Text(state)),
            "waiting": .integer(outcome.waiting),
        ]).canonicalText
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
