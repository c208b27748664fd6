/// A message as it came, and what it took.
public struct ReceivedMessage: Hashable, Sendable {
    /// `nil` for a type that this version does not know: answer with ``ErrorCode/unknown``, and go on.
    public let message: Message?
    /// The bytes of its lines, ends included: what credit counts of a batch and of a box.
    public let byteCount: Int

    public init(message: Message?, byteCount: Int) {
        self.message = message
        self.byteCount = byteCount
    }
}
