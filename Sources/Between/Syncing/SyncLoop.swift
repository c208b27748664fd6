import AsyncAlgorithms
import Causality
import Link
import Wire

/// The device's side of an exchange: the loop that owns its ``SyncStateMachine``.
///
/// Child tasks only send events; the loop takes one, passes it to the machine, and performs the actions in order.
/// While the replica works on an answer, nothing more is read.
struct SyncLoop: Sendable {
    enum Event: Sendable {
        case connected(LinkConnection, attempt: Int)
        case received(ReceivedMessage, attempt: Int)
        /// The connection ended, or could not be made.
        case lost(LinkError?, attempt: Int)
        case wrote
        case command(SyncCommand)
        case timer(ConversationTimer)
        case retry(attempt: Int)
        case resume(SpaceID, attempt: Int)
    }

    let replica: JournalReplica
    let place: ServerPlace
    /// The secret of an enrolment string, for a server that does not know this device yet.
    let invitation: [UInt8]?
    /// Whether to continue after both sides are up to date, and after the connection is lost.
    let isLive: Bool
    /// Commands while it runs.
    var commands: AsyncStream<SyncCommand>?
    /// Called with the reports, in order; returns whether to continue.
    let report: @Sendable (SyncReport) async -> Bool

    /// The timeout of connecting.
    static let connectTimeout = Duration.seconds(10)

    /// Runs until the task is cancelled, or a single exchange is over.
    ///
    /// - Throws: ``JournalError`` if the replica fails.
    func run() async throws {
        let events = AsyncChannel<Event>()
        let deadlines = Deadlines()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [journal = replica.journal] in
                for await _ in journal.commits.stream() { await events.send(.wrote) }
            }
            if isLive {
                group.addTask { [journal = replica.journal] in
                    try await journal.watchOthers { await events.send(.wrote) }
                }
            }
            if let commands {
                group.addTask { for await command in commands { await events.send(.command(command)) } }
            }
            group.addTask { while let timer = await deadlines.next() { await events.send(.timer(timer)) } }
            var shell = SyncShell(self, events, deadlines)
            defer {
                group.cancelAll()
                events.finish()
            }
            var goesOn = try await shell.start(&group)
            for await event in events where goesOn {
                goesOn = try await shell.take(event, &group)
                if !goesOn { break }
            }
            await shell.hangUp()
        }
    }
}
