import Causality
import Link
import Membership
import Records
import ReplicaStore
import Wire

extension Journal {
    /// What one exchange with the server came to.
    public struct SyncOutcome: Hashable, Sendable {
        public enum State: Hashable, Sendable {
            /// Connected to no server.
            case local
            /// Neither side holds what the other lacks.
            case inStep
            /// The server cannot be reached now; everything is kept here and sent later.
            case offline
            /// The server refused; see ``SyncOutcome/refusal``.
            case refused
            /// It was reached, and not all moved: ``SyncOutcome/alarms`` and ``SyncOutcome/missing`` say why.
            case unsettled
        }

        /// Of a device that is connected to no server.
        public init() {}

        public package(set) var state = State.local
        /// `HOST:PORT`; `nil` if this device is connected to no server.
        public package(set) var server: String?
        /// Edits that the server took.
        public package(set) var sent = 0
        /// Edits that came.
        public package(set) var received = 0
        /// Edits that the server had lost and has again.
        public package(set) var putBack = 0
        /// Edits that wait to be sent.
        public package(set) var waiting = 0
        /// Whether this device gave the journal new keys by itself, since the newest were no good here or a device that
        /// left had them still.
        public package(set) var renewedKeys = false
        /// Whether the newest key does not open here: what others write under it cannot be read here for now.
        public package(set) var lacksNewestKey = false
        /// What whoever runs the server types after `btwd space settle`, if it does not take who is in the journal since
        /// it holds changes of a removed device that were not there when that was removed.
        public package(set) var settlement: String?
        /// Why the server refused, or cannot go on now, as a code of the wire.
        public package(set) var refusal: String?
        /// What a person should hear of, each once.
        public package(set) var alarms: [SyncAlarm] = []
        /// Alarms that stood until this exchange showed that they are over; see ``Journal/alarms()``.
        public package(set) var over: [SyncAlarm] = []
        /// Edits that are shown or needed here, and whose contents the server did not hand out.
        public package(set) var missing = 0

        /// Whether neither side lacks anything of the other, and nobody need be told of anything.
        public var isUpToDate: Bool { state == .inStep && alarms.isEmpty && missing == 0 }
    }

    static let serverSetting = "server"
    static let syncedSetting = "synced"
    /// The record that removes this device, where the server showed it and the log does not have it.
    static let removalSetting = "removal"

    /// `HOST:PORT` of the server that this device is connected to; `nil` if it is to none.
    public func server() async throws -> String? { try await serverPlace()?.endpoint.description }

    func serverPlace() async throws -> ServerPlace? {
        try await read { try $0.setting(Self.serverSetting) }.flatMap { ServerPlace(text: $0) }
    }

    /// Exchanges everything with the server, once.
    ///
    /// - Parameter progress: gets the outcome as it grows.
    /// - Returns: what came of it. Not to reach the server is no error: everything is kept, and sent later.
    /// - Throws: ``JournalError`` if the journal itself does not work; `heldBack` once where the server has less than who
    ///   let this device in, or the key that it recovered with, says there is.
    @discardableResult
    public func sync(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws -> SyncOutcome {
        if let joining = try await resumeJoin(progress: progress) { return joining }
        guard let place = try await serverPlace() else {
            return SyncOutcome()
        }
        let outcome = try await exchange(with: place, invitation: nil, isLive: false, progress: progress)
        if outcome.state == .inStep { try await comparePromised(server: place.name) }
        return outcome
    }

    /// Keeps in step with the server until the task is cancelled: what is written here goes there at once, and the
    /// other way round. Returns at once if this device is connected to no server.
    ///
    /// - Parameter progress: gets the outcome whenever something moved.
    public func run(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws {
        guard let place = try await serverPlace() else { return }
        _ = try await exchange(with: place, invitation: nil, isLive: true, progress: progress)
    }

    /// Connects this device to a server with an enrolment string, and sends it everything.
    ///
    /// On a device that is connected already: moves to that server; the one before keeps what it has.
    ///
    /// - Parameter name: what people call this device; as it was if `nil`.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`. Then it stays connected as it was.
    @discardableResult
    public func connect(
        _ typed: String, name: String? = nil, progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        let string = try ConnectString.read(typed)
        guard string.kind == .enrolment, let place = ServerPlace(string) else { throw JournalError.mistyped }
        let outcome = try await exchange(
            with: place, invitation: string.secret, isLive: false, progress: progress)
        switch outcome.state {
        case .inStep: break
        case .refused: throw JournalError.refused(outcome.refusal ?? "", place.endpoint.description)
        case .unsettled where outcome.alarms.contains(SyncAlarm(.unproved)):
            throw JournalError.unproved(place.endpoint.description)
        case .unsettled: break  // it is connected; what does not move is told with the outcome
        case .offline, .local: throw JournalError.noNetwork(place.endpoint.description)
        }
        try await moveTo(place)
        // What it comes to is no part of connecting: a name that does not get there now waits, as any edit does.
        if let name, try await nameDevice(name) { try await sync() }
        return outcome
    }

    /// From now on this device exchanges with this server.
    func moveTo(_ place: ServerPlace) async throws {
        try await change { try $0.set(Self.serverSetting, to: place.text) }
    }

    /// When both sides were last in step, as RFC 3339; `nil` if they never were.
    func lastSync() async throws -> String? {
        try await read { try $0.setting(Self.syncedSetting) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Forgets the server. Everything stays here, and what the server has stays there.
    public func disconnect() async throws {
        try await store.write { transaction in
            try transaction.set(Self.serverSetting, to: "")
            // What it held back it cannot hand out any more, and nobody will ask it.
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
            if heard.report == .notice(.inStep) {
                // In step is only who no longer holds what others forgot; if it fails now, the next does it.
                try? Self.finishScrubbing(store)
                if ledger.outcome(waiting: 0).missing == 0 { await stamp.mark() }
            }
            return goesOn
        }.run()
        var outcome = ledger.outcome(waiting: try await replica.waitingCount())
        let standing = try await replica.standing()
        if outcome.refusal == ErrorCode.cut.rawValue {
            outcome.settlement = "\(replica.space.description) \(standing.log.head.description)"
        }
        outcome.lacksNewestKey = standing.member != nil && !standing.opensNewest
        return outcome
    }

    /// Whether this device was removed from the journal: a record says so, not the server.
    func wasRemoved() async throws -> Bool {
        guard case .success(let access) = access else { return false }
        return try await read { reader in
            guard let space = try reader.space(named: access.name), let id = SpaceID(space.id) else { return false }
            return try ReplicaView(reader, access, of: id).isRemoved
        }
    }
}
