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
