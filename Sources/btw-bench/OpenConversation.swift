import Between
import Causality
import Foundation
import Link
import Membership
import Sealing
import Wire

/// A connection on which a device repeatedly asks for news, without a sync loop.
struct OpenConversation {
    private let connection: LinkConnection
    private let replica: JournalReplica

    /// Connects to the server of a home, and authenticates the device.
    init(_ journal: Journal, home: String, to server: ConnectString) async throws {
        replica = try JournalReplica(journal)
        let device = try DeviceKeys(decoding: Array(Data(contentsOf: URL(filePath: home + "/keys"))))
        (connection, _) = try await Self.introduce(device, to: server)
    }

    /// Connects, authenticates the device, and receives its list of spaces.
    static func introduce(
        _ device: DeviceKeys, to server: ConnectString
    ) async throws -> (LinkConnection, spaces: [SpaceID]) {
        guard let endpoint = Endpoint(server.address), let pin = Pin(server.pin) else { throw Self.unexpected }
        let connection = try await LinkClient.connect(to: endpoint, pin: pin, timeout: .seconds(10))
        func next() async throws -> Message? { try await connection.receive()?.message }
        guard let keyHash = connection.peerKeyHash,
            let nonce = Nonce((0..<Nonce.byteCount).map { _ in UInt8.random(in: 0...255) })
        else { throw Self.unexpected }
        try await connection.send(.hello(versions: .ours, nonce: nonce))
        guard case .challenge(_, let theirs) = try await next(),
            let version = VersionRange.ours.greatestCommon(with: .ours)
        else { throw Self.unexpected }
        let statement = SignedStatement.authentication(
            version: version, clientNonce: nonce.bytes, serverNonce: theirs.bytes, device: device.identity.id,
            serverKeyHash: keyHash.bytes)
        guard
            let proof = Authentication(
                signingKey: device.identity.signingKey, agreementKey: device.identity.agreementKey,
                signature: device.signature(of: statement))
        else { throw Self.unexpected }
        try await connection.send(.auth(proof))
        guard case .welcome(let spaces) = try await next() else { throw Self.unexpected }
        return (connection, spaces)
    }

    /// Compares logs, then clocks.
    func compare() async throws {
        guard case .logEnd(let end) = try await replica.answer(.logEnd) else { throw Self.unexpected }
        try await connection.send(.log(replica.space, end))
        guard case .log(_, let theirs) = try await next(),
            case .relation(.equal) = try await replica.answer(.relation(theirs)),
            case .frontier(let ours) = try await replica.answer(.frontier)
        else { throw Self.unexpected }
        try await connection.send(.open(replica.space, clock: ours))
        guard case .opened(_, let clock, _, _) = try await next(),
            case .compared = try await replica.answer(.compare(clock)), clock == ours
        else { throw Self.unexpected }
    }

    func end() async { await connection.close(after: .bye) }

    private func next() async throws -> Message? { try await connection.receive()?.message }

    private static let unexpected = BenchError(description: "The server answered other than it was to.")
}
