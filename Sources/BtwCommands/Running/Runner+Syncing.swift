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
        let kept = try await journal.alarms().map(\.alarm)
        let start = ContinuousClock.now
        let outcome = try await journal.sync(progress: showProgress)
        console.progress(nil)
        guard outcome.state != .refused else { throw JournalError.refusal(outcome) }
        if globals.isJSON {
            console.say(json(outcome, seconds: seconds(since: start)))
        } else {
            let over = outcome.over.filter { alarm in kept.contains(where: alarm.isSameMatter) }
            say(await syncText(journal).sentences(outcome, over: over))
        }
        return SyncText.exit(of: outcome)
    }

    /// With what people call their devices, as far as it is known here.
    func syncText(_ journal: Journal) async -> SyncText {
        let devices = (try? await journal.devices()) ?? []
        return SyncText(deviceNames: Dictionary(devices.map { ($0.id, $0.isThis ? "this device" : $0.name) }) { $1 })
    }

    /// Keeps in step until the process is asked to stop, or whoever read what it printed has gone.
    private func watch(_ journal: Journal) async throws {
        let start = ContinuousClock.now
        // Trapped before the first line: whoever waits for it may ask us to stop at once.
        let signals = await StopSignals()
        say("Keeping in step with \(try await journal.server() ?? ""). Stop with Ctrl-C.")
        try console.flush()
        let kept = try await journal.alarms().map(\.alarm)
        let last = SeenOutcome(WatchText(await syncText(journal), kept: kept))
        let (readerLeft, reader) = AsyncStream<Console.ReaderLeft>.makeStream()
        try await signals.run { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await journal.run { outcome in
                        guard let lines = last.lines(outcome) else { return }
                        if globals.isJSON {
                            console.say(json(outcome, seconds: seconds(since: start)))
                        } else {
                            for line in lines { say(line) }
                        }
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

    func json(_ outcome: Journal.SyncOutcome, seconds: Double) -> String {
        SyncText.json(outcome, seconds: seconds).canonicalText
    }

    /// Shows what moved so far; before anything did, that there is something under way.
    var showProgress: @Sendable (Journal.SyncOutcome) -> Void {
        console.progress("Connecting")
        return { [console] outcome in
            console.progress("\(outcome.sent) changes sent, \(outcome.received) received")
        }
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
