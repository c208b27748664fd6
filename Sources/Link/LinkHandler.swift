import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Wire

/// The channel handler between TLS and a ``Mailbox``: it decodes and encodes messages, and enforces the limits.
///
/// Time and room are decided by ``ConnectionDeadlines``, `Inbox` and `Outbox`.
final class LinkHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Which end of the connection this is.
    enum Role {
        /// A client. The handshake has authenticated the server.
        case client(PinCheck)
        /// - Parameters:
        ///   - isRefused: whether the connection is only secured to be told that the server is busy.
        case server(isRefused: Bool, report: @Sendable (Report) -> Void)
    }

    /// Events that a server's admission needs.
    enum Report: Hashable {
        case secured
        case authenticated
        case left
    }

    private let role: Role
    private let mailbox: Mailbox
    private let secured: EventLoopPromise<Void>
    private var reader: MessageReader
    private var deadlines: ConnectionDeadlines
    private var alarm: (task: Scheduled<Void>, at: NIODeadline)?
    private var isSecured = false
    private var isClosing = false
    /// The error to report when the channel is closed.
    private var failure: LinkError?
    /// Whether the socket is not read because the inbox is full; and whether a read was requested meanwhile.
    private var isPaused = false
    private var owesRead = false

    /// - Parameters:
    ///   - secured: completed when the TLS handshake succeeds or fails.
    ///   - deadline: the deadline of the handshake.
    init(
        role: Role, mailbox: Mailbox, limits: LinkLimits, secured: EventLoopPromise<Void>,
        securedBy deadline: NIODeadline
    ) {
        self.role = role
        self.mailbox = mailbox
        self.secured = secured
        deadlines = ConnectionDeadlines(limits: limits, secured: deadline)
        let lineLengthMax =
            switch role {
            case .client: WireLimits.lineLengthMax
            case .server: WireLimits.lineLengthMaxBeforeAuth
            }
        reader = MessageReader(lineLengthMax: lineLengthMax, hash: sha256)
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) { setAlarm(context) }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { handshakeCompleted(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown:
            // A message is a whole line, so an end without TLS's close_notify cannot truncate one.
            break
        case NIOSSLError.handshakeFailed(.sslError(let stack)) where stack == [.eofDuringHandshake]:
            failure = failure ?? .closed
        case NIOSSLError.handshakeFailed:
            failure = failure ?? (isWrongPin ? .wrongPin : .notBetween)
        default:
            failure = failure ?? .closed
        }
        context.close(promise: nil)
    }

    private func handshakeCompleted(_ context: ChannelHandlerContext) {
        guard !isSecured else { return }
        isSecured = true
        switch role {
        case .client: deadlines.secured(isKnown: true, at: context.eventLoop.now)
        case .server(let isRefused, let report):
            deadlines.secured(isKnown: false, at: context.eventLoop.now)
            report(.secured)
            if isRefused {
                refuse(.busy, context)
                return
            }
        }
        secured.succeed(())
        setAlarm(context)
    }

    private func finish() {
        alarm?.task.cancel()
        alarm = nil
        mailbox.lost(failure)
        secured.fail(failure ?? .closed)
        if case .server(_, let report) = role { report(.left) }
    }

    private var isWrongPin: Bool {
        if case .client(let check) = role { check.isWrong } else { false }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let afterLastEnd = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes.count - $0 - 1 }
        deadlines.received(byteCount: bytes.count, lastLineByteCount: afterLastEnd, at: context.eventLoop.now)
        do throws(WireDefect) {
            if !mailbox.received(try reader.read(bytes)) {
                isPaused = true
                deadlines.paused()
            }
            setAlarm(context)
        } catch {
            refuse(error.code, context)
        }
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { owesRead = true } else { context.read() }
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        guard isPaused else { return }
        isPaused = false
        deadlines.resumed(at: context.eventLoop.now)
        setAlarm(context)
        if owesRead {
            owesRead = false
            context.read()
        }
    }

    // MARK: Out

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let command = event as? LinkCommand else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        switch command {
        case .flush: flushMailbox(context)
        case .resumeReading: resumeReading(context)
        case .authenticated:
            reader.lineLengthMax = WireLimits.lineLengthMax
            deadlines.authenticated()
            if case .server(_, let report) = role { report(.authenticated) }
            setAlarm(context)
        case .unauthenticated(let time):
            deadlines.unauthenticated(for: time, at: context.eventLoop.now)
            setAlarm(context)
        case .close: beginClosing(context)
        case .refuse: refuse(.busy, context)
        }
        promise?.succeed(())
    }

    private func flushMailbox(_ context: ChannelHandlerContext) {
        let messages = mailbox.takeOutbound()
        guard !messages.isEmpty else { return }
        deadlines.sending(at: context.eventLoop.now)
        setAlarm(context)
        var buffer = ByteBuffer()
        for message in messages {
            var rest = message[...]
            while !rest.isEmpty {
                let part = rest.prefix(LinkLimits.chunkByteCountMax - buffer.readableBytes)
                buffer.writeBytes(part)
                rest = rest.dropFirst(part.count)
                if buffer.readableBytes == LinkLimits.chunkByteCountMax { write(&buffer, context) }
            }
        }
        if buffer.readableBytes > 0 { write(&buffer, context) }
    }

    /// Flushes each chunk by itself: TLS completes the promises of whole flushes only, and that measures progress.
    private func write(_ buffer: inout ByteBuffer, _ context: ChannelHandlerContext) {
        let byteCount = buffer.readableBytes
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolated().whenComplete { _ in
            self.mailbox.sent(byteCount: byteCount)
            let isAllSent = self.mailbox.isAllSent
            self.deadlines.sent(all: isAllSent, at: context.eventLoop.now)
            if isAllSent && self.isClosing { context.close(promise: nil) } else { self.setAlarm(context) }
        }
        buffer = ByteBuffer()
    }

    // MARK: The end

    /// Tells the other side the error code, if it is secured, and closes.
    private func refuse(_ code: ErrorCode, _ context: ChannelHandlerContext) {
        failure = failure ?? .broken(code)
        mailbox.endSending(after: isSecured ? MessageWriter.bytes(of: .error(WireError(code))) : nil)
        // After the error is queued: the receiver of this failure closes at once, and then nothing more is queued.
        mailbox.endReceiving(failure)
        beginClosing(context)
    }

    /// Sends what is queued. Further input is read but dropped, since it includes TLS's close_notify.
    private func beginClosing(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        deadlines.closing(at: context.eventLoop.now)
        flushMailbox(context)
        resumeReading(context)
        if !isSecured || mailbox.isAllSent { context.close(promise: nil) } else { setAlarm(context) }
    }

    /// Schedules one timer a connection, and none if there is no deadline.
    private func setAlarm(_ context: ChannelHandlerContext) {
        guard context.channel.isActive || !isSecured else { return }
        let next = deadlines.next
        if let alarm {
            // Keeps an earlier alarm, which looks again when it fires; this saves a timer for each message.
            if let next, alarm.at <= next { return }
            alarm.task.cancel()
        }
        alarm = next.map { at in
            (
                context.eventLoop.assumeIsolated().scheduleTask(deadline: at) {
                    self.alarm = nil
                    self.alarmRang(context)
                }, at
            )
        }
    }

    private func alarmRang(_ context: ChannelHandlerContext) {
        switch deadlines.breach(at: context.eventLoop.now) {
        case nil: setAlarm(context)
        case .securing:
            failure = failure ?? .timedOut
            context.close(promise: nil)
        case .authentication, .line: refuse(.timeout, context)
        case .stall, .closing:
            failure = failure ?? .closed
            context.close(promise: nil)
        }
    }
}
