import NIOCore
package import Wire

/// A TLS connection that sends and receives messages.
///
/// It is closed when its last reference is gone; ``close(after:)`` waits until it is.
package final class LinkConnection: Sendable {
    /// On a client: the hash of the server's key, whose pin was checked. `nil` on a server.
    package let peerKeyHash: KeyHash?
    /// The address of the other side, for limits.
    package let remoteAddress: RemoteAddress?

    private let channel: any Channel
    private let mailbox: Mailbox

    init(channel: any Channel, mailbox: Mailbox, peerKeyHash: KeyHash?) {
        self.channel = channel
        self.mailbox = mailbox
        self.peerKeyHash = peerKeyHash
        remoteAddress = RemoteAddress(channel.remoteAddress)
    }

    deinit { channel.close(promise: nil) }

    /// The messages of the other side.
    package var messages: ReceivedMessages { ReceivedMessages(connection: self) }

    /// The next message; `nil` at the end, or if the task is cancelled.
    ///
    /// - Throws: ``LinkError/broken(_:)`` if the other side violated the protocol, ``LinkError/closed`` if the
    ///   connection is lost.
    package func receive() async throws(LinkError) -> ReceivedMessage? {
        while !Task.isCancelled {
            switch try receiveArrived() {
            case .message(let message): return message
            case .end: return nil
            case .nothing: await mailbox.waitForMessage()
            }
        }
        return nil
    }

    /// What has arrived: the next message, or the end of the input.
    package enum Arrived: Sendable {
        case message(ReceivedMessage)
        case nothing
        case end
    }

    /// As ``receive()``, without waiting.
    package func receiveArrived() throws(LinkError) -> Arrived {
        switch mailbox.next() {
        case .message(let message, let resumesReading):
            if resumesReading { notify(.resumeReading) }
            return .message(message)
        case .nothing: return .nothing
        case .ended(let error):
            if let error { throw error }
            return .end
        }
    }

    /// Waits until a message has arrived. Returns `false` at the end of the input, or if the task is cancelled.
    package func hasArrived() async -> Bool {
        while !Task.isCancelled {
            // Any change of the mailbox ends the wait.
            if let isMessage = mailbox.nextIsMessage { return isMessage }
            await mailbox.waitForMessage()
        }
        return false
    }

    /// Sends a message; suspends first while ``LinkLimits/outboundByteCountMax`` bytes are unsent.
    ///
    /// It returns before the other side has the message. Messages of one task keep their order.
    ///
    /// - Throws: ``LinkError/closed`` if the connection is closed, or the task is cancelled while it waits.
    package func send(_ message: Message) async throws(LinkError) {
        let bytes = MessageWriter.bytes(of: message)
        while true {
            switch mailbox.add(bytes) {
            case .added(let wakesChannel):
                if wakesChannel { notify(.flush) }
                return
            case .full:
                if Task.isCancelled { throw .closed }
                await mailbox.waitForRoom(byteCount: bytes.count)
            case .ended(let error): throw error
            }
        }
    }

    /// Marks the other side as authenticated: long lines are allowed, and the time for authentication ends.
    ///
    /// Call it before the message that lets the other side begin. It has no effect on a client, where the pin has
    /// authenticated the server.
    package func authenticated() { notify(.authenticated) }

    /// Lets the other side stay unauthenticated for `time`; then it is told `timeout` and closed.
    ///
    /// It still counts towards ``LinkLimits/unauthenticatedMax``, and its lines stay short. It has no effect on a
    /// client.
    package func unauthenticated(for time: Duration) { notify(.unauthenticated(for: time)) }

    /// Sends a last message, if that succeeds within ``LinkLimits/closingTime``, and closes the connection.
    ///
    /// Returns when the connection is closed; may be called again. Messages that were not received are lost.
    package func close(after last: Message? = nil) async {
        mailbox.endSending(after: last.map(MessageWriter.bytes(of:)))
        mailbox.endReceiving(nil)
        notify(.close)
        try? await channel.closeFuture.get()
    }

    private func notify(_ command: LinkCommand) { channel.triggerUserOutboundEvent(command, promise: nil) }
}

/// Commands of a ``LinkConnection`` to its ``LinkHandler``, in the order of the calls.
enum LinkCommand: Hashable {
    case flush
    case resumeReading
    case authenticated
    case unauthenticated(for: Duration)
    case close
    /// Tells the other side `busy`, and closes.
    case refuse
}

/// Socket options of both client and server.
enum LinkChannel {
    /// Small for idle connections, since each keeps its last read buffer.
    static let readAllocator = AdaptiveRecvByteBufferAllocator(
        minimum: 1024, initial: 2048, maximum: LinkLimits.readByteCountMax)
}

/// The messages of one connection in order, each with its bytes on the wire.
///
/// A slow consumer stops the socket: at most some hundred kilobytes wait. The sequence ends when the other side ends
/// or the task is cancelled, and throws when the other side violated the protocol. Two loops over it share the
/// messages; a later loop continues where an earlier one stopped.
package struct ReceivedMessages: AsyncSequence, Sendable {
    package typealias Element = ReceivedMessage
    package typealias Failure = LinkError

    let connection: LinkConnection

    package struct AsyncIterator: AsyncIteratorProtocol {
        let connection: LinkConnection

        package func next() async throws(LinkError) -> ReceivedMessage? { try await connection.receive() }

        package func next(isolation: isolated (any Actor)?) async throws(LinkError) -> ReceivedMessage? {
            try await connection.receive()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: connection) }
}
