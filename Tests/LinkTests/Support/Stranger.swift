import Link
import NIOCore
import NIOPosix
import NIOSSL

/// A foreign peer: plain TCP, or TLS without a pin, and raw bytes.
final class Stranger: Sendable {
    private enum Ending {
        /// The end of the stream, without TLS's close_notify.
        case finish
        /// A TCP reset.
        case reset
    }

    let channel: any Channel
    private let received: AsyncStream<[UInt8]>

    private init(channel: any Channel, received: AsyncStream<[UInt8]>) {
        self.channel = channel
        self.received = received
    }

    deinit { channel.close(promise: nil) }

    /// - Parameters:
    ///   - source: the local address.
    ///   - tls: the TLS version; `nil` for none.
    static func connect(
        to endpoint: Endpoint, from source: String? = nil, tls: TLSVersion? = nil
    ) async throws -> Stranger {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let (received, arrived) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await bootstrap.connect(host: endpoint.host, port: endpoint.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Ender())
                if let tls {
                    var configuration = TLSConfiguration.makeClientConfiguration()
                    configuration.minimumTLSVersion = tls
                    configuration.maximumTLSVersion = tls
                    configuration.certificateVerification = .none
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: nil))
                }
                try channel.pipeline.syncOperations.addHandler(Collector(arrived: arrived))
                return channel
            }
        }
        return Stranger(channel: channel, received: received)
    }

    func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }

    /// Ends its output with TLS's close_notify, and keeps reading.
    func halfClose() { channel.close(mode: .output, promise: nil) }

    /// Ends its output like a killed program.
    func finish() { channel.triggerUserOutboundEvent(Ending.finish, promise: nil) }

    func reset() { channel.triggerUserOutboundEvent(Ending.reset, promise: nil) }

    /// Everything received until the other side closed.
    func heardUntilClosed() async -> String {
        var bytes: [UInt8] = []
        for await part in received { bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The next received text.
    func heardNext() async -> String? {
        for await part in received { return String(decoding: part, as: UTF8.self) }
        return nil
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let arrived: AsyncStream<[UInt8]>.Continuation

        init(arrived: AsyncStream<[UInt8]>.Continuation) { self.arrived = arrived }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            arrived.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { arrived.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// `struct linger`.
    private struct Linger: Sendable {
        let isOn: Int32
        let seconds: Int32
    }

    /// Below TLS, which would send close_notify.
    private final class Ender: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
            switch event as? Ending {
            case .finish: context.close(mode: .output, promise: promise)
            case .reset:
                // A linger time of zero sends a reset.
                (context.channel as? any SocketOptionProvider)?
                    .unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger(isOn: 1, seconds: 0))
                    .assumeIsolated().whenComplete { _ in context.close(promise: promise) }
            case nil: context.triggerUserOutboundEvent(event, promise: promise)
            }
        }
    }
}
