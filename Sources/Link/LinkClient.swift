import NIOCore
import NIOPosix

/// Opens connections to servers whose key is pinned.
package enum LinkClient {
    /// Connects to a server, and checks its key before sending anything.
    ///
    /// - Parameters:
    ///   - pin: the expected prefix of the server's key hash.
    ///   - timeout: for all of it: name resolution, connection and TLS handshake.
    /// - Throws: ``LinkError/unreachable(_:)``, ``LinkError/timedOut``, ``LinkError/wrongPin``,
    ///   ``LinkError/notBetween`` if the other side does not speak TLS 1.3, and ``LinkError/closed`` if the server
    ///   closes the connection or the task is cancelled.
    package static func connect(
        to endpoint: Endpoint, pin: Pin, timeout: Duration, limits: LinkLimits = LinkLimits()
    ) async throws(LinkError) -> LinkConnection {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let (attempt, check) = try await reach(endpoint, pin: pin, deadline: deadline, timeout: timeout, limits: limits)
        do {
            try await withTaskCancellationHandler {
                try await attempt.secured.get()
            } onCancel: {
                attempt.channel.close(promise: nil)
            }
        } catch {
            throw error as? LinkError ?? .closed
        }
        return attempt.connection(peerKeyHash: check.keyHash)
    }

    package static func connect(
        host: String, port: Int, pin: Pin, timeout: Duration, limits: LinkLimits = LinkLimits()
    ) async throws(LinkError) -> LinkConnection {
        guard let endpoint = Endpoint(host: host, port: port) else { throw .unreachable(.unresolved) }
        return try await connect(to: endpoint, pin: pin, timeout: timeout, limits: limits)
    }

    private static func reach(
        _ endpoint: Endpoint, pin: Pin, deadline: NIODeadline, timeout: Duration, limits: LinkLimits
    ) async throws(LinkError) -> (UnsecuredConnection, PinCheck) {
        do {
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.recvAllocator, value: LinkChannel.readAllocator)
                .channelOption(.maxMessagesPerRead, value: 1)
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let check = PinCheck(pin)
                        let connection = try UnsecuredConnection(
                            on: channel, TLS.clientHandler(check), role: .client(check), limits: limits,
                            securedBy: deadline)
                        return (connection, check)
                    }
                }
        } catch {
            // On a timeout NIO sometimes reports only that the channel was closed.
            throw NIODeadline.now() >= deadline ? .timedOut : LinkError(connecting: error)
        }
    }
}

extension LinkError {
    /// Maps a connection failure to an error.
    fileprivate init(connecting error: any Error) {
        switch error {
        case let error as LinkError: self = error
        case ChannelError.connectTimeout: self = .timedOut
        case let error as NIOConnectionError:
            let failures = error.connectionErrors.map { LinkError(connecting: $0.error) }
            // A name without an address has no failures; among several, a refused connection is the most specific.
            self =
                failures.isEmpty
                ? .unreachable(.unresolved)
                : failures.first { $0 == .unreachable(.refused) } ?? failures.first { $0 == .timedOut } ?? failures[0]
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self = .unreachable(.refused)
            case ETIMEDOUT: self = .timedOut
            case ECONNRESET: self = .closed
            default: self = .unreachable(.noRoute)
            }
        default: self = .unreachable(.noRoute)
        }
    }
}
