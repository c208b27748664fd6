import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A TLS server that enforces the limits of its connections.
///
///     let server = try await LinkServer.bind(to: endpoint, identity: identity)
///     await server.run { connection in … }
package final class LinkServer: Sendable {
    /// The address that it listens at, with the port that the system chose.
    package let endpoint: Endpoint

    private let channel: any Channel
    private let gate: AdmissionGate
    private let arrivals: AsyncStream<UnsecuredConnection>

    private init(
        endpoint: Endpoint, channel: any Channel, gate: AdmissionGate, arrivals: AsyncStream<UnsecuredConnection>
    ) {
        self.endpoint = endpoint
        self.channel = channel
        self.gate = gate
        self.arrivals = arrivals
    }

    deinit { channel.close(promise: nil) }

    /// Starts to listen. Accepted connections are secured, and wait for ``run(_:)``.
    ///
    /// - Parameter starved: called at most once a minute with the error number when the system gives no more sockets.
    ///   New connections wait meanwhile.
    /// - Throws: ``LinkError/cannotListen(_:)``, or ``LinkError/damagedIdentity``.
    package static func bind(
        to endpoint: Endpoint, identity: ServerIdentity, limits: LinkLimits = LinkLimits(),
        starved: @escaping @Sendable (CInt) -> Void = { _ in }
    ) async throws(LinkError) -> LinkServer {
        let tls = try TLS.server(identity)
        let gate = AdmissionGate(limits: limits)
        let (arrivals, arrived) = AsyncStream.makeStream(of: UnsecuredConnection.self)
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: Int32(LinkLimits.backlogMax))
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        var quietUntil = NIODeadline.distantPast
                        // Without free file descriptors it waits a second before it accepts again.
                        let backoff = AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { error in
                            let now = NIODeadline.now()
                            if now >= quietUntil {
                                quietUntil = now + .minutes(1)
                                starved(error.errnoCode)
                            }
                            return .seconds(1)
                        }
                        try channel.pipeline.syncOperations.addHandler(backoff)
                    }
                }
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.recvAllocator, value: LinkChannel.readAllocator)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let arrival = try gate.open(channel, tls) { arrived.yield(arrival) }
                    }
                }
                .bind(host: endpoint.host, port: endpoint.port).get()
            channel.closeFuture.whenComplete { _ in arrived.finish() }
            guard let port = channel.localAddress?.port, let bound = Endpoint(host: endpoint.host, port: port) else {
                throw LinkError.cannotListen(.other)
            }
            return LinkServer(endpoint: bound, channel: channel, gate: gate, arrivals: arrivals)
        } catch {
            throw LinkError(listening: error)
        }
    }

    /// Serves until ``stop()``, or until the task is cancelled, and returns when all connections are closed.
    ///
    /// Call it once.
    ///
    /// - Parameter handle: serves one connection, which is closed when this returns. It is not told of ``stop()``;
    ///   cancelling the task of this method cancels it.
    package func run(_ handle: @escaping @Sendable (LinkConnection) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await arrival in arrivals {
                group.addTask {
                    // Ends when it is secured, timed out, or was refused.
                    let connection = arrival.connection(peerKeyHash: nil)
                    if (try? await arrival.secured.get()) != nil { await handle(connection) }
                    await connection.close()
                }
            }
            stop()
        }
    }

    /// Stops accepting, and closes connections that are not yet secured; connections that are served go on.
    package func stop() {
        channel.close(promise: nil)
        gate.closeUnsecured()
    }
}

/// Accepts connections according to ``Admission``.
private final class AdmissionGate: Sendable {
    private struct State {
        var admission: Admission
        var channels: [Admission.ID: any Channel] = [:]
    }

    private let limits: LinkLimits
    private let state: Mutex<State>

    init(limits: LinkLimits) {
        self.limits = limits
        state = Mutex(State(admission: Admission(limits: limits)))
    }

    /// Accepts a channel; called on its event loop.
    ///
    /// - Returns: `nil` for a connection that is closed at once.
    func open(_ channel: any Channel, _ tls: NIOSSLContext) throws -> UnsecuredConnection? {
        let verdict = state.withLock { state in
            let verdict = state.admission.arrived(from: RemoteAddress(channel.remoteAddress))
            if let id = verdict.id { state.channels[id] = channel }
            return verdict
        }
        guard let id = verdict.id else {
            channel.close(promise: nil)
            return nil
        }
        refuse(verdict.dropped)
        do {
            return try UnsecuredConnection(
                on: channel, TLS.serverHandler(tls),
                role: .server(isRefused: verdict.isRefused) { [self] report in noted(report, id) },
                limits: limits, securedBy: channel.eventLoop.now + TimeAmount(limits.securingTime))
        } catch {
            noted(.left, id)
            throw error
        }
    }

    func closeUnsecured() {
        let channels = state.withLock { state in state.admission.unsecured.compactMap { state.channels[$0] } }
        for channel in channels { channel.close(promise: nil) }
    }

    private func noted(_ report: LinkHandler.Report, _ id: Admission.ID) {
        let dropped: [Admission.ID] = state.withLock { state in
            switch report {
            case .secured: return state.admission.secured(id)
            case .authenticated: state.admission.authenticated(id)
            case .left:
                state.admission.left(id)
                state.channels[id] = nil
            }
            return []
        }
        refuse(dropped)
    }

    private func refuse(_ ids: [Admission.ID]) {
        guard !ids.isEmpty else { return }
        let channels = state.withLock { state in ids.compactMap { state.channels[$0] } }
        for channel in channels { channel.triggerUserOutboundEvent(LinkCommand.refuse, promise: nil) }
    }
}

extension Admission.Verdict {
    fileprivate var id: Admission.ID? {
        switch self {
        case .admitted(let id, _), .refused(let id, _): id
        case .turnedAway: nil
        }
    }

    fileprivate var dropped: [Admission.ID] {
        switch self {
        case .admitted(_, let dropped), .refused(_, let dropped): dropped
        case .turnedAway: []
        }
    }

    fileprivate var isRefused: Bool {
        if case .refused = self { true } else { false }
    }
}

extension LinkError {
    fileprivate init(listening error: any Error) {
        switch (error, (error as? IOError)?.errnoCode) {
        case (let error as LinkError, _): self = error
        case (_, EADDRINUSE): self = .cannotListen(.inUse)
        case (_, EACCES), (_, EPERM): self = .cannotListen(.forbidden)
        case (_, EADDRNOTAVAIL): self = .cannotListen(.notHere)
        case (is SocketAddressError.UnknownHost, _): self = .cannotListen(.notHere)
        default: self = .cannotListen(.other)
        }
    }
}
