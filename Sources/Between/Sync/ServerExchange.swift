import Causality
import Link
import Membership
import SyncClient
import Synchronization
import Wire

/// An exchange of the spaces of a home that live at one server, over one connection.
final class ServerExchange: Sendable {
    private struct Member: Sendable {
        let name: String
        let replica: JournalReplica
        let ledger: SyncLedger
        let stamp: SyncStamp
    }

    private let home: Journal
    private let place: ServerPlace
    private let isLive: Bool
    private let members: [Member]
    /// The spaces that are done, of an exchange that ends.
    private let done = Mutex<Set<SpaceID>>([])

    /// - Parameters:
    ///   - spaces: at least one, of one home.
    ///   - isLive: whether to go on after both sides are up to date, and after the connection is lost.
    ///   - progress: called with the outcome of a space as it grows.
    init(
        _ spaces: [JournalSpace], with place: ServerPlace, isLive: Bool,
        progress: @escaping @Sendable (JournalSpace, JournalSpace.SyncOutcome) -> Void
    ) async throws {
        precondition(!spaces.isEmpty, "an exchange has a space")
        home = spaces[0].home
        self.place = place
        self.isLive = isLive
        try await home.noteMissing()
        var members: [Member] = []
        for space in spaces {
            let isKnown = try await space.serverPlace() == place && !space.isJoining
            let replica = try JournalReplica(space, isNewServer: !isKnown)
            let ledger = SyncLedger(place.name, isLive: isLive) { progress(space, $0) }
            members.append(Member(name: space.name, replica: replica, ledger: ledger, stamp: SyncStamp(replica)))
        }
        self.members = members
    }

    /// Runs until the task is cancelled, or a single exchange of every space is over.
    ///
    /// - Parameter invitation: the secret of an enrolment string, for a server that does not know this device yet.
    /// - Returns: the outcome of each space, by its name.
    func run(invitation: [UInt8]? = nil) async throws -> [String: JournalSpace.SyncOutcome] {
        try await SyncLoop(
            replicas: members.map(\.replica), place: place, invitation: invitation, isLive: isLive,
            report: { [self] in await note($0, $1) }
        ).run()
        var outcomes: [String: JournalSpace.SyncOutcome] = [:]
        for member in members { outcomes[member.name] = try await outcome(of: member) }
        return outcomes
    }

    /// - Parameter space: the space of the report; `nil` if it is about the connection.
    /// - Returns: whether to continue.
    private func note(_ space: SpaceID?, _ report: SyncReport) async -> Bool {
        for member in members where space == nil || space == member.replica.space {
            let heard = await member.replica.heard(report)
            let goesOn = member.ledger.note(heard)
            if heard.report == .notice(.upToDate) {
                // A replica is up to date only without the content of forgotten entries; if scrubbing fails now, the
                // next call tries again.
                try? Journal.finishScrubbing(home.store)
                if member.ledger.outcome(waiting: 0).missing == 0 { await member.stamp.mark() }
            }
            if !goesOn { done.withLock { _ = $0.insert(member.replica.space) } }
        }
        return done.withLock { $0.count < members.count }
    }

    private func outcome(of member: Member) async throws -> JournalSpace.SyncOutcome {
        var outcome = member.ledger.outcome(waiting: try await member.replica.waitingCount())
        let membership = try await member.replica.membership()
        if outcome.refusal == ErrorCode.cut.rawValue {
            outcome.settlement = "\(member.replica.space.description) \(membership.log.head.description)"
        }
        outcome.missesNewestKey = membership.member != nil && !membership.opensNewest
        return outcome
    }
}

// MARK: - Homes

extension Journal {
    /// Exchanges spaces with their servers, once, over one connection a server.
    ///
    /// - Parameters:
    ///   - spaces: by default all.
    ///   - progress: called with the outcome of a space as it grows.
    /// - Returns: the outcome of each space, by its name.
    /// - Throws: ``JournalError`` as ``JournalSpace/sync(progress:)``.
    @discardableResult
    public func sync(
        _ spaces: [JournalSpace]? = nil,
        progress: @escaping @Sendable (JournalSpace, JournalSpace.SyncOutcome) -> Void = { _, _ in }
    ) async throws -> [String: JournalSpace.SyncOutcome] {
        var spaces = if let spaces { spaces } else { try await self.spaces() }
        var outcomes: [String: JournalSpace.SyncOutcome] = [:]
        if spaces.contains(where: { $0.name == Self.privateSpace }),
            let joining = try await resumeJoin(progress: { [personal] in progress(personal, $0) })
        {
            outcomes[Self.privateSpace] = joining
            spaces.removeAll { $0.name == Self.privateSpace }
        }
        let servers = try await Self.servers(of: spaces)
        try await withThrowingTaskGroup(of: [String: JournalSpace.SyncOutcome].self) { group in
            for (place, spaces) in servers {
                group.addTask {
                    let exchange = try await ServerExchange(spaces, with: place, isLive: false, progress: progress)
                    let outcomes = try await exchange.run()
                    for space in spaces where outcomes[space.name]?.state == .upToDate {
                        try await space.comparePromised(server: place.name)
                    }
                    return outcomes
                }
            }
            for try await found in group { outcomes.merge(found) { $1 } }
        }
        return outcomes
    }

    /// Keeps spaces up to date with their servers until the task is cancelled: changes are sent and received at once.
    /// Returns immediately if none has a server.
    ///
    /// - Parameters:
    ///   - spaces: by default all.
    ///   - progress: called with the outcome of a space whenever something moved.
    public func run(
        _ spaces: [JournalSpace]? = nil,
        progress: @escaping @Sendable (JournalSpace, JournalSpace.SyncOutcome) -> Void = { _, _ in }
    ) async throws {
        let all = if let spaces { spaces } else { try await self.spaces() }
        let servers = try await Self.servers(of: all)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, spaces) in servers {
                group.addTask {
                    _ = try await ServerExchange(spaces, with: place, isLive: true, progress: progress).run()
                }
            }
            try await group.waitForAll()
        }
    }

    /// The spaces that have a server, by their server.
    private static func servers(of spaces: [JournalSpace]) async throws -> [ServerPlace: [JournalSpace]] {
        var servers: [ServerPlace: [JournalSpace]] = [:]
        for space in spaces {
            if let place = try await space.serverPlace() { servers[place, default: []].append(space) }
        }
        return servers
    }
}
