import AsyncAlgorithms
import Causality
import Link
import Wire

/// A device's side of the exchange: the loop that owns its ``SyncStateMachine``.
///
/// Children only bring events; the loop takes one, lets the machine decide, and does what it
/// says in order. While an answer of the replica is worked out nothing more is read.
struct SyncLoop: Sendable {
    enum Event: Sendable {
        case connected(LinkConnection, attempt: Int)
        case received(ReceivedMessage, attempt: Int)
        /// The connection ended, or was not made.
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
    /// Whether to go on after both sides are in step, and after the connection is lost.
    let isLive: Bool
    /// What is asked for while it runs.
    var commands: AsyncStream<SyncCommand>?
    /// Gets what happened, in order; returns whether to go on.
    let report: @Sendable (SyncReport) async -> Bool

    /// How long to wait for a connection.
    static let connectTimeout = Duration.seconds(10)

    /// Runs until the task is cancelled, or what was to be done once is done.
    ///
    /// - Throws: ``JournalError`` if the replica does not work.
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
