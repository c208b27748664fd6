import NIOCore
package import Wire

/// One secured connection: messages in, messages out, and an end.
///
/// It is closed at the latest when the last reference to it is gone; ``close(after:)``
/// is the way to know that it is.
package final class LinkConnection: Sendable {
    /// On a client: the hash of the key that the server proved to have; its pin was checked. `nil` on a server.
    package let peerKeyHash: KeyHash?
    /// Who is at the other end, for limits.
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

    /// What the other side says.
    package var messages: ReceivedMessages { ReceivedMessages(connection: self) }

    /// The next message; `nil` at the end, or if the task is cancelled.
    ///
    /// - Throws: ``LinkError/broken(_:)`` if the other side broke a rule, ``LinkError/closed`` if the connection is lost.
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

    /// Sends a message, and waits first while ``LinkLimits/outboundByteCountMax`` bytes wait to be sent.
    ///
    /// It returns before the other side has it. Messages of one task keep their order.
    ///
    /// - Throws: ``LinkError/closed`` if the connection is, or the task is cancelled while it waits.
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

    /// Who is at the other end is known now: lines may be long, and there is no hurry any more.
    ///
    /// Call it before the message that lets the other side begin. On a client it changes
    /// nothing: there the pin has said who the other side is.
    package func authenticated() { tell(.authenticated) }

    /// Who is at the other end stays unknown, and may stay for so long: then it is told `timeout`, and closed.
    ///
    /// It counts among the unknown ones as before, whose oldest makes way, and its lines stay
    /// short. On a client it changes nothing.
    package func visiting(for time: Duration) { tell(.visiting(for: time)) }

    /// Sends a last message, if the other side takes it within ``LinkLimits/closingTime``, and closes.
    ///
    /// It returns when the connection is closed, and may be called again. What was not received is gone.
    package func close(after last: Message? = nil) async {
        mailbox.endSending(after: last.map(MessageWriter.bytes(of:)))
        mailbox.endReceiving(nil)
        tell(.close)
        try? await channel.closeFuture.get()
    }

    private func tell(_ command: LinkCommand) { channel.triggerUserOutboundEvent(command, promise: nil) }
}

/// What the users' side asks of the handler, in the order in which it asked.
enum LinkCommand: Hashable {
    case flush
    case resumeReading
    case authenticated
    case visiting(for: Duration)
    case close
    /// Says so, and closes: there are too many connections.
    case refuse
}
