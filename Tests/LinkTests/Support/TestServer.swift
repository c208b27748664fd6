import Link
import Synchronization
import Testing
import Wire

/// A server that runs during a test's body, and counts the connections that it served.
struct TestServer: Sendable {
    let server: LinkServer
    let identity: ServerIdentity
    let served: Tally

    var endpoint: Endpoint { server.endpoint }

    func client(_ limits: LinkLimits = LinkLimits()) async throws(LinkError) -> LinkConnection {
        try await LinkClient.connect(to: endpoint, pin: identity.pin, timeout: .seconds(10), limits: limits)
    }

    /// Serves with `handle` while the body runs, then stops and waits until all connections ended.
    static func serving(
        at host: String = "127.0.0.1", limits: LinkLimits = LinkLimits(),
        handle: @escaping @Sendable (LinkConnection) async -> Void,
        while body: (TestServer) async throws -> Void
    ) async throws {
        let identity = try ServerIdentity.make()
        let endpoint = try #require(Endpoint(host: host, port: 0))
        let server = try await LinkServer.bind(to: endpoint, identity: identity, limits: limits)
        let served = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await server.run { connection in
                    served.count()
                    await handle(connection)
                }
            }
            defer { server.stop() }
            try await body(TestServer(server: server, identity: identity, served: served))
        }
    }

    /// Echoes each message until the other side ends.
    @Sendable static func echo(_ connection: LinkConnection) async {
        connection.authenticated()
        do {
            for try await received in connection.messages {
                if let message = received.message { try await connection.send(message) }
            }
        } catch {
            // The client's test reports the failure.
        }
    }

    /// Waits until the echoing server accepts long lines.
    func isKnown(_ client: LinkConnection) async throws {
        try await client.send(.ping)
        #expect(try await client.receive()?.message == .ping)
    }

    /// Reads until the other side ends, without an answer; the device stays unauthenticated.
    @Sendable static func listen(_ connection: LinkConnection) async {
        while (try? await connection.receive()) != nil {}
    }
}

/// A counter that can be awaited.
final class Tally: Sendable {
    private let state = Mutex<(count: Int, waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)])>(
        (0, []))

    var value: Int { state.withLock { $0.count } }

    func count() {
        let ready = state.withLock { state in
            state.count += 1
            let ready = state.waiting.filter { $0.count <= state.count }
            state.waiting.removeAll { $0.count <= state.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    func reaches(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.count < count { state.waiting.append((count, continuation)) }
                return state.count >= count
            }
            if isReady { continuation.resume() }
        }
    }
}
