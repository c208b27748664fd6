import Synchronization
import Wire

/// What a connection's handler, on its event loop, and the connection's users, on any task, hand each other.
final class Mailbox: Sendable {
    private struct Content {
        var inbox = Inbox()
        var outbox: Outbox
        /// Those that wait for a message, or for room to send one.
        var waiting = WaitingTasks()
    }

    private let content: Mutex<Content>

    init(limits: LinkLimits) { content = Mutex(Content(outbox: Outbox(byteCountMax: limits.outboundByteCountMax))) }

    // MARK: The event loop's side

    /// - Returns: whether more may be read.
    func received(_ messages: [ReceivedMessage]) -> Bool {
        messages.isEmpty || change { $0.inbox.received(messages) }
    }

    /// Nothing more comes in: it ended, or broke for this reason.
    func endReceiving(_ error: LinkError?) { change { $0.inbox.end(error) } }

    /// Nothing more goes out after this last message.
    func endSending(after last: [UInt8]?) { change { $0.outbox.end(.closed, with: last) } }

    /// The connection is gone.
    func lost(_ error: LinkError?) {
        change { content in
            content.inbox.end(error)
            content.outbox.lost(error ?? .closed)
        }
    }

    func takeOutbound() -> [[UInt8]] { content.withLock { $0.outbox.take() } }

    func sent(byteCount: Int) { change { $0.outbox.sent(byteCount: byteCount) } }

    var isAllSent: Bool { content.withLock { $0.outbox.unsentByteCount == 0 } }

    // MARK: The users' side

    func next() -> Inbox.Next { content.withLock { $0.inbox.next() } }

    func add(_ bytes: [UInt8]) -> Outbox.Addition { content.withLock { $0.outbox.add(bytes) } }

    /// Waits until ``next()`` has something, or the task is cancelled.
    func waitForMessage() async { await wait { $0.inbox.hasNext } }

    /// Waits until ``add(_:)`` takes so many bytes, or the task is cancelled.
    func waitForRoom(byteCount: Int) async { await wait { $0.outbox.takes(byteCount: byteCount) } }

    /// Changes the content and lets all who wait look again.
    @discardableResult
    private func change<Result: Sendable>(_ body: (inout Content) -> Result) -> Result {
        let (result, waiting) = content.withLock { content in
            (body(&content), content.waiting.takeAll())
        }
        for continuation in waiting { continuation.resume() }
        return result
    }

    private func wait(until isReady: (Content) -> Bool) async {
        let ticket = content.withLock { $0.waiting.ticket() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = content.withLock { content in
                    // A cancellation before this is seen here; one after it finds the continuation.
                    if isReady(content) || Task.isCancelled { return true }
                    content.waiting.add(continuation, ticket: ticket)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            content.withLock { $0.waiting.take(ticket: ticket) }?.resume()
        }
    }
}
