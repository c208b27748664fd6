/// A received message, and its size on the wire.
public struct ReceivedMessage: Hashable, Sendable {
    /// `nil` for a type that this version does not know: answer with ``ErrorCode/unknown``, and continue.
    public let message: Message?
    /// The bytes of its lines, newlines included; credit counts them for batches and boxes.
    public let byteCount: Int

    public init(message: Message?, byteCount: Int) {
        self.message = message
        self.byteCount = byteCount
    }
}
