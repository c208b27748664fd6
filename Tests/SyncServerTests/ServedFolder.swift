import Causality
import Link
import Membership
import SyncServer
import SyncServerSQLite
import TestSupport
import Testing
import Wire

extension DataFolder {
    /// The folder of a daemon whose store is in SQLite.
    init(path: String) { self.init(path: path, engine: SQLiteEngine.self) }
}

/// A daemon on the loopback, in its own folder, that serves during a test's body.
struct ServedFolder: Sendable {
    /// Its address, and the hash of its key.
    let endpoint: Endpoint
    let pin: Pin
    /// The secret of an enrolment string.
    let invitation: [UInt8]

    static func serving(
        _ limits: ServingLimits = ServingLimits(), while body: (ServedFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let data = DataFolder(path: folder.path)
        let daemon = try await SyncDaemon.start(
            in: data, listen: try #require(Endpoint("127.0.0.1:0")), advertise: nil, limits: limits
        ) { _ in }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            defer { daemon.stop() }
            let text = try await AdminClient.perform(.enroll(seconds: 60), in: data)
            let string = try ConnectString(typed: text, Hash256.sha256)
            let pin = try #require(Pin(string.pin))
            try await body(ServedFolder(endpoint: daemon.endpoint, pin: pin, invitation: string.secret))
        }
    }

    /// A connection of a device that does not use the client's code.
    func caller() async throws -> Caller {
        Caller(connection: try await LinkClient.connect(to: endpoint, pin: pin, timeout: .seconds(10)))
    }
}

/// One connection to a daemon, with helpers for its messages.
struct Caller: Sendable {
    let connection: LinkConnection

    /// Sends `hello` and `auth`.
    ///
    /// - Parameter signer: the signing keys, if not the device's own.
    /// - Returns: the answer; that may be an error to the `hello` before.
    func introduces(
        _ author: StoreAuthor, invitation: [UInt8]? = nil, signer: StoreAuthor? = nil
    ) async throws -> Message? {
        let nonce = try #require(Nonce([UInt8](repeating: 1, count: Nonce.byteCount)))
        try await connection.send(.hello(versions: .ours, nonce: nonce))
        let first = try await hears()
        guard case .challenge(_, let theirs) = first else { return first }
        let keyHash = try #require(connection.peerKeyHash)
        let transcript = Transcript(version: 1, client: nonce, server: theirs, keyHash: keyHash.bytes)
        try await connection.send(
            .auth(author.authentication(transcript, invitation: invitation, signer: signer?.keys)))
        return try await hears()
    }

    /// The next message; `nil` at the end.
    func hears() async throws -> Message? { try await connection.receive()?.message }

    func asks(_ message: Message) async throws -> Message? {
        try await connection.send(message)
        return try await hears()
    }

    func ends() async { await connection.close(after: .bye) }
}
