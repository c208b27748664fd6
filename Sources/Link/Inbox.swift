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

    private func isFilled(to part: Double) -> Bool {
        byteCount >= Int(Double(LinkLimits.inboundByteCountMax) * part)
            || messages.count >= Int(Double(LinkLimits.inboundMessagesMax) * part)
    }
}
