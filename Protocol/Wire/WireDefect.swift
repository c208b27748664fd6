/// Why a stream of bytes is not read on. It says nothing of what the bytes were.
public enum WireDefect: Error, Hashable, Sendable {
    /// A line, or all lines of a batch, are longer than may be.
    case tooLong
    /// Bytes that are no message.
    case malformed
    /// An edit outside of its batch, or something else within one.
    case unexpected
    /// A batch of another version.
    case update

    /// What the peer is told.
    public var code: ErrorCode {
        switch self {
        case .tooLong, .malformed: .malformed
        case .unexpected: .unexpected
        case .update: .update
        }
    }
}
