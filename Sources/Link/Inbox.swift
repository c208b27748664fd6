import NIOCore
package import Wire

/// A bounded queue of received messages: its owner stops reading the socket when ``received(_:)`` returns `false`.
package struct Inbox {
    package enum Next {
        /// `resumesReading`: whether the socket may be read again.
        case message(ReceivedMessage, resumesReading: Bool)
        case nothing
        case ended(LinkError?)
    }

    private var messages = CircularBuffer<ReceivedMessage>()
    private var byteCount = 0
    private var isPaused = false
    private var ending: LinkError??

    package init() {}

    /// - Returns: whether the socket may be read further.
    package mutating func received(_ new: [ReceivedMessage]) -> Bool {
        guard ending == nil else { return true }
        for message in new { byteCount += message.byteCount }
        messages.append(contentsOf: new)
        isPaused = isFilled(to: 1)
        return !isPaused
    }

    /// Ends the input; messages received before can still be taken.
    package mutating func end(_ error: LinkError?) { if ending == nil { ending = .some(error) } }

    package mutating func next() -> Next {
        guard let message = messages.popFirst() else {
            messages = CircularBuffer()
            return ending.map { .ended($0) } ?? .nothing
        }
        byteCount -= message.byteCount
        let resumes = isPaused && !isFilled(to: 0.5)
        if resumes { isPaused = false }
        return .message(message, resumesReading: resumes)
    }

    /// Whether ``next()`` would return something other than `nothing`.
    package var hasNext: Bool { !messages.isEmpty || ending != nil }

    package var hasMessage: Bool { !messages.isEmpty }

    private func isFilled(to part: Double) -> Bool {
        byteCount >= Int(Double(LinkLimits.inboundByteCountMax) * part)
            || messages.count >= Int(Double(LinkLimits.inboundMessagesMax) * part)
    }
}

/// A bounded queue of messages to send, which the channel takes as a whole.
package struct Outbox {
    package enum Addition {
        /// `wakesChannel`: whether the channel must be told to flush.
        case added(wakesChannel: Bool)
        case full
        case ended(LinkError)
    }

    private let byteCountMax: Int
    private var queue: [[UInt8]] = []
    /// Bytes that the system has not accepted yet: the queue, and what the channel holds.
    package private(set) var unsentByteCount = 0
    private var ending: LinkError?

    package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    package mutating func add(_ bytes: [UInt8]) -> Addition {
        if let ending { return .ended(ending) }
        guard hasRoom(byteCount: bytes.count) else { return .full }
        return .added(wakesChannel: append(bytes))
    }

    /// Ends the queue. The last message is added even if there is no room.
    package mutating func end(_ error: LinkError, with last: [UInt8]?) {
        guard ending == nil else { return }
        ending = error
        if let last { _ = append(last) }
    }

    /// Drops the queue, since the connection is closed.
    package mutating func lost(_ error: LinkError) {
        ending = ending ?? error
        queue = []
    }

    /// Takes the queued messages, in order.
    package mutating func take() -> [[UInt8]] {
        defer { queue = [] }
        return queue
    }

    package mutating func sent(byteCount: Int) { unsentByteCount -= byteCount }

    /// Whether ``add(_:)`` would not return `full`.
    package func takes(byteCount: Int) -> Bool { ending != nil || hasRoom(byteCount: byteCount) }

    /// A message that is longer than the limit is sent alone.
    private func hasRoom(byteCount: Int) -> Bool {
        unsentByteCount == 0 || unsentByteCount + byteCount <= byteCountMax
    }

    private mutating func append(_ bytes: [UInt8]) -> Bool {
        defer {
            queue.append(bytes)
            unsentByteCount += bytes.count
        }
        return queue.isEmpty
    }
}
