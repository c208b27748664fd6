import SyncClient
import Causality
import Link
import Membership
import Records
import ReplicaStore
import Wire

extension Journal {
    /// The outcome of one exchange with the server.
    public struct SyncOutcome: Hashable, Sendable {
        public enum State: Hashable, Sendable {
            /// No server is configured.
            case local
            /// Neither side lacks anything of the other.
            case upToDate
            /// The server cannot be reached now; everything is kept here and sent later.
            case offline
            /// The server refused; see ``SyncOutcome/refusal``.
            case refused
            /// The server was reached, and not everything moved: see ``SyncOutcome/alarms`` and
            /// ``SyncOutcome/missing``.
            case unsettled
        }

        /// The outcome of a device without a server.
        public init() {}

        public package(set) var state = State.local
        /// `HOST:PORT`; `nil` if no server is configured.
        public package(set) var server: String?
        /// Edits that the server took.
        public package(set) var sent = 0
        /// Edits that were received.
        public package(set) var received = 0
        /// Edits that the server had lost and has again.
        public package(set) var putBack = 0
        /// Edits that wait to be sent.
        public package(set) var waiting = 0
        /// Whether this device gave the journal new keys itself, because the newest were invalid or a removed device
        /// still had them.
        public package(set) var renewedKeys = false
        /// Whether the newest key cannot be opened here: edits under it cannot be read for now.
        public package(set) var missesNewestKey = false
        /// The arguments of `btwd space settle` for the server's administrator, if the server refuses the membership
        /// log because it holds edits of a removed device beyond the cut.
        public package(set) var settlement: String?
        /// Why the server refused, or cannot continue now, as an error code of the protocol.
        public package(set) var refusal: String?
        /// Alarms to show to the user, each once.
        public package(set) var alarms: [SyncAlarm] = []
        /// Earlier alarms that this exchange ended; see ``Journal/alarms()``.
        public package(set) var over: [SyncAlarm] = []
        /// Edits that are shown or needed here, and whose contents the server did not send.
        public package(set) var missing = 0

        /// Whether neither side lacks anything of the other, and there is no alarm.
        public var isUpToDate: Bool { state == .upToDate && alarms.isEmpty && missing == 0 }
    }

    static let serverSetting = "server"
    static let syncedSetting = "synced"
    /// The setting with a record that removes this device, if the server showed one that is not in the log.
    static let removalSetting = "removal"

    /// `HOST:PORT` of this device's server; `nil` if none is configured.
    public func server() async throws -> String? { try await serverPlace()?.endpoint.description }

    func serverPlace() async throws -> ServerPlace? {
        try await read { try $0.setting(Self.serverSetting) }.flatMap { ServerPlace(text: $0) }
    }

    /// Exchanges everything with the server, once.
    ///
    /// - Parameter progress: called with the outcome as it grows.
    /// - Returns: the outcome. An unreachable server is no error: everything is kept, and sent later.
    /// - Throws: ``JournalError`` if the journal itself fails; `heldBack` once, if the server has less than was
    ///   announced by the member who admitted this device, or by the key that it recovered with.
    @discardableResult
    public func sync(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws -> SyncOutcome {
        if let joining = try await resumeJoin(progress: progress) { return joining }
        guard let place = try await serverPlace() else {
            return SyncOutcome()
        }
        let outcome = try await exchange(with: place, invitation: nil, isLive: false, progress: progress)
        if outcome.state == .upToDate { try await comparePromised(server: place.name) }
        return outcome
    }

    /// Keeps the journal up to date with the server until the task is cancelled: changes are sent and received at
    /// once. Returns immediately if no server is configured.
    ///
    /// - Parameter progress: called with the outcome whenever something moved.
    public func run(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws {
        guard let place = try await serverPlace() else { return }
        _ = try await exchange(with: place, invitation: nil, isLive: true, progress: progress)
    }

    /// Connects this device to a server with an enrolment string, and sends it everything.
    ///
    /// A device that is connected already moves to that server; the old one keeps what it has.
    ///
    /// - Parameter name: the name of this device; unchanged if `nil`.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`. Then the old connection stays configured.
    @discardableResult
    public func connect(
        _ typed: String, name: String? = nil, progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        let string = try ConnectString.read(typed)
        guard string.kind == .enrolment, let place = ServerPlace(string) else { throw JournalError.mistyped }
        let outcome = try await exchange(
            with: place, invitation: string.secret, isLive: false, progress: progress)
        switch outcome.state {
        case .upToDate: break
        case .refused: throw JournalError.refused(outcome.refusal ?? "", place.endpoint.description)
        case .unsettled where outcome.alarms.contains(SyncAlarm(.unproved)):
            throw JournalError.unproved(place.endpoint.description)
        case .unsettled: break  // connected; what does not move is in the outcome
        case .offline, .local: throw JournalError.noNetwork(place.endpoint.description)
        }
        try await moveTo(place)
        // Its outcome is not part of connecting: if it fails, the name is sent later like any edit.
        if let name, try await nameDevice(name) { try await sync() }
        return outcome
    }

    /// Configures the server of this device.
    func moveTo(_ place: ServerPlace) async throws {
        try await change { try $0.set(Self.serverSetting, to: place.text) }
    }

    /// When both sides were last up to date, as RFC 3339; `nil` if never.
    func lastSync() async throws -> String? {
        try await read { try $0.setting(Self.syncedSetting) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Removes the server's configuration. Local data stays here, and the server's copy stays there.
    public func disconnect() async throws {
        try await store.write { transaction in
            try transaction.set(Self.serverSetting, to: "")
            // Edits that it withholds can no longer be requested from it.
            try transaction.dropAlarms { SyncAlarm($0)?.isHistory != true }
        }
    }

    func exchange(
        with place: ServerPlace, of replica: JournalReplica? = nil, invitation: [UInt8]?, isLive: Bool,
        progress: @escaping @Sendable (SyncOutcome) -> Void
    ) async throws -> SyncOutcome {
        try await noteMissing()
        let isNewServer = try await serverPlace() != place
        let replica = try replica ?? JournalReplica(self, isNewServer: isNewServer)
        let ledger = SyncLedger(place.endpoint.description, isLive: isLive, progress: progress)
        let stamp = SyncStamp(self)
        try await SyncLoop(
            replica: replica, place: place, invitation: invitation, isLive: isLive
        ) { [store] report in
            let heard = await replica.heard(report)
            let goesOn = ledger.note(heard)
            if heard.report == .notice(.upToDate) {
                // A replica is up to date only without the content of forgotten entries; if scrubbing fails now, the
                // next call tries again.
                try? Self.finishScrubbing(store)
                if ledger.outcome(waiting: 0).missing == 0 { await stamp.mark() }
            }
            return goesOn
        }.run()
        var outcome = ledger.outcome(waiting: try await replica.waitingCount())
        let membership = try await replica.membership()
        if outcome.refusal == ErrorCode.cut.rawValue {
            outcome.settlement = "\(replica.space.description) \(membership.log.head.description)"
        }
        outcome.missesNewestKey = membership.member != nil && !membership.opensNewest
        return outcome
    }

    /// Whether a record, rather than the server's word, removes this device from the journal.
    func wasRemoved() async throws -> Bool {
        guard case .success(let access) = access else { return false }
        return try await read { reader in
            guard let space = try reader.space(named: access.name), let id = SpaceID(space.id) else { return false }
            return try ReplicaSnapshot(reader, access, of: id).isRemoved
        }
    }
}
