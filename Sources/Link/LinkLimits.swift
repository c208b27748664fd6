/// What a connection, and a server with many, may cost. `Protocol/SPEC.md` has those that a peer can meet as rows.
///
/// Each can be set lower than it is at first, and none higher: what is set is
/// clamped to what stands here.
package struct LinkLimits: Hashable, Sendable {
    /// Connections of all devices.
    package var connectionsMax: Int { didSet { connectionsMax = min(connectionsMax, Self.standard.connectionsMax) } }
    /// Connections from one address; the 2^64 addresses of one IPv6 network count as one.
    package var connectionsPerAddressMax: Int {
        didSet { connectionsPerAddressMax = min(connectionsPerAddressMax, Self.standard.connectionsPerAddressMax) }
    }
    /// Connections that are secured and not yet a known device's; beyond it the oldest is dropped.
    package var unauthenticatedMax: Int {
        didSet { unauthenticatedMax = min(unauthenticatedMax, Self.standard.unauthenticatedMax) }
    }
    /// TLS handshakes at one time; beyond it the oldest is dropped.
    package var handshakesMax: Int { didSet { handshakesMax = min(handshakesMax, Self.standard.handshakesMax) } }
    /// From accepting a connection to the end of its TLS handshake.
    package var securingTime: Duration { didSet { securingTime = min(securingTime, Self.standard.securingTime) } }
    /// From there until the device is known.
    package var authenticationTime: Duration {
        didSet { authenticationTime = min(authenticationTime, Self.standard.authenticationTime) }
    }
    /// From a line's first byte to its last; a line that is still coming at ``lineRateMin`` may go on.
    package var lineTime: Duration { didSet { lineTime = min(lineTime, Self.standard.lineTime) } }
    /// How long nothing of what is to be sent may be taken by the other side.
    package var stallTime: Duration { didSet { stallTime = min(stallTime, Self.standard.stallTime) } }
    /// How long a last message may take before the connection is closed without it.
    package var closingTime: Duration { didSet { closingTime = min(closingTime, Self.standard.closingTime) } }
    /// Bytes that wait to be sent; whoever sends more waits.
    package var outboundByteCountMax: Int {
        didSet { outboundByteCountMax = min(outboundByteCountMax, Self.standard.outboundByteCountMax) }
    }

    /// Bytes a second below which a line that takes longer than ``lineTime`` is given up.
    package static let lineRateMin = 1024
    /// Bytes of received messages at which the socket is no longer read, until half of them are taken.
    static let inboundByteCountMax = 256 * 1024
    /// Messages at which the socket is no longer read, until half of them are taken.
    static let inboundMessagesMax = 256
    /// Bytes that are handed to TLS at once. One of them in ``stallTime`` is progress, so this is no slower than
    /// ``lineRateMin``.
    static let chunkByteCountMax = 32 * 1024
    /// Bytes that are read from a socket at once.
    static let readByteCountMax = 32 * 1024
    /// Connections that the system holds until they are accepted.
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
