/// What waits to be sent: bounded, and handed to the channel in one go however many messages it is.
package struct Outbox {
    package enum Addition {
        /// The value: whether the channel has to be told that something waits.
        case added(wakesChannel: Bool)
        case full
        case ended(LinkError)
    }

    private let byteCountMax: Int
    private var queue: [[UInt8]] = []
    /// What the system has not taken yet: the queue, and what is with the channel.
    package private(set) var unsentByteCount = 0
    private var ending: LinkError?

    package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    package mutating func add(_ bytes: [UInt8]) -> Addition {
        if let ending { return .ended(ending) }
        guard hasRoom(byteCount: bytes.count) else { return .full }
        return .added(wakesChannel: append(bytes))
    }

    /// The last message goes whether there is room or not; nothing goes after it.
    package mutating func end(_ error: LinkError, with last: [UInt8]?) {
        guard ending == nil else { return }
        ending = error
        if let last { _ = append(last) }
    }

    /// The connection is gone, and what waits with it.
    package mutating func lost(_ error: LinkError) {
        ending = ending ?? error
        queue = []
    }

    /// What is to be written now, in order.
    package mutating func take() -> [[UInt8]] {
        defer { queue = [] }
        return queue
    }

    package mutating func sent(byteCount: Int) { unsentByteCount -= byteCount }

    /// Whether ``add(_:)`` would not say that it is full.
    package func takes(byteCount: Int) -> Bool { ending != nil || hasRoom(byteCount: byteCount) }

    /// One message that is longer than all the room goes alone.
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
