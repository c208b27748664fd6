import SyncClient
import Causality
import Link
import Membership
import Records
import ReplicaStore
import Wire

extension JournalSpace {
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
        /// Earlier alarms that this exchange ended; see ``JournalSpace/alarms()``.
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

    /// `HOST:PORT` of the space's server; `nil` if none is configured.
    public func server() async throws -> String? { try await serverPlace()?.endpoint.description }

    func serverPlace() async throws -> ServerPlace? {
        try await setting(Self.serverSetting).flatMap { ServerPlace(text: $0) }
    }

    /// Exchanges everything with the server, once.
    ///
    /// - Parameter progress: called with the outcome as it grows.
    /// - Returns: the outcome. An unreachable server is no error: everything is kept, and sent later.
    /// - Throws: ``JournalError`` if the journal itself fails; `heldBack` as long as the server has less than was
    ///   announced by the member who admitted this device, or by the key that it recovered with.
    @discardableResult
    public func sync(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws -> SyncOutcome {
        try await home.sync([self]) { progress($1) }[name] ?? SyncOutcome()
    }

    /// Keeps the space up to date with its server until the task is cancelled: changes are sent and received at
    /// once. Returns immediately if no server is configured.
    ///
    /// - Parameter progress: called with the outcome whenever something moved.
    public func run(progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }) async throws {
        try await home.run([self]) { progress($1) }
    }

    /// Connects the space to a server with an enrolment string, and sends it everything.
    ///
    /// A space that is connected already moves to that server; the old one keeps what it has.
    ///
    /// - Parameter name: the name of this device; unchanged if `nil`.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`. Then the old connection stays configured.
    @discardableResult
    public func connect(
        _ typed: String, name: String? = nil, progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        let string = try ConnectString.read(typed)
        guard string.kind == .enrolment, let place = ServerPlace(string) else { throw JournalError.mistyped }
        let exchange = try await ServerExchange([self], with: place, isLive: false) { progress($1) }
        let outcome = try await exchange.run(invitation: string.secret)[self.name] ?? SyncOutcome()
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

    /// Configures the server of the space.
    func moveTo(_ place: ServerPlace) async throws {
        try await change { try $0.set(Self.serverSetting, to: place.text, of: $1) }
    }

    /// When both sides were last up to date, as RFC 3339; `nil` if never.
    func lastSync() async throws -> String? { try await setting(Self.syncedSetting) }

    /// Removes the server's configuration. Local data stays here, and the server's copy stays there.
    public func disconnect() async throws {
        try await change { transaction, space in
            for name in [Self.serverSetting, Journal.promisedSetting] { try transaction.set(name, to: nil, of: space) }
            // Edits that it withholds can no longer be requested from it.
            try transaction.dropAlarms(of: space) { SyncAlarm($0)?.isHistory != true }
        }
    }

    /// Whether a record, rather than the server's word, removes this device from the journal.
    func wasRemoved() async throws -> Bool {
        guard case .success(let access) = access else { return false }
        return try await read { reader, space in
            guard let id = SpaceID(space.id) else { return false }
            return try ReplicaSnapshot(reader, access, of: id).isRemoved
        }
    }
}
