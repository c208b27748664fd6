package import SyncClient
import AsyncAlgorithms
import Causality
import Link
import Records
import ReplicaStore
import Synchronization
package import Wire

/// The device's side of an exchange: the loop that owns its ``SyncStateMachine``.
///
/// Child tasks only send events; the loop takes one, passes it to the machine, and performs the actions in order.
/// While the replica works on an answer, nothing more is read.
struct SyncLoop: Sendable {
    enum Event: Sendable {
        case connected(LinkConnection, attempt: Int)
        /// Messages are here, or the connection ended.
        case arrived(attempt: Int)
        /// The connection could not be made.
        case lost(LinkError, attempt: Int)
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

/// Commands to a running ``SyncLoop``.
enum SyncCommand: Hashable, Sendable {
    /// Offers a slot to a new device; reported as ``SyncReport/claimed(_:keyHash:)``.
    case offer(PairingOffer)
    /// Admits the device that claimed the slot; reported as ``SyncReport/granted``.
    case grant([UInt8])
    /// Makes the record of the replica's ``JournalReplica/request``.
    case record(RecordRequest)
}

/// A report of a ``SyncLoop``.
package enum SyncReport: Hashable, Sendable {
    case connected
    case notice(SyncNotice)
    /// A device committed to a claim of the offered slot, which nobody else can use any more.
    case committed
    /// A device claims the slot, over the server with this key.
    case claimed(BroughtClaim, keyHash: [UInt8])
    /// The grant was delivered.
    case granted
    /// Not connected: the server's error, or the network's.
    case offline(ErrorCode?, LinkProblem?)
}

/// Why there is no connection, as far as it matters to the user.
package enum LinkProblem: Hashable, Sendable {
    /// No route, no listener, a timeout, or a lost connection.
    case unreachable
    /// Another server answers there, or an attacker in between.
    case wrongPin
    /// The peer does not speak this protocol.
    case notBetween
}

/// Stores the time when both sides were last up to date, at most once a second.
final class SyncStamp: Sendable {
    private static let pauseMillis = 1000

    private let journal: Journal
    private let last = Mutex<Timestamp?>(nil)

    init(_ journal: Journal) { self.journal = journal }

    /// Both sides are up to date now.
    func mark() async {
        let now = journal.environment.now()
        let isDue = last.withLock { last in
            // After the clock was set back, the time is stored at once.
            if let last, abs(now.millisSince1970 - last.millisSince1970) < Self.pauseMillis { return false }
            last = now
            return true
        }
        guard isDue else { return }
        // It is only displayed: an exchange does not fail because of it, and it is not synced to the disk.
        try? await journal.store.write(isDurable: false) { try $0.set(Journal.syncedSetting, to: now.description) }
    }
}
