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
            switch mailbox.next() {
            case .message(let message, let resumesReading):
                if resumesReading { tell(.resumeReading) }
                return message
            case .ended(let error):
                if let error { throw error }
                return nil
            case .nothing: await mailbox.waitForMessage()
            }
        }
        return nil
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
                if wakesChannel { tell(.flush) }
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
    package func authenticated() { tell(.authenticated) }

    /// Lets the other side stay unauthenticated for `time`; then it is told `timeout` and closed.
    ///
    /// It still counts towards ``LinkLimits/unauthenticatedMax``, and its lines stay short. It has no effect on a
    /// client.
    package func visiting(for time: Duration) { tell(.visiting(for: time)) }

    /// Sends a last message, if that succeeds within ``LinkLimits/closingTime``, and closes the connection.
    ///
    /// Returns when the connection is closed; may be called again. Messages that were not received are lost.
    package func close(after last: Message? = nil) async {
        mailbox.endSending(after: last.map(MessageWriter.bytes(of:)))
        mailbox.endReceiving(nil)
        tell(.close)
        try? await channel.closeFuture.get()
    }

    private func tell(_ command: LinkCommand) { channel.triggerUserOutboundEvent(command, promise: nil) }
}

/// Commands of a ``LinkConnection`` to its ``LinkHandler``, in the order of the calls.
enum LinkCommand: Hashable {
    case flush
    case resumeReading
    case authenticated
    case visiting(for: Duration)
    case close
    /// Tells the other side `busy`, and closes.
    case refuse
}
