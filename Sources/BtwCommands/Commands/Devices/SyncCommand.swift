import Between
import CanonicalJSON
import Synchronization

/// The command `btw sync [--watch]`.
package struct SyncCommand: Command {
    private static let watchOption = OptionDescription("--watch", nil, "Goes on, and sends and fetches at once.")

    package static let description = CommandDescription(
        "sync", in: .devices, "send and fetch what is new", options: [watchOption],
        details: """
            Sends and fetches what is new. Without a server all is kept on this device.
            Where the server holds something back, or claims it without proof, that is said,
            and what is here stays in view: exit 6.
            btw status says it until it is over. --watch goes on until Ctrl-C, or until
            nobody reads what it prints.
            """, example: "btw sync")

    /// The message of a device that is not connected to a server.
    package static let keptHere = "Kept on this device only. To sync: btw connect"

    package let watches: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        try arguments.refuseWords()
        watches = arguments.has(Self.watchOption)
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openExisting(), try await journal.server() != nil else {
            if context.globals.isJSON {
                context.console.print(context.json(JournalSpace.SyncOutcome(), seconds: 0))
            } else {
                context.print(Self.keptHere)
            }
            return 0
        }
        if watches {
            try await watch(journal, context)
            return 0
        }
        let kept = try await journal.alarms().map(\.alarm)
        let start = ContinuousClock.now
        let outcome = try await journal.sync(progress: context.showProgress)
        context.console.progress(nil)
        guard outcome.state != .refused else { throw JournalError.refusal(outcome) }
        if context.globals.isJSON {
            context.console.print(context.json(outcome, seconds: context.seconds(since: start)))
        } else {
            let over = outcome.over.filter { alarm in kept.contains(where: alarm.isSameMatter) }
            context.print(await context.syncText(journal).sentences(outcome, over: over))
        }
        return SyncText.exit(of: outcome)
    }

    /// Keeps the journal up to date until a signal arrives, or the reader of stdout has closed it.
    private func watch(_ journal: JournalSpace, _ context: CommandContext) async throws {
        let console = context.console
        let start = ContinuousClock.now
        // Signals are handled before the first line is printed: a script that waits for it may stop the process at
        // once.
        let signals = await StopSignals()
        context.print("Keeping up to date with \(try await journal.server() ?? ""). Stop with Ctrl-C.")
        try console.flush()
        let kept = try await journal.alarms().map(\.alarm)
        let last = SeenOutcome(WatchText(await context.syncText(journal), kept: kept))
        let (readerLeft, reader) = AsyncStream<Console.ReaderLeft>.makeStream()
        try await signals.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await journal.run { outcome in
                        guard let lines = last.lines(outcome) else { return }
                        if context.globals.isJSON {
                            console.print(context.json(outcome, seconds: context.seconds(since: start)))
                        } else {
                            for line in lines { context.print(line) }
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
}

/// The last outcome that `sync --watch` printed, so that unchanged outcomes print nothing.
final class SeenOutcome: Sendable {
    private let last: Mutex<(outcome: JournalSpace.SyncOutcome?, text: WatchText)>

    init(_ text: WatchText) { last = Mutex((nil, text)) }

    /// The lines for an outcome; `nil` if it is the same as the last.
    func lines(_ outcome: JournalSpace.SyncOutcome) -> [String]? {
        last.withLock { last in
            guard outcome != last.outcome else { return nil }
            last.outcome = outcome
            return last.text.lines(outcome)
        }
    }
}
