import Link
import NIOCore
import NIOEmbedded
import NIOTLS
import Synchronization
import Wire

/// A server's connection in virtual time; the test is the other side.
struct TimedPeer: Sendable {
    let channel: NIOAsyncTestingChannel
    let connection: LinkConnection
    let socket: StuckSocket.Held

    /// - Parameters:
    ///   - isSecured: whether the TLS handshake has ended already.
    ///   - isStuck: whether the socket accepts no bytes.
    init(_ limits: LinkLimits = LinkLimits(), isSecured: Bool = true, isStuck: Bool = false) async throws {
        let channel = NIOAsyncTestingChannel()
        let held = StuckSocket.Held()
        self.channel = channel
        socket = held
        connection = try await channel.testingEventLoop.executeInContext {
            if isStuck { try channel.pipeline.syncOperations.addHandler(StuckSocket(held)) }
            return try LinkConnection.overPlainChannel(channel, limits: limits)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 7420)).get()
        if isSecured {
            channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        }
        await settle()
    }

    func advance(_ seconds: Int64) async { await channel.testingEventLoop.advanceTime(by: .seconds(seconds)) }

    /// Runs all scheduled work of the event loop.
    func settle() async { await channel.testingEventLoop.run() }

    func write(_ text: String) async throws { try await channel.writeInbound(ByteBuffer(string: text)) }

    /// The text sent since the last call.
    func heard() async throws -> String {
        await settle()
        var text = ""
        while let buffer = try await channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    var isOpen: Bool { channel.isActive }
}

/// A socket whose buffer is full, for ever or until it is released.
final class StuckSocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The writes that it holds.
    final class Held: Sendable {
        private let bytes = Mutex(0)
        var byteCount: Int { bytes.withLock { $0 } }
        fileprivate func add(_ count: Int) { bytes.withLock { $0 += count } }
    }

    private let held: Held
    private var writes: [EventLoopPromise<Void>?] = []

    init(_ held: Held) { self.held = held }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        held.add(unwrapOutboundIn(data).readableBytes)
        writes.append(promise)
    }

    /// Completes the oldest write.
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is TakeOne else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        if !writes.isEmpty { writes.removeFirst()?.succeed(()) }
        promise?.succeed(())
    }

    func channelInactive(context: ChannelHandlerContext) { fail() }

    func handlerRemoved(context: ChannelHandlerContext) { fail() }

    private func fail() {
        for promise in writes { promise?.fail(ChannelError.ioOnClosedChannel) }
        writes = []
    }

    struct TakeOne: Sendable {}
}
