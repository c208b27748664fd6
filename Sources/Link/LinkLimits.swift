/// Limits of a connection, and of a server's connections. `Protocol/SPEC.md` lists those that a peer can meet.
///
/// Each limit can be lowered and not raised: it is clamped to its default.
package struct LinkLimits: Hashable, Sendable {
    /// Connections in total.
    package var connectionsMax: Int { didSet { connectionsMax = min(connectionsMax, Self.standard.connectionsMax) } }
    /// Connections from one address; the 2^64 addresses of one IPv6 network count as one.
    package var connectionsPerAddressMax: Int {
        didSet { connectionsPerAddressMax = min(connectionsPerAddressMax, Self.standard.connectionsPerAddressMax) }
    }
    /// Connections after the TLS handshake and before authentication; beyond it the oldest is dropped.
    package var unauthenticatedMax: Int {
        didSet { unauthenticatedMax = min(unauthenticatedMax, Self.standard.unauthenticatedMax) }
    }
    /// Concurrent TLS handshakes; beyond it the oldest is dropped.
    package var handshakesMax: Int { didSet { handshakesMax = min(handshakesMax, Self.standard.handshakesMax) } }
    /// From accepting a connection to the end of its TLS handshake.
    package var securingTime: Duration { didSet { securingTime = min(securingTime, Self.standard.securingTime) } }
    /// From the end of the handshake until the device is authenticated.
    package var authenticationTime: Duration {
        didSet { authenticationTime = min(authenticationTime, Self.standard.authenticationTime) }
    }
    /// From a line's first byte to its last; a line that still arrives at ``lineRateMin`` may take longer.
    package var lineTime: Duration { didSet { lineTime = min(lineTime, Self.standard.lineTime) } }
    /// How long the other side may accept none of the unsent bytes.
    package var stallTime: Duration { didSet { stallTime = min(stallTime, Self.standard.stallTime) } }
    /// How long a last message may take before the connection is closed without it.
    package var closingTime: Duration { didSet { closingTime = min(closingTime, Self.standard.closingTime) } }
    /// Bytes that may be unsent; a sender of more waits.
    package var outboundByteCountMax: Int {
        didSet { outboundByteCountMax = min(outboundByteCountMax, Self.standard.outboundByteCountMax) }
    }

    /// Bytes a second below which a line that takes longer than ``lineTime`` is refused.
    package static let lineRateMin = 1024
    /// Bytes of received messages at which the socket is no longer read, until half of them are taken.
    static let inboundByteCountMax = 256 * 1024
    /// Received messages at which the socket is no longer read, until half of them are taken.
    static let inboundMessagesMax = 256
    /// Bytes that are handed to TLS at once. One chunk in ``stallTime`` counts as progress, so the slowest reader is
    /// not slower than half of ``lineRateMin``.
    static let chunkByteCountMax = 32 * 1024
    /// Bytes that are read from a socket at once.
    static let readByteCountMax = 32 * 1024
    /// Connections that the system queues until they are accepted.
    static let backlogMax = 1024

    static let standard = LinkLimits()

    package init() {
        connectionsMax = 10_000
        connectionsPerAddressMax = 100
        unauthenticatedMax = 1_000
        handshakesMax = 200
        securingTime = .seconds(10)
        authenticationTime = .seconds(10)
        lineTime = .seconds(30)
        stallTime = .seconds(60)
        closingTime = .seconds(10)
        outboundByteCountMax = 4 * 1024 * 1024
    }
}
