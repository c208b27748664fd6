import Synchronization
import Wire

/// The queues between a connection's handler, on its event loop, and its users, on any task.
final class Mailbox: Sendable {
    private struct Content {
        var inbox = Inbox()
        var outbox: Outbox
        /// Tasks that wait for a message, or for room to send one.
        var waiting = WaitingTasks()
    }

    private let content: Mutex<Content>

    init(limits: LinkLimits) { content = Mutex(Content(outbox: Outbox(byteCountMax: limits.outboundByteCountMax))) }

    // MARK: The event loop's side

    /// - Returns: whether the socket may be read further.
    func received(_ messages: [ReceivedMessage]) -> Bool {
        messages.isEmpty || change { $0.inbox.received(messages) }
    }

    /// Ends the input, with the error that ended it.
    func endReceiving(_ error: LinkError?) { change { $0.inbox.end(error) } }

    /// Ends the output after this last message.
    func endSending(after last: [UInt8]?) { change { $0.outbox.end(.closed, with: last) } }

    /// The connection is closed.
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

    /// Whether ``next()`` would return a message; `nil` if it has nothing, and the input goes on.
    var nextIsMessage: Bool? { content.withLock { $0.inbox.hasNext ? $0.inbox.hasMessage : nil } }

    func add(_ bytes: [UInt8]) -> Outbox.Addition { content.withLock { $0.outbox.add(bytes) } }

    /// Waits until ``next()`` may have something, or the task is cancelled.
    func waitForMessage() async { await wait { $0.inbox.hasNext } }

    /// Waits until ``add(_:)`` has room for `byteCount` bytes, or the task is cancelled.
    func waitForRoom(byteCount: Int) async { await wait { $0.outbox.takes(byteCount: byteCount) } }

    /// Changes the content and resumes all waiting tasks, which check their condition again.
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

/// Tasks that wait for a change of state behind a lock, and check it again after each change.
struct WaitingTasks {
    private var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextTicket = 0

    /// An id for a wait that is to begin.
    mutating func ticket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func add(_ continuation: CheckedContinuation<Void, Never>, ticket: Int) {
        continuations[ticket] = continuation
    }

    mutating func take(ticket: Int) -> CheckedContinuation<Void, Never>? { continuations.removeValue(forKey: ticket) }

    /// Takes all continuations; resume them after the lock is released.
    mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
        guard !continuations.isEmpty else { return [] }
        defer { continuations = [:] }
        return Array(continuations.values)
    }
}
